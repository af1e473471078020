/**
 * Small, realistic mistakes. Each stands for a line that somebody could forget or get wrong. The simulation must find
 * each of them.
 */
import { DatabaseError } from '../../fault-simulation/memory/database.ts';
import type { Plants } from '../../fault-simulation/world/plants.ts';
import { NEWER } from '../../fault-simulation/world/versions.ts';
import { LineAdsError } from '../../packages/line-ads/src/index.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { StoredApproval } from '../../src/domain/jobs/approvals.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { Scan } from '../../src/sources/source.ts';
import {
  alertedOften,
  approvedLate,
  brokenScans,
  clocksApart,
  editedOften,
  failedOften,
  frozenOften,
  listedAnew,
  listedLate,
  type Mistake,
  replacedOften,
  restartedOften,
  shrunkLater,
  stoppedOften,
  upgradedOften,
  usedNewly,
} from './find.ts';
import {
  type Append,
  inAskingJournal,
  inJournal,
  inLineClient,
  inReads,
  inResumedState,
  inScans,
  inState,
  inTransactions,
  over,
} from './planting.ts';

/** A worker does not notice that its lease has expired. */
const blindLeases: Plants['leases'] = (leases) => ({
  tryTake: async (names) => {
    const lease = await leases.tryTake(names);
    return lease && { ...lease, lost: new AbortController().signal, assertHeld: () => {} };
  },
});

/** As if a person had approved any result. */
const everything: StoredApproval = {
  audiences: [1, 2, 3].map((delivery) => ({
    delivery,
    identifierType: 'email',
    field: '',
    audienceId: null,
    audienceName: null,
    before: null,
    after: 0,
    reasons: (['audience_shrinks', 'audience_size_unknown'] as const).map((code) => ({
      code,
      measured: null,
      limit: 0,
      message: '',
    })),
  })),
  sourceRevision: null,
  jobRevision: 1,
  at: '',
};

