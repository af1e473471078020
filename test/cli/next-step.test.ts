/** What a person can do next about a run: a command that the job can take now, or none. */
import { expect, test } from 'vitest';
import { afterRun } from '../../src/cli/next-step.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { job as sample } from '../support/examples.ts';

const last_run = { ...sample.last_run!, id: 'run_1' };
const at = '2026-03-03T00:00:00.000Z';
const jobIn = (change: Partial<JobView>): JobView => ({
  ...sample,
  id: 'job_1',
  last_run,
  waits_for: null,
  next_run_at: null,
  actions: [],
  ...change,
});

const sleeping = { status: 'sleeping', next_run_at: at, actions: ['pause', 'run_now', 'restart'] } as const;

test.each<[string, Partial<JobView>, string | null]>([
  ['its worker was killed', { condition: 'running', actions: ['pause'] }, 'lineup runs watch run_1'],
  [
    'the service tries again',
    { ...sleeping, condition: 'retrying', actions: [...sleeping.actions] },
    'lineup jobs run job_1',
  ],
  [
    'LINE holds a part',
    { ...sleeping, condition: 'retrying', actions: ['continue', ...sleeping.actions] },
    'lineup jobs continue job_1',
  ],
  [
    'a key is refused',
    { ...sleeping, condition: 'waiting', waits_for: 'key', actions: [...sleeping.actions] },
    'lineup jobs run job_1',
  ],
  [
    'a guard refused',
    { condition: 'needs_approval', actions: ['run_now', 'run_anyway'] },
    'lineup jobs run-anyway job_1',
  ],
  [
    'its numbers are too old',
    { condition: 'needs_approval', actions: ['resume', 'run_now'] },
    'lineup jobs resume job_1',
  ],
  ['the job failed', { condition: 'failed', actions: ['resume', 'run_now'] }, 'lineup jobs resume job_1'],
  ['the job is paused', { condition: 'paused', actions: ['resume'] }, 'lineup jobs resume job_1'],
  ['a newer version has changed the job', { condition: 'failed', actions: [] }, null],
  ['the job is terminated', { condition: 'terminated', actions: [] }, null],
])('when %s', (_, change, command) => {
  const job = jobIn(change);
  if (command === null) expect(afterRun(job, last_run, true)).toBeNull();
  expect(afterRun(job, last_run, true)?.command ?? null).toBe(command);
  // Another run decides now.
  expect(afterRun(job, { id: 'run_0' }, true)).toBeNull();
  // Who may not act can only watch, and learn what happens without anybody.
  const seen = afterRun(job, last_run, false);
  expect(seen?.command ?? null).toBe(job.condition === 'running' ? command : null);
  expect(seen?.what.includes(at) ?? false).toBe(job.next_run_at !== null);
});

test('without a time, and with lost credentials, no time and no command is invented', () => {
  const waiting = { condition: 'waiting', waits_for: 'key', actions: ['run_now'] } as const;
  const job = jobIn({ ...waiting, actions: [...waiting.actions] });
  expect(afterRun(job, last_run, true)).toEqual({
    what: 'The job goes on when the credentials work. To try now',
    command: 'lineup jobs run job_1',
  });
  const error = { ...(last_run.error ?? { message: '', reason: null }), code: 'credentials_lost' };
  const lost = { ...last_run, error } as JobView['last_run'];
  expect(afterRun({ ...job, last_run: lost }, last_run, true)).toEqual({
    what: 'The job goes on when the credentials are entered again',
    command: null,
  });
});

test('a job that waits for its data has no time', () => {
  const runs_when = { message: 'when a webhook comes' };
  const job = jobIn({
    ...sleeping,
    next_run_at: null,
    runs_when,
    condition: 'waiting',
    actions: [...sleeping.actions],
  });
  expect(afterRun(job, last_run, false)).toEqual({
    what: 'The service tries again when a webhook comes',
    command: null,
  });
});
