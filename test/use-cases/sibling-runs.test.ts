/** A run of a job with further identifiers fills all of its audiences, and leaves out who is on a list by each identifier. */
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { newSuppressionList } from '../../src/contracts/suppression-lists.ts';
import { held, sha256 } from '../support/cli.ts';
import { databases } from '../support/databases.ts';
import { aiko } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;

const mail = (n: number) => `member${n}@example.com`;
const phone = (n: number) => `8131234567${n}`;
const device = (n: number) => `0000000${n}-0000-4000-8000-000000000000`;
const some = [1, 2, 3, 4];
const hashes = (values: readonly string[]) => values.map(sha256).sort();

describe.each(databases)('a run with further identifiers on $kind', (kind) => {
  test('fills each audience with its identifier, without those on a list by the same identifier', async () => {
    const bench = await serviceBench({ database: kind });
    const { simulator, service, write } = bench;
    const segment_id = write(
      'vip.csv',
      `email,mobile,device\n${some.map((n) => `${mail(n)},${phone(n)},${device(n)}\n`).join('')}`,
    );
    await service.suppressionLists.create(
      newSuppressionList.parse({
        name: 'Opted out',
        segment_id: write('out.csv', `mail,tel\n${mail(1)},${phone(2)}\n`),
        fields: { email: 'mail', phone: 'tel' },
      }),
      aiko,
    );
    const ids = [
      simulator.addAudience({ name: 'Phones', idType: 'HASHED_PHONE_NUMBER', members: 0 }),
      simulator.addAudience({ name: 'Devices', idType: 'IFA', members: 0 }),
    ] as const;
    const { id } = await bench.createJob({
      segment_id,
      max_shrink: 1,
      siblings: [
        { identifier_type: 'phone', id_field: 'mobile', audience_id: ids[0] },
        { identifier_type: 'ifa', id_field: 'device', audience_id: ids[1] },
      ],
    });
    const job = await bench.waitForJob(id, atRest);
    expect(job).toMatchObject({ error: null, last_run: { status: 'succeeded' } });
    expect(held(simulator, job.audience_id!)).toEqual(hashes([2, 3, 4].map(mail)));
    expect(held(simulator, ids[0])).toEqual(hashes([1, 3, 4].map(phone)));
    expect(held(simulator, ids[1])).toEqual(hashes(some.map(device)));
    const document = await service.runs.document(job.last_run!.id);
    expect(document).toMatchObject({
      warnings: [],
      siblings: [
        { delivery: 2, audience: { id: ids[0] }, warnings: [], counts: { suppressed: 1 } },
        {
          delivery: 3,
          audience: { id: ids[1] },
          warnings: [{ code: 'hashed_ifa' }, { code: 'suppression_without_field' }],
        },
      ],
    });
  });
});
