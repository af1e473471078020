/** Jobs, runs and journals of invented runs, written through the port `JobStore`. */
import type { JobStore, NewRun, NewTransition, StoredJob } from '../../src/contracts/job-store.ts';
import type { JobState } from '../../src/contracts/jobs.ts';
import type { RunRequest } from '../../src/domain/runs/run.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { foldRun, type RunState } from '../../src/domain/runs/run-state.ts';
import { localized, sentence } from '../../src/domain/text/sentence.ts';
import { initialState } from '../../src/jobs/states.ts';
import { ended, intent, staged, started } from './runs.ts';
import { aiko, aNewJob, at } from './service.ts';

/** The audience that the invented runs fill. */
export const AUDIENCE = '5343822743475';

export const time = (minutes: number): string => at(minutes).toISOString();

export const accepted = (minutes: number, audienceId = AUDIENCE): Extract<RunEvent, { type: 'accepted' }> => ({
  type: 'accepted',
  at: time(minutes),
  chunk: 1,
  audienceId,
  audienceName: null,
});

/** A request of its own has created the audience. */
export const created = (minutes: number, audienceId = AUDIENCE): Extract<RunEvent, { type: 'created' }> => ({
  ...accepted(minutes, audienceId),
  type: 'created',
});

export const sleepingUntil = (minutes: number): JobState => ({
  ...initialState,
  status: 'sleeping',
  sleepUntil: at(minutes),
});

export const makeJob = (
  store: JobStore,
  authorizationId: string,
  configuration: Record<string, unknown> = {},
  state = initialState,
): Promise<StoredJob> =>
  store.transaction((tx) => tx.createJob(aNewJob(authorizationId, configuration), state, aiko, at(0)));

export const aRun = (id: string, jobId: string | null = null): NewRun => ({
  id,
  jobId,
  jobName: 'VIP',
  trigger: 'created',
  slot: null,
  approval: null,
});

export const queueRun = (store: JobStore, id: string, jobId: string | null = null, minutes = 0) =>
  store.transaction((tx) => tx.queueRun(aRun(id, jobId), at(minutes)));

/** Adds events to the journal of a run. @returns its state after them */
export async function addEvents(store: JobStore, runId: string, events: readonly RunEvent[]): Promise<RunState> {
  const all = [...(await store.runEvents(runId))];
  for (const event of events) {
    all.push(event);
    await store.transaction((tx) => tx.addRunEvent(runId, all.length, event, foldRun(all)));
  }
  return foldRun(all);
}

/** A run that starts, sends its only chunk and ends in `minutes`. LINE’s job for the chunk has not finished. */
export const sentIn = (
  runId: string,
  minutes: number,
  end: 'succeeded' | 'failed' | 'interrupted' = 'succeeded',
): RunEvent[] => [
  started(runId, time(minutes)),
  staged(time(minutes), 100),
  intent(time(minutes)),
  accepted(minutes),
  ended(time(minutes), end),
];

export const resumed = (minutes: number): RunEvent => ({ type: 'resumed', at: time(minutes) });

export const warning = (minutes: number): RunEvent => ({
  type: 'warning',
  at: time(minutes),
  warning: { code: 'no_match', count: 1, ...localized(sentence`Nobody matched.`) },
});

export const transition = (jobId: string, action: string, change: Partial<NewTransition> = {}): NewTransition => ({
  jobId,
  action,
  from: 'runnable',
  to: 'sleeping',
  condition: 'scheduled',
  actor: aiko,
  reason: null,
  runId: null,
  ...change,
});

export const recordTransition = (
  store: JobStore,
  jobId: string,
  action: string,
  change: Partial<NewTransition> = {},
  minutes = 0,
) => store.transaction((tx) => tx.recordTransition(transition(jobId, action, change), at(minutes)));

/** The audience of the second identifier of the invented runs. */
export const SIBLING_AUDIENCE = '7000000000001';

/** A run also sends telephone numbers. */
export const withPhone = (
  audience: Pick<RunRequest, 'audienceId' | 'audienceName'> = {
    audienceId: SIBLING_AUDIENCE,
    audienceName: null,
  },
): Pick<RunRequest, 'siblings'> => ({
  siblings: [{ field: 'phone', identifierType: 'phone', ifaFormat: 'sha256', defaultCountry: 'JP', ...audience }],
});

/** A run sends telephone numbers, too, into the audience of the first identifier. */
export const withSharer = (): Pick<RunRequest, 'siblings'> => ({
  siblings: withPhone({ audienceId: null, audienceName: null }).siblings!.map((sibling) => ({
    ...sibling,
    shares: true,
  })),
});

/** The result of a scan for two identifiers. */
export const bothStaged = (minutes: number, unique = 100, phones = 40): RunEvent => {
  const [first, { type: _, at: __, ...second }] = [staged(time(minutes), unique), staged(time(minutes), phones)];
  return { ...first, siblings: [second] };
};

/** How much of a delivery LINE gets. */
export type Sent = 'nothing' | 'part' | 'whole';

/** The uploads of a delivery in `minutes`. */
export function sendingOf(delivery: number, sent: Sent, minutes: number, audienceId: string): RunEvent[] {
  const place = delivery > 1 ? { delivery } : {};
  const events: RunEvent[] = [
    { ...(intent(time(minutes)) as Extract<RunEvent, { type: 'intent' }>), audienceId, ...place },
    { ...accepted(minutes, audienceId), ...place },
    { ...finished(minutes), ...place },
  ];
  return events.slice(0, { nothing: 0, part: 2, whole: 3 }[sent]);
}

/** LINE has done the job of the only chunk. */
export const finished = (minutes: number): Extract<RunEvent, { type: 'job' }> => ({
  type: 'job',
  at: time(minutes),
  chunk: 1,
  uploadJobId: 'u1',
  jobStatus: 'FINISHED',
  failedType: null,
  audienceCount: 100,
});

/** A run with two identifiers that starts, sends and ends in `minutes`. */
export const bothSent = (
  runId: string,
  minutes: number,
  [first, second]: readonly [Sent, Sent] = ['whole', 'whole'],
  end: 'succeeded' | 'failed' | 'interrupted' = 'succeeded',
): RunEvent[] => [
  started(runId, time(minutes), withPhone()),
  bothStaged(minutes),
  ...sendingOf(1, first, minutes, AUDIENCE),
  ...sendingOf(2, second, minutes, SIBLING_AUDIENCE),
  ended(time(minutes), end),
];
