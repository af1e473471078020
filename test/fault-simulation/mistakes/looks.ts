/** Small, realistic mistakes with looks at sources: what a look tells, and what is remembered of it. */
import type { StoredJob } from '../../../src/contracts/job-store.ts';
import type { JobState } from '../../../src/contracts/jobs.ts';
import type { LookDeps } from '../../../src/use-cases/jobs/triggers/look.ts';
import { lookedOften, type Mistake, readBetweenLooks } from '../find.ts';
import { over } from '../planting.ts';

/** @param mistake replaces what a look gets of the source; `job` is the one for which it looks */
const inLooks = (latest: (real: LookDeps['sources']['latest']) => LookDeps['sources']['latest']) => ({
  looking: (deps: LookDeps): LookDeps => ({ ...deps, sources: { latest: latest(deps.sources.latest) } }),
});

/** @param onLock gives the job that a transaction reads */
const inLocks = (deps: LookDeps, onLock: (job: StoredJob) => StoredJob): LookDeps => {
  const { store } = deps.jobs;
  const transaction: typeof store.transaction = (work) =>
    store.transaction((tx) => work(over(tx, { lockJob: async (id) => onLock(await tx.lockJob(id)) })));
  return { ...deps, jobs: { ...deps.jobs, store: over(store, { transaction }) } };
};

const withSeen = (state: JobState, seen: string | null): JobState =>
  state.trigger ? { ...state, trigger: { ...state.trigger, seen } } : state;

export const lookMistakes: Record<string, Mistake> = {
  'does not compare a job with the one for which it has looked': {
    plant: {
      looking: (deps) => {
        const locked = new Map<string, StoredJob>();
        const due: LookDeps['looks']['due'] = async (...given) =>
          (await deps.looks.due(...given)).map((job) => {
            locked.delete(job.id);
            const now = () => locked.get(job.id) ?? job;
            return Object.defineProperties({ ...job } as StoredJob, {
              configuration: { get: () => now().configuration },
              state: { get: () => now().state },
            });
          });
        return inLocks({ ...deps, looks: { ...deps.looks, due } }, (job) => {
          locked.set(job.id, job);
          return job;
        });
      },
    },
    breaks: ['trigger'],
    seed: 2,
    planOf: lookedOften,
  },
  'remembers what a look has told before it makes the slot': {
    plant: {
      looking: (deps) => {
        const before = new Map<string, string | null>();
        const { store } = deps.jobs;
        let job: StoredJob | undefined;
        const looksOf: LookDeps['looks']['of'] = async (ids) => {
          job = ids[0] === undefined ? undefined : await store.getJob(ids[0]);
          return deps.looks.of(ids);
        };
        const latest: LookDeps['sources']['latest'] = async (...given) => {
          const told = await deps.sources.latest(...given);
          const looked = job;
          if (told === null || !looked) return told;
          await store.transaction(async (tx) => {
            const { state } = await tx.lockJob(looked.id);
            if (state.trigger?.seen !== looked.state.trigger?.seen) return;
            before.set(looked.id, state.trigger?.seen ?? null);
            await tx.saveState(looked.id, withSeen(state, told));
          });
          return told;
        };
        return inLocks({ ...deps, looks: { ...deps.looks, of: looksOf }, sources: { latest } }, (locked) => {
          const seen = before.get(locked.id);
          before.delete(locked.id);
          return seen === undefined ? locked : { ...locked, state: withSeen(locked.state, seen) };
        });
      },
    },
    breaks: ['trigger'],
    seed: 2,
    planOf: lookedOften,
  },
  'takes a look that fails for a change': {
    plant: inLooks((real) => async (...given) => {
      try {
        return await real(...given);
      } catch {
        return 'nothing is there any more';
      }
    }),
    breaks: ['trigger'],
    seed: 1,
    planOf: lookedOften,
  },
  'remembers what a look has told although it is too soon for a run': {
    plant: {
      looking: (deps) => {
        const { store } = deps.jobs;
        const transaction: typeof store.transaction = (work) =>
          store.transaction((tx) =>
            work(
              over(tx, {
                saveState: (id, state) => {
                  const isTooSoon = state.slot !== null && state.slot > deps.now();
                  return tx.saveState(id, isTooSoon ? { ...state, slot: null, sleepUntil: null } : state);
                },
              }),
            ),
          );
        return { ...deps, jobs: { ...deps.jobs, store: over(store, { transaction }) } };
      },
    },
    breaks: ['trigger'],
    seed: 1,
    planOf: lookedOften,
  },
  'does not note what a run reads': {
    plant: { marking: () => async () => {} },
    breaks: ['endless', 'trigger'],
    seed: 1,
    planOf: readBetweenLooks,
  },
};
