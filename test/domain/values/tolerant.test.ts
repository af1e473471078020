/** JSON that another version has stored. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { job, jobError } from '../../../src/contracts/jobs.ts';
import { runError } from '../../../src/domain/runs/run.ts';
import { readRunEvent } from '../../../src/domain/runs/run-events.ts';
import { readTolerantly, withUnknownKeys } from '../../../src/domain/values/tolerant.ts';

const { configuration } = job.shape;
const asked = { segment_id: 'vip', adaccount_id: 'A1', identifier_type: 'email', id_field: 'email' };

describe('reading', () => {
  test('gives missing keys their defaults, and reports nothing', () => {
    const error = readTolerantly(runError, { code: 'disk_full', message: 'The disk is full.' });
    expect(error).toEqual({
      value: {
        code: 'disk_full',
        message: 'The disk is full.',
        reason: null,
        retryable: false,
        resumable: false,
        allowShrinkTo: null,
      },
      damaged: [],
      unknown: [],
    });
    const { value, damaged } = readTolerantly(configuration, asked);
    expect(damaged).toEqual([]);
    expect(value).toMatchObject({ max_shrink: 0.5, siblings: [], suppression_lists: [], hold_out: null });
  });

  test('names what is missing without a default, or has another type, and puts something neutral there', () => {
    const { segment_id: _, ...without } = asked;
    const given = { ...without, identifier_type: 'fax', max_shrink: 'half', siblings: [{ id_field: 7 }] };
    const { value, damaged } = readTolerantly(configuration, given);
    expect([...damaged].sort()).toEqual([
      'identifier_type',
      'max_shrink',
      'segment_id',
      'siblings.0.id_field',
      'siblings.0.identifier_type',
    ]);
    expect(configuration.safeParse(value).success).toBe(true);
    expect(readTolerantly(jobError.nullable(), 'it failed')).toEqual({
      value: { code: '', message: '', reason: null },
      damaged: [''],
      unknown: [],
    });
  });

  test('names unknown keys that ask for something, at every depth, and leaves them out', () => {
    const sibling = { identifier_type: 'phone', id_field: 'phone', country_field: 'country' };
    const given = { ...asked, priority: 3, later: null, off: false, none: { a: [] }, siblings: [sibling] };
    const { value, damaged, unknown } = readTolerantly(configuration, given);
    expect(damaged).toEqual([]);
    expect([...unknown].sort()).toEqual(['priority', 'siblings.0.country_field']);
    // The schema of the answer is strict.
    expect(configuration.safeParse(value).success).toBe(true);
  });

  test('ignores limits and rules, which are for new values', () => {
    const schema = z.object({ name: z.string().max(3), day: z.number().int().max(7) });
    expect(readTolerantly(schema, { name: 'a long name', day: 8.5 }).damaged).toEqual([]);
  });
});

test('what is written again keeps the keys that this version does not know', () => {
  const stored = { ...asked, priority: 3, file_options: { header: 'yes', quote: "'" } };
  const changed = { ...asked, segment_id: 'new', file_options: { header: 'no' } };
  expect(withUnknownKeys(configuration, stored, changed)).toEqual({
    ...asked,
    segment_id: 'new',
    priority: 3,
    file_options: { header: 'no', quote: "'" },
  });
  // A known key that was removed stays removed.
  expect(withUnknownKeys(configuration, stored, asked)).toEqual({ ...asked, priority: 3 });
});

test('lists and unions keep what this version does not know, too', () => {
  const alerts = {
    late: { action: 'warn', minutes: 30, quiet_at_night: true },
    size_change: { action: 'off' },
  };
  const [phone, ifa] = [
    { identifier_type: 'phone', id_field: 'phone', country_field: 'country' },
    { identifier_type: 'ifa', id_field: 'ifa', os_field: 'os' },
  ];
  const stored = { ...asked, alerts, siblings: [phone, ifa], suppression_lists: ['a'] };
  const known = readTolerantly(configuration, stored).value;
  expect(JSON.stringify(known)).not.toMatch(/quiet_at_night|country_field|os_field/);
  // Another rule, the siblings in another order, one of them with another field.
  const [first, second] = known.siblings;
  const changed = {
    ...known,
    alerts: { ...known.alerts, size_change: { action: 'warn', percent: 20, runs: 3 } },
    siblings: [second!, { ...first!, id_field: 'tel' }],
    suppression_lists: [],
  };
  expect(withUnknownKeys(configuration, stored, changed)).toMatchObject({
    alerts: { late: { minutes: 30, quiet_at_night: true }, size_change: { percent: 20 } },
    siblings: [{ id_field: 'ifa', os_field: 'os' }, { id_field: 'tel' }],
    suppression_lists: [],
  });
  const edited = withUnknownKeys(configuration, stored, {
    ...known,
    siblings: [{ ...first!, id_field: 'tel' }, second!],
  });
  expect(edited.siblings).toMatchObject([{ id_field: 'tel', country_field: 'country' }, { os_field: 'os' }]);
  // Another action of a rule has other keys.
  const off = { ...known, alerts: { late: { action: 'off' as const } } };
  expect(withUnknownKeys(configuration, stored, off).alerts).toEqual({ late: { action: 'off' } });
  const events = z.array(z.enum(['a', 'b']));
  expect(withUnknownKeys(events, ['a', 'moon'], ['b', 'a'])).toEqual(['b', 'a', 'moon']);
  expect(withUnknownKeys(events, ['moon'], [])).toEqual(['moon']);
});

describe('an event of a journal', () => {
  const at = '2026-03-02T00:00:00.000Z';
  const ended = { type: 'ended', at, status: 'failed', error: { code: 'disk_full', message: 'Full.' } };

  test('may lack newer keys, or have more', () => {
    expect(readRunEvent({ ...ended, noted: 'by a newer version' })).toEqual({
      ...ended,
      error: { ...ended.error, reason: null, retryable: false, resumable: false, allowShrinkTo: null },
    });
  });

  test('is unreadable when its type is unknown, when it is damaged, or when its request asks for more', () => {
    const request = {
      source: { label: 'a.csv', location: null, format: null, encoding: null },
      field: 'email',
      identifierType: 'email',
      ifaFormat: 'sha256',
      defaultCountry: null,
      adAccountId: 'A1',
      audienceId: null,
      audienceName: 'VIP',
      mode: 'replace',
      maxShrink: 0.5,
      chunkRecords: 1000,
      chunkBytes: 1000,
      dryRun: false,
    };
    const started = { type: 'started', at, runId: 'r', rulesVersion: 2, request };
    expect(readRunEvent(started)).toEqual(started);
    expect(readRunEvent({ ...started, request: { ...request, sample: null } })).toEqual(started);
    for (const [event, type] of [
      [{ type: 'approved', at, by: 'Aiko' }, 'approved'],
      [{ type: 'ended', at, status: 'postponed' }, 'ended'],
      [{ ...started, request: { ...request, sample: 0.1 } }, 'started'],
      [{ ...started, request: { ...request, destination: 'later_ads' } }, 'started'],
    ] as const) {
      expect(readRunEvent(event)).toEqual({ type: 'unreadable', at, event: type });
    }
    expect(readRunEvent('nonsense')).toEqual({ type: 'unreadable', at: '', event: 'undefined' });
  });
});
