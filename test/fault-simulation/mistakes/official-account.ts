/** Small, realistic mistakes with LINE Official Account. The simulation must find each of them. */
import { CHANNELS, officialAccountPlanOf } from '../../../fault-simulation/world/official-account-plan.ts';
import type { Plants } from '../../../fault-simulation/world/plants.ts';
import type { Destination, UploadJobState } from '../../../src/destinations/destination.ts';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import type { RequestedRenewal } from '../../../src/domain/runs/run.ts';
import { applyEvent, foldRun, type RunState } from '../../../src/domain/runs/run-state.ts';
import type { Mistake } from '../find.ts';
import { atLine, crowded, ending, whereLine, withEqualNames, withUsers } from '../official-account-plans.ts';
import { inState, inTransactions, over } from '../planting.ts';

const inDestination = (mistake: (destination: Destination) => Partial<Destination>): Plants => ({
  destination: (destination) => over(destination, mistake(destination)),
});

/** What LINE says of an upload is read as something else. Undefined: LINE does not list it. */
const inJobStates = (from: UploadJobState | undefined, to: UploadJobState): Plants =>
  inDestination((destination) => ({
    job: async (sent, asking) => {
      const job = await destination.job(sent, asking);
      if (job?.state !== from) return job;
      const unknown = { id: '1', word: to, fileName: sent.fileName, action: 'ADD', remark: null } as const;
      return { ...unknown, meaning: null, count: null, again: false, created: sent.since, ...job, state: to };
    },
  }));

/** @param change what becomes of the lines of a file */
const inLines = (change: (lines: readonly string[]) => readonly string[]): Plants =>
  inDestination((destination) => ({
    send: async (upload) => {
      const blocks: Uint8Array[] = [];
      for await (const block of upload.read()) blocks.push(block.slice());
      const lines = Buffer.concat(blocks).toString('latin1').trim().split('\n');
      const content = Buffer.from([...change(lines), ''].join('\n'));
      const read = async function* () {
        yield content;
      };
      return destination.send({ ...upload, bytes: content.length, read });
    },
  }));

/** @param change what the export sees of the renewal that is asked of a run */
const inRenewal = (change: (renewal: RequestedRenewal) => RequestedRenewal): Plants =>
  inState((state) => {
    const { renewal } = state.request;
    return renewal ? { ...state, request: { ...state.request, renewal: change(renewal) } } : state;
  });

/** Made anew for each history: the runs of another one have other ids. */
function adoptsEarly(): Plants {
  const states = new Map<string, RunState>();
  return inTransactions((tx) => ({
    addRunEvent: async (...given) => {
      const [runId, , event] = given;
      await tx.addRunEvent(...given);
      const state = event.type === 'started' ? foldRun([event]) : states.get(runId);
      if (!state) return;
      const after = event.type === 'renewed' ? applyEvent(state, event) : state;
      states.set(runId, after);
      if (event.type === 'accepted' && after.renews)
        await tx.adoptAudience(runId, { ...after, audienceId: event.audienceId });
    },
  }));
}

/** The same. */
function removesOld(): Plants {
  let old: string | undefined;
  return inDestination((destination) => ({
    find: (account, by, signal) => {
      if ('ids' in by) [old] = by.ids;
      return destination.find(account, by, signal);
    },
    send: async (upload) => {
      const sent = await destination.send(upload);
      if ('name' in upload.audience && sent.outcome === 'taken' && old !== undefined)
        await destination.remove(upload.account, old);
      return sent;
    },
  }));
}

