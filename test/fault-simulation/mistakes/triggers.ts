/** Small, realistic mistakes with triggers: what they have seen, and the runs that they make. */
import type { JobTransaction } from '../../../src/contracts/job-store.ts';
import type { JobState } from '../../../src/contracts/jobs.ts';
import { calledOften, type Mistake, triggeredOften } from '../find.ts';
import { inTransactions, over } from '../planting.ts';

const withSeen = (state: JobState, seen: string | null): JobState =>
  state.trigger ? { ...state, trigger: { ...state.trigger, seen } } : state;

/** @param mistake changes the state that is saved of a job; `before` is the one that the transaction has read */
const inSavedStates = (mistake: (state: JobState, before: JobState) => JobState) =>
  inTransactions((tx) => {
    const read = new Map<string, JobState>();
    return {
      lockJob: async (id) => {
        const job = await tx.lockJob(id);
        read.set(id, job.state);
        return job;
      },
      saveState: (id, state) => tx.saveState(id, mistake(state, read.get(id) ?? state)),
    };
  });

const hasFired = (state: JobState, before: JobState): boolean =>
  state.trigger !== undefined && state.trigger.seen !== before.trigger?.seen;

export const triggerMistakes: Record<string, Mistake> = {
  'forgets what its trigger has seen': {
    plant: inSavedStates((state, before) =>
      hasFired(state, before) && before.trigger ? withSeen(state, before.trigger.seen) : state,
    ),
    breaks: ['trigger'],
    seed: 3,
    planOf: triggeredOften,
  },
  'remembers what its trigger has seen before it makes the slot': {
    plant: {
      store: (store) => {
        const before = new Map<string, string | null>();
        return over(store, {
          unseenSuccesses: async (limit) => {
            const found = await store.unseenSuccesses(limit);
            for (const { jobId, at } of found)
              await store.transaction(async (tx) => {
                const { state } = await tx.lockJob(jobId);
                await tx.saveState(jobId, withSeen(state, at.toISOString()));
                before.set(jobId, state.trigger?.seen ?? null);
              });
            return found;
          },
          transaction: (work) =>
            store.transaction((tx) =>
              work(
                over(tx, {
                  lockJob: async (id) => {
                    const job = await tx.lockJob(id);
                    const seen = before.get(id);
                    before.delete(id);
                    return seen === undefined ? job : { ...job, state: withSeen(job.state, seen) };
                  },
                }),
              ),
            ),
        });
      },
    },
    breaks: ['trigger'],
    seed: 3,
    planOf: triggeredOften,
  },
  'loses what its trigger has seen while a run goes on': {
    plant: inSavedStates((state, before) =>
      hasFired(state, before) && state.status === 'runnable' ? { ...state, slot: null } : state,
    ),
    breaks: ['trigger'],
    seed: 7,
    planOf: triggeredOften,
  },
  'takes what its trigger has seen during a run for what the run has read': {
    plant: inSavedStates((state, before) =>
      state.trigger && before.status === 'runnable' && state.status === 'sleeping'
        ? { ...state, slot: null, sleepUntil: null }
        : state,
    ),
    breaks: ['trigger'],
    seed: 37,
    planOf: triggeredOften,
  },
  'runs for its trigger as soon as something comes': {
    plant: inSavedStates((state, before) => {
      if (!hasFired(state, before) || !state.trigger?.firedAt || state.status !== 'sleeping') return state;
      return { ...state, slot: state.trigger.firedAt, sleepUntil: state.trigger.firedAt };
    }),
    breaks: ['trigger'],
    seed: 3,
    planOf: triggeredOften,
  },
  'answers a webhook before it has committed': {
    plant: {
      store: (store) =>
        over(store, {
          transaction: <T>(work: (tx: JobTransaction) => Promise<T>) => {
            const { promise, resolve, reject } = Promise.withResolvers<T>();
            let isOfWebhook = false;
            const early = async (tx: JobTransaction): Promise<T> => {
              const rememberWebhook: JobTransaction['rememberWebhook'] = (...given) => {
                isOfWebhook = true;
                return tx.rememberWebhook(...given);
              };
              const result = await work(over(tx, { rememberWebhook }));
              if (isOfWebhook) resolve(result);
              return result;
            };
            store.transaction(early).then((result) => resolve(result), reject);
            return promise;
          },
        }),
    },
    breaks: ['trigger'],
    seed: 1,
    planOf: calledOften,
  },
  'remembers a webhook before it makes the slot': {
    plant: {
      store: (store) => {
        const rememberWebhook: JobTransaction['rememberWebhook'] = (...given) =>
          store.transaction((tx) => tx.rememberWebhook(...given));
        return over(store, { transaction: (work) => store.transaction((tx) => work(over(tx, { rememberWebhook }))) });
      },
    },
    breaks: ['trigger'],
    seed: 14,
    planOf: calledOften,
  },
  'runs again for a webhook that is sent again': {
    plant: inTransactions((tx) => ({
      rememberWebhook: async (...given) => {
        await tx.rememberWebhook(...given);
        return true;
      },
    })),
    breaks: ['trigger'],
    seed: 1,
    planOf: calledOften,
  },
};
