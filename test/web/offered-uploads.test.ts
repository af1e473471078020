/** Which earlier uploads are offered once more. */
import { expect, test } from 'vitest';
import type { Upload } from '../../src/contracts/uploads.ts';
import { copiesOf, offered } from '../../web/sources/uploads/offered.ts';

const upload = (id: string, change: Partial<Upload> = {}): Upload => ({
  id,
  segment_id: `upload:${id}`,
  name: 'members.csv',
  bytes: 100,
  format: 'csv',
  policy: 'keep',
  created_by: 'Aiko',
  created_at: '2026-11-26T00:00:00Z',
  deleted_at: null,
  used_by: [],
  ...change,
});

test('a file that was sent twice and never used is offered once, as the newest', () => {
  const used = [{ id: 'job_1', name: 'VIP' }];
  const uploads = [
    upload('newest'),
    upload('used', { used_by: used }),
    upload('copy'),
    upload('other size', { bytes: 101 }),
    upload('other name', { name: 'other.csv' }),
  ];
  const [newest] = uploads;
  expect(copiesOf(newest!, uploads).map(({ id }) => id)).toEqual(['newest', 'copy']);
  expect(offered(uploads).map(({ id }) => id)).toEqual(['newest', 'used', 'other size', 'other name']);
});
