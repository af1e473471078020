/** A job in the middle of its life, for tests of its states. */

import type { JobState } from '../../src/contracts/jobs.ts';
import type { JobStatus } from '../../src/domain/jobs/conditions.ts';
import type { Schedule } from '../../src/domain/schedule/schedule.ts';
import type { Facts } from '../../src/jobs/actions.ts';
import { initialState, noRun } from '../../src/jobs/states.ts';

export const HOUR = 3_600_000;
export const now = new Date('2026-03-02T03:00:00Z');
export const schedule: Schedule = {
  run_frequency: 'daily',
  time_of_day: '09:00',
  timezone: 'Asia/Tokyo',
};
/** The first slot of the schedule. */
export const next = new Date('2026-03-03T00:00:00Z');
export const facts: Facts = { now, schedule, lastRun: noRun, retryLimitMs: 4 * HOUR };

export const job = (status: JobStatus, more: Partial<JobState> = {}): JobState => ({
  ...initialState,
  status,
  ...(status === 'sleeping' && { sleepUntil: next, slot: next }),
  ...more,
});

/** A fault of Lineup itself. */
export const unexpected = { code: 'internal', message: 'Lineup has an internal error.', reason: null };
export const lineAway = { code: 'line_unreachable', message: 'LINE is away.', reason: null };

/** Its last run did not end, some time ago. */
export const unfinished = {
  ...noRun,
  unfinished: true,
  interrupted: true,
  since: new Date(now.getTime() - HOUR),
};

/** A job that runs once. */
export const once: Facts = { ...facts, schedule: undefined };
export const shrunken = { code: 'audience_shrinks', message: 'It shrank.', reason: null };
/** A person let the shrunken audience past the guard. */
export const approval = {
  audiences: [
    {
      delivery: 1,
      identifierType: 'email' as const,
      field: 'email',
      audienceId: '5343822743475',
      audienceName: 'VIP',
      before: { size: 2_000, basis: 'estimate' as const, runId: null, at: null },
      after: 900,
      reasons: [{ code: 'audience_shrinks' as const, measured: 0.55, limit: 0.5, message: 'It shrank.' }],
    },
  ],
  sourceRevision: null,
  jobRevision: 1,
  at: now.toISOString(),
};
export const empty = { code: 'nothing_to_send', message: 'Nothing.', reason: null };