export const officialAccountMistakes: Record<string, Mistake> = {
  'takes the newest job of an audience for that of the upload whose answer was lost': {
    plant: inDestination((destination) => ({
      whatBecame: async (sent, signal) => {
        if (!('id' in sent.audience)) return destination.whatBecame(sent, signal);
        const jobs = await destination.uploads(sent.account, sent.audience.id, { signal });
        return jobs.length > 0 ? { audienceId: sent.audience.id, audienceName: null, jobId: null } : undefined;
      },
    })),
    breaks: ['journal'],
    seed: 1,
    planOf: (seed) => withUsers(seed, 8, { chunks: 2, faults: [atLine('oa_reset_read', 'add', 1)] }),
  },
  'takes an audience for its own because it has the name': {
    plant: inDestination((destination) => ({
      whatBecame: async (sent, signal) => {
        if (!('name' in sent.audience)) return destination.whatBecame(sent, signal);
        for await (const { id, name } of destination.find(sent.account, sent.audience, signal))
          return { audienceId: id, audienceName: name, jobId: null };
        return undefined;
      },
    })),
    breaks: ['journal'],
    seed: 1,
    planOf: (seed) =>
      withEqualNames(
        withUsers(seed, 8, {
          faults: [
            atLine('oa_reset_read', 'create', 1),
            { kind: 'name_used', when: { journal: 3, at: 'after' }, job: 0 },
          ],
        }),
      ),
  },
  'makes an audience again when the first upload has failed and its answer was lost': {
    plant: inDestination((destination) => ({
      whatBecame: async (sent, signal) => {
        const found = await destination.whatBecame(sent, signal);
        if (!found || !('name' in sent.audience)) return found;
        const job = await destination.job({ ...sent, audience: { id: found.audienceId } }, { signal });
        return job?.state === 'FAILED' ? undefined : found;
      },
    })),
    breaks: ['two_audiences'],
    seed: 4,
    planOf: (seed) =>
      withEqualNames(
        withUsers(seed, 8, { faults: [atLine('oa_reset_after', 'create', 1), atLine('oa_job_failed', 'create', 1)] }),
      ),
  },
  'sends a hash as if it were an id': {
    plant: inLines((lines) => [...lines, 'a3'.repeat(32)]),
    breaks: ['malformed_id'],
    seed: 1,
    planOf: officialAccountPlanOf,
  },
  'sends a chunk while LINE works on the one before': {
    plant: {
      destination: (destination) =>
        over(inJobStates('WORKING', 'FINISHED').destination!(destination), { uploads: async () => [] }),
    },
    breaks: ['overlapping_upload'],
    seed: 2,
    planOf: (seed) => whereLine(withUsers(seed, 8, { chunks: 2 }), { jobMs: 20_000 }),
  },
  'takes an upload that LINE does not list for one that has arrived': {
    plant: inJobStates(undefined, 'FINISHED'),
    breaks: ['incomplete'],
    seed: 1,
    planOf: (seed) =>
      whereLine(withUsers(seed, 8, { faults: [atLine('oa_job_late', 'create', 1)] }), { jobMs: 20_000 }),
  },
  'keeps its access token in the database': {
    plant: { tokens: (rules) => ({ ...rules, stored: true }) },
    breaks: ['token_stored'],
    seed: 1,
    planOf: officialAccountPlanOf,
  },
  'quotes the channel secret when LINE gives no token': {
    plant: {
      tokens: (rules) => ({
        ...rules,
        mint: (credentials, kept, call) =>
          rules.mint(credentials, kept, call).catch(() => {
            throw new LineupError('line_unauthorized', `LINE refuses ${JSON.stringify(credentials)}.`);
          }),
      }),
    },
    breaks: ['secret'],
    seed: 1,
    planOf: (seed) => withUsers(seed, 8, { faults: [atLine('oa_forbidden', 'token', 1)] }),
  },
  'does not count its requests to LINE': {
    plant: { limits: (limits) => over(limits, { rate: () => ({ acquire: async () => () => {} }) }) },
    breaks: ['rate_exceeded'],
    seed: 1,
    planOf: crowded,
  },
  'makes an audience although the channel has as many as LINE allows': {
    plant: inDestination(() => ({ count: async () => 0 })),
    breaks: ['too_many_audiences'],
    seed: 1,
    planOf: (seed) =>
      withUsers(seed, 8, {
        account: CHANNELS[0],
        key: 0,
        faults: [{ kind: 'channel_full', when: { step: 0 }, key: 0, forMs: 60_000 }],
      }),
  },
  'forgets the successor that an earlier run has made': {
    plant: inRenewal(({ successor: _, ...renewal }) => renewal),
    breaks: ['two_audiences'],
    seed: 1,
    planOf: (seed) => ({
      ...ending(seed, { chunks: 2, faults: [atLine('oa_job_stuck', 'create', 1)] }),
      people: (['stop_run', 'restart'] as const).map((action, n) => ({ afterMs: 15_000 + n * 15_000, job: 0, action })),
    }),
  },
  'names a successor before it is full': {
    get plant() {
      return adoptsEarly();
    },
    breaks: ['renewal'],
    seed: 1,
    planOf: (seed) => whereLine(ending(seed), { jobMs: 20_000 }),
  },
  'deletes the audience that it has renewed': {
    get plant() {
      return removesOld();
    },
    breaks: ['deleted'],
    seed: 1,
    planOf: (seed) => ending(seed),
  },
};