export const mistakes: Record<string, Mistake> = {
  // Uploads

  'takes a lost answer for a refusal': {
    plant: inLineClient((audiences) => ({
      upload: (...given) =>
        audiences.upload(...given).catch((error: unknown) => {
          throw error instanceof LineAdsError ? over(error, { outcome: 'not_taken' }) : error;
        }),
    })),
    breaks: ['repeated_file', 'overlapping_upload'],
    seed: 121,
  },
  'sends again after a lost answer, and does not ask LINE first': {
    plant: inLineClient((audiences) => ({
      upload: (...given) =>
        audiences.upload(...given).catch((error: unknown) => {
          if (error instanceof LineAdsError && error.code !== 'aborted') return audiences.upload(...given);
          throw error;
        }),
    })),
    breaks: ['repeated_file', 'overlapping_upload'],
    seed: 121,
  },
  'takes a lost answer for an accepted chunk': {
    plant: {
      destination: (destination) =>
        over(destination, {
          send: async (upload) => {
            const sent = await destination.send(upload);
            if (sent.outcome !== 'unknown' || !('id' in upload.audience)) return sent;
            return { outcome: 'taken', value: { audienceId: upload.audience.id, audienceName: null, jobId: null } };
          },
        }),
    },
    breaks: ['journal'],
    seed: 76,
  },
  'never finds the upload whose answer was lost': {
    plant: { destination: (destination) => over(destination, { whatBecame: async () => undefined }) },
    breaks: ['repeated_file', 'overlapping_upload', 'end'],
    seed: 121,
  },
  'sends each chunk twice': {
    plant: inLineClient((audiences) => ({
      upload: async (...given) => {
        await audiences.upload(...given);
        return audiences.upload(...given);
      },
    })),
    breaks: ['repeated_file', 'overlapping_upload'],
    seed: 4,
  },
  'replaces with every chunk of a run': {
    plant: inLineClient((audiences) => ({
      upload: (account, upload) =>
        audiences.upload(account, upload.id === undefined ? upload : { ...upload, action: 'REPLACE' }),
    })),
    breaks: ['membership', 'replace_after_add'],
    seed: 4,
  },
  'does not wait until LINE has processed a chunk': {
    plant: inLineClient((audiences) => ({
      uploadJobs: async (...given) =>
        (await audiences.uploadJobs(...given)).map((job) =>
          job.jobStatus === 'FAILED' ? job : { ...job, jobStatus: 'FINISHED' },
        ),
    })),
    breaks: ['overlapping_upload', 'end'],
    seed: 11,
  },
  'takes a FAILED upload job for a FINISHED one': {
    plant: inLineClient((audiences) => ({
      uploadJobs: async (...given) =>
        (await audiences.uploadJobs(...given)).map((job) =>
          job.jobStatus === 'FAILED' ? { ...job, jobStatus: 'FINISHED' } : job,
        ),
    })),
    breaks: ['membership'],
    seed: 531,
  },

  'replaces with a chunk that is sent again after its job has failed': {
    plant: inLineClient((audiences) => ({
      upload: async (account, upload) => {
        const jobs = upload.id === undefined ? [] : await audiences.uploadJobs(account, upload.id);
        const isAgain = jobs.some(({ name }) => name === upload.file.name);
        return audiences.upload(account, isAgain ? { ...upload, action: 'REPLACE' } : upload);
      },
    })),
    breaks: ['membership', 'replace_after_add'],
    seed: 4,
    planOf: failedOften,
  },
  'takes a job that failed before for that of a chunk which it sent again': {
    plant: inAskingJournal((chunk) => ({ ...chunk, failedJobIds: [] })),
    breaks: ['journal'],
    seed: 4,
    planOf: failedOften,
  },
  'does not wait until LINE lists what earlier runs have just sent': {
    plant: inReads(() => ({ openUploads: async () => [] })),
    breaks: ['overlapping_upload'],
    seed: 69,
    planOf: listedLate,
  },

  // Limits

  'counts a REPLACE only while a run waits for its end': {
    plant: inReads((reads) => ({
      openReplaces: async (account) => (await reads.openReplaces(account)).filter(({ status }) => status === 'running'),
    })),
    breaks: ['replace_limit_exceeded'],
    seed: 3,
    planOf: replacedOften,
  },
  'waits a tenth too short for its next request': {
    plant: {
      places: (table) =>
        over(table, {
          take: async (...given) => {
            const taken = await table.take(...given);
            return taken && { ...taken, waitMs: taken.waitMs * 0.9 };
          },
        }),
    },
    breaks: ['rate_exceeded'],
    seed: 9,
  },
  'does not count its requests': {
    plant: { limits: (limits) => over(limits, { rate: () => ({ acquire: async () => () => {} }) }) },
    breaks: ['rate_exceeded'],
    seed: 9,
  },

  // Leases

  'does not check the lease before it sends or writes': {
    plant: { ...inTransactions(() => ({ assertHeld: async () => {} })), leases: blindLeases },
    breaks: ['lease'],
    seed: 77,
  },
  'checks the lease in the database, but not before it sends': {
    plant: { leases: blindLeases },
    breaks: ['lease'],
    seed: 236,
  },
  'does not look in the middle of an upload whether it has the lease': {
    plant: {
      leases: (leases) => ({
        tryTake: async (names) => {
          const lease = await leases.tryTake(names);
          return lease && { ...lease, assertHeld: () => {} };
        },
      }),
    },
    breaks: ['lease'],
    seed: 60,
    planOf: frozenOften,
  },
  'believes that it still has a lease which another process took': {
    plant: {
      leaseTable: (table) => {
        const before = new Map<string, number>();
        return over(table, {
          take: async (name, ...given) => {
            const token = (await table.take(name, ...given)) ?? before.get(name);
            if (token !== undefined) before.set(name, token);
            return token;
          },
        });
      },
    },
    breaks: ['counts', 'lease', 'replace_limit_exceeded'],
    seed: 242,
  },

  // The journal

  'writes the intent after the request': {
    plant: inJournal((append): Append => {
      let intent: RunEvent | undefined;
      return async (event) => {
        if (event.type === 'intent') {
          intent = event;
          return;
        }
        if (intent) await append(intent);
        intent = undefined;
        await append(event);
      };
    }),
    breaks: ['journal'],
    seed: 3,
  },
  'loses the entry of an accepted chunk': {
    plant: inTransactions((tx) => ({
      addRunEvent: async (...given) => {
        if (given[2].type !== 'accepted') await tx.addRunEvent(...given);
      },
    })),
    breaks: ['crash', 'membership', 'repeated_file', 'journal', 'liveness', 'overlapping_upload'],
    seed: 108,
  },
  'counts a duplicate as nothing': {
    plant: inJournal(
      (append): Append =>
        (event) =>
          append(event.type === 'staged' ? { ...event, counts: { ...event.counts, duplicates: 0 } } : event),
    ),
    breaks: ['counts'],
    seed: 2,
  },

  // The guard

  'skips the guard when a run continues': {
    plant: inResumedState((state) => ({ ...state, request: { ...state.request, maxShrink: 1 } })),
    breaks: ['guard'],
    seed: 119,
  },
  'takes every run for one that a person let pass the guard': {
    plant: inReads((reads) => ({
      getRun: async (id) => ({ ...(await reads.getRun(id)), approval: everything }),
    })),
    breaks: ['guard'],
    seed: 1,
  },
  'lets an approval count for whatever a new scan gives': {
    plant: inState((state) => ({
      ...state,
      approval: state.approval && {
        ...state.approval,
        audiences: state.approval.audiences.map((audience) => ({ ...audience, before: null, after: 0 })),
      },
    })),
    breaks: ['guard'],
    seed: 4,
    planOf: approvedLate,
  },
  'lets a rule stop the first audience only': {
    plant: inState((state) => ({
      ...state,
      request: {
        ...state.request,
        siblings: state.request.siblings?.map((sibling) => ({ ...sibling, alerts: undefined })),
      },
    })),
    breaks: ['alert'],
    seed: 3,
    planOf: alertedOften,
  },
  'compares with the wrong size of the audience': {
    plant: inReads((reads) => ({
      lastReplace: async (...given) => {
        const last = await reads.lastReplace(...given);
        return last && { ...last, unique: 1 };
      },
    })),
    breaks: ['guard'],
    seed: 3,
    planOf: shrunkLater,
  },

  // Jobs

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

  // Two versions

  'works on after a newer version has excluded it': {
    plant: { outdated: () => async () => undefined },
    breaks: ['version'],
    seed: 1,
    planOf: upgradedOften,
  },
  'tells the database that it knows what only the newer version knows': {
    plant: { knows: () => NEWER },
    breaks: ['version'],
    seed: 1,
    planOf: upgradedOften,
  },
  'runs a job that asks for something which it does not know': {
    plant: {
      store: (store) =>
        over(store, {
          getJob: async (id) => ({ ...(await store.getJob(id)), damaged: [] }),
          transaction: (work) =>
            store.transaction((tx) =>
              work(
                over(tx, {
                  getJob: async (id) => ({ ...(await tx.getJob(id)), damaged: [] }),
                  lockJob: async (id) => ({ ...(await tx.lockJob(id)), damaged: [] }),
                }),
              ),
            ),
        }),
    },
    breaks: ['version'],
    seed: 3,
    planOf: usedNewly,
  },

  // Recovery

  'takes a database that restarts for an internal error': {
    plant: {
      store: (store) => {
        const explained = (error: unknown) => {
          throw error instanceof DatabaseError && error.code.startsWith('57P') ? new Error('unexpected') : error;
        };
        return over(store, {
          openUploads: (...given) => store.openUploads(...given).catch(explained),
          lastReplace: (...given) => store.lastReplace(...given).catch(explained),
          supersededBy: (...given) => store.supersededBy(...given).catch(explained),
        });
      },
    },
    breaks: ['crash'],
    seed: 49,
    planOf: restartedOften,
  },

  'does not conclude a run whose worker died at its end': {
    plant: inReads(() => ({ runsWithoutConclusion: async () => [] })),
    breaks: ['liveness', 'endless'],
    seed: 17,
  },
  'does not send a lost message again': {
    plant: { queue: () => ({ enqueueAgain: async () => {} }) },
    breaks: ['liveness', 'endless'],
    seed: 71,
  },
  'forgets the runs of a dead worker': {
    plant: inReads((reads) => ({
      runsWithoutWorker: async (limit) =>
        (await reads.runsWithoutWorker(limit)).filter(({ status }) => status === 'queued'),
    })),
    breaks: ['liveness', 'endless'],
    seed: 45,
  },

  'serves a slot that has come again and again': {
    plant: {
      store: (store) => {
        const first = new Map<string, Date>();
        return over(store, {
          transaction: (work) =>
            store.transaction((tx) =>
              work(
                over(tx, {
                  saveState: async (id, state) => {
                    const { slot, errors } = state;
                    if (slot && !first.has(id)) first.set(id, slot);
                    const come = first.get(id);
                    const isServed = state.status === 'sleeping' && !errors && come && slot && come < slot;
                    await tx.saveState(id, isServed ? { ...state, slot: come, sleepUntil: come } : state);
                  },
                }),
              ),
            ),
        });
      },
    },
    breaks: ['endless'],
    seed: 10,
  },

  // Sources and staged files

  'takes the end of the bytes for the end of the source': {
    plant: inScans((scan) => ({
      finished: Promise.resolve(),
      blocks: (async function* () {
        try {
          yield* scan.blocks;
        } catch {
          // This is the mistake.
        }
      })(),
    })),
    breaks: ['counts'],
    seed: 322,
  },
  'keeps the end of a staged file that a broken scan wrote': {
    plant: {
      folder: (folder) =>
        over(folder, {
          open: async (name, keep) => folder.open(name, keep === undefined ? undefined : await folder.size(name)),
        }),
    },
    breaks: ['counts'],
    seed: 119,
    planOf: brokenScans,
  },
  'reads a suppression list once for each identifier': {
    plant: {
      list: (list) =>
        over(list, {
          scan: async (names, signal, from) => {
            const scans: Scan[] = [];
            let column = 0;
            for (const name of names) scans.push(await list.scan([name], signal, from));
            const finished = Promise.all(scans.map((scan) => scan.finished)).then(() => {});
            // A scan that breaks off says so with its blocks, too.
            finished.catch(() => {});
            return over(scans[0]!, {
              finished,
              marked: scans.flatMap(({ marked }) => marked),
              column: () => column,
              blocks: (async function* () {
                for ([column] of scans.entries()) yield* scans[column]!.blocks;
              })(),
            });
          },
        }),
    },
    breaks: ['counts'],
    seed: 3,
    planOf: listedAnew,
  },
  'quotes the value that it cannot read': {
    plant: inScans((scan) => ({
      blocks: (async function* () {
        for await (const block of scan.blocks) {
          const text = Buffer.from(block).toString('latin1');
          if (text.includes('\u0000'))
            throw new LineupError('source_failed', `Cannot read ${text}`, { retryable: true });
          yield block;
        }
      })(),
    })),
    breaks: ['raw_value'],
    seed: 2,
  },
};
