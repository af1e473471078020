import { expect, test } from 'vitest';
import { describeJob, jobsTable } from '../../src/cli/jobs/show.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { suppressionList } from '../plan/things.ts';
import { job } from '../support/examples.ts';

const now = new Date('2026-03-02T00:00:00Z');
const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toISOString();
const away = { code: 'line_unreachable', message: 'LINE could not be reached.', reason: null };
const retrying = (error_count: number, minutes: number): JobView => ({
  ...job,
  status: 'sleeping',
  condition: 'retrying',
  error_count,
  error: away,
  next_run_at: inMinutes(minutes),
});

test.each([
  [1, 1, 'Retrying, 2nd try in 1 min: LINE could not be reached.'],
  [2, 4, 'Retrying, 3rd try in 4 min: LINE could not be reached.'],
  [3, 128, 'Retrying, 4th try in 2 h: LINE could not be reached.'],
  [10, -1, 'Retrying, 11th try now: LINE could not be reached.'],
  [1, 3 * 24 * 60, 'Retrying, 2nd try on 2026-03-05 00:00Z: LINE could not be reached.'],
])('after %i errors, %i minutes before the retry: %s', (count, minutes, reported) => {
  expect(jobsTable([retrying(count, minutes)], now)).toContain(reported);
});

test('an audience of which LINE holds only a part is not shown with its full size', () => {
  const part: JobView = {
    ...job,
    status: 'sleeping',
    condition: 'scheduled',
    recent_sizes: [238_709, 200_000],
    incomplete_at_line: { run_id: 'run_1', sent: 200_000, total: 238_709 },
  };
  expect(jobsTable([part], now)).toMatch(/Incomplete at LINE · Scheduled .* 200,000 of 238,709/);
  expect(describeJob(part, now)).toContain('incomplete: 200,000 of 238,709 members, by run run_1');
});

test('a suppression list says for which identifiers it has no field', () => {
  const list = suppressionList('Out', { fields: { email: 'mail' } });
  const sibling = {
    ...job.configuration,
    identifier_type: 'phone',
    id_field: 'tel',
    audience_name: 'T',
  } as const;
  const both: JobView = {
    ...job,
    configuration: { ...job.configuration, siblings: [sibling] },
    sibling_audience_ids: [null],
  };
  expect(describeJob(both, now, null, [list])).toContain(
    'members of "Out" (of all jobs), but "Out" has no field for the type phone',
  );
  expect(describeJob(both, now, null, [{ ...list, fields: {} }])).toContain(
    'nobody: "Out" has no field for the type email, phone',
  );
  expect(describeJob(job, now, null, [list])).toMatch(/members of "Out" \(of all jobs\)$/m);
});

test('a job that looks at its source says what the last look has found, and when the next one comes', () => {
  const trigger = { kind: 'object', address: null, at_most_every_minutes: 15, deadline: null } as const;
  const watching = (view: Partial<NonNullable<JobView['trigger']>>): JobView => ({
    ...job,
    configuration: { ...job.configuration, continuous_update: true, run_frequency: 'when_ready', trigger },
    trigger: { looked_at: inMinutes(-5), found: 'same', next_look_at: inMinutes(0), fired_at: null, ...view },
  });
  const looked = (view: Partial<NonNullable<JobView['trigger']>>) =>
    /^Looked +(.*)$/m.exec(describeJob(watching(view), now))?.[1];
  expect(looked({})).toBe('2026-03-01 23:55Z, found nothing new; again 2026-03-02 00:00Z');
  expect(looked({ found: 'nothing', fired_at: inMinutes(-60), next_look_at: null })).toBe(
    '2026-03-01 23:55Z, found nothing at all; something new came 2026-03-01 23:00Z',
  );
  expect(looked({ looked_at: null, found: null, next_look_at: null })).toBe('not yet');
  expect(describeJob(job, now)).not.toContain('Looked');
});

test('a job that waits for its data says what starts its next run', () => {
  const message = 'when a webhook comes, expected by 09:00 (Asia/Tokyo)';
  const waiting: JobView = {
    ...job,
    status: 'sleeping',
    condition: 'scheduled',
    next_run_at: null,
    runs_when: { message },
  };
  expect(jobsTable([waiting], now)).toContain(message);
  expect(describeJob(waiting, now)).toMatch(/Next run +when a webhook comes, expected by 09:00/);
});
