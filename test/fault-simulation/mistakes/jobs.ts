/** Small, realistic mistakes with jobs: their changes, their states, and what people do with them. */
import { clocksApart, editedOften, type Mistake, stoppedOften } from '../find.ts';
import { inReads, inTransactions } from '../planting.ts';

export const jobMistakes: Record<string, Mistake> = {
  'forgets the audience that a run made': {
    plant: inTransactions(() => ({ adoptAudience: async () => {} })),
    breaks: ['two_audiences', 'end'],
    seed: 18,
  },
  'lets an old run go on after its job was changed': {
    plant: inTransactions(() => ({ forbidContinuing: async () => {} })),
    breaks: ['two_audiences', 'older_run', 'membership'],
    seed: 20,
    planOf: editedOften,
  },
  'begins a run as its job was before it was changed': {
    plant: inTransactions(() => ({ lockJobOfRun: async () => {} })),
    breaks: ['two_audiences'],
    seed: 10,
    planOf: (seed) => ({ ...editedOften(seed), isFineGrained: true }),
  },
  'lets a queued run go on after its job was changed': {
    plant: inTransactions((tx) => ({
      lockRun: async (id) => ({ ...(await tx.lockRun(id)), forbidden: false }),
    })),
    breaks: ['two_audiences'],
    seed: 81,
    planOf: editedOften,
  },
  'gives another name to an audience that the last run may have made': {
    plant: inTransactions(() => ({
      unansweredCreation: async () => undefined,
    })),
    breaks: ['two_audiences'],
    seed: 914,
    planOf: editedOften,
  },
  'ends the schedule of a job whose source is away': {
    plant: inTransactions((tx) => {
      const isAway = (error: { readonly code: string } | null | undefined) =>
        error?.code === 'source_not_found' || error?.code === 'field_not_found';
      return {
        saveState: (id, state) =>
          tx.saveState(
            id,
            state.status === 'sleeping' && isAway(state.error)
              ? { ...state, status: 'failed', sleepUntil: null }
              : state,
          ),
        recordTransition: (entry, now) => {
          const ends = entry.action === 'run_failed' && /[(]\w+_not_found[)]/.test(entry.reason?.message ?? '');
          return tx.recordTransition(ends ? { ...entry, to: 'failed', condition: 'failed' } : entry, now);
        },
      };
    }),
    breaks: ['schedule'],
    seed: 227,
  },
  'does not log that a person paused a job': {
    plant: inTransactions((tx) => ({
      recordTransition: async (entry, now) => {
        if (entry.action !== 'pause') await tx.recordTransition(entry, now);
      },
    })),
    breaks: ['job_state'],
    seed: 235,
  },

  'takes the time of its own clock for that of a write': {
    plant: inReads(() => ({ latestOfOthers: async () => undefined })),
    breaks: ['overlapping_upload', 'older_run'],
    seed: 269,
    planOf: clocksApart,
  },
  'does not look whether a person stopped a run': {
    plant: inReads(() => ({ stopRequestsAmong: async () => new Set() })),
    breaks: ['stop'],
    seed: 2,
    planOf: stoppedOften,
  },
};
