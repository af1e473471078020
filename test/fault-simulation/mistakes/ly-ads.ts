/** Small, realistic mistakes with LY Ads. The simulation must find each of them. */
import { lyAdsPlanOf } from '../../../fault-simulation/world/ly-ads-plan.ts';
import { identifierValue } from '../../../fault-simulation/world/plan.ts';
import type { Plants } from '../../../fault-simulation/world/plants.ts';
import type { Destination, Upload, UploadJobState } from '../../../src/destinations/destination.ts';
import type { Secret } from '../../../src/domain/values/secret.ts';
import type { Mistake } from '../find.ts';
import { again, crowded, ordered, shared, sized, withEqualNames } from '../ly-ads-plans.ts';
import { inState, inTransactions, over } from '../planting.ts';

const inDestination = (mistake: (destination: Destination) => Partial<Destination>): Plants => ({
  destination: (destination) => over(destination, mistake(destination)),
});

/** What LY says of an upload is read as something else. */
const inJobStates = (from: UploadJobState, to: UploadJobState): Plants =>
  inDestination((destination) => ({
    job: async (...given) => {
      const job = await destination.job(...given);
      return job?.state === from ? { ...job, state: to } : job;
    },
  }));

/** Made anew for each history: what a process keeps must not come from another one. */
function keepsFirstList(): Plants {
  const kept: { readonly column: number; readonly block: Uint8Array }[] = [];
  let isKept = false;
  return {
    list: (list) =>
      over(list, {
        scan: async (...given) => {
          const scan = await list.scan(...given);
          let column = 0;
          async function* blocks(): AsyncGenerator<Uint8Array> {
            const wasKept = isKept;
            for await (const block of scan.blocks) {
              if (wasKept) continue;
              column = scan.column();
              kept.push({ column, block: block.slice() });
              yield block;
            }
            isKept = true;
            if (!wasKept) return;
            for (const part of kept) {
              column = part.column;
              yield part.block;
            }
          }
          return over(scan, { blocks: blocks(), column: () => column });
        },
      }),
  };
}

function sendsOnlyNew(): Plants {
  const sent = new Set<string>();
  return inDestination((destination) => ({
    send: async (upload) => {
      const blocks: Uint8Array[] = [];
      for await (const block of upload.read()) blocks.push(block.slice());
      const [heading = '', ...lines] = Buffer.concat(blocks).toString('utf8').trim().split('\n');
      const fresh = lines.filter((line) => !sent.has(line));
      for (const line of lines) sent.add(line);
      const content = Buffer.from([heading, ...fresh, ''].join('\n'));
      const read = async function* () {
        yield content;
      };
      return destination.send({ ...upload, bytes: content.length, read });
    },
  }));
}

function keepsFirstToken(): Plants {
  let first: Secret | null = null;
  return {
    tokens: (rules) => ({
      ...rules,
      mint: (credentials, kept, call) => {
        first ??= kept;
        return rules.mint(credentials, first, call);
      },
    }),
  };
}

export const lyAdsMistakes: Record<string, Mistake> = {
  'takes the newest upload of a list for the one whose answer was lost': {
    plant: inDestination((destination) => ({
      whatBecame: async (sent, signal) => {
        if (!('id' in sent.audience)) return undefined;
        const jobs = await destination.uploads(sent.account, sent.audience.id, { signal });
        const newest = jobs.toSorted((a, b) => (a.created < b.created ? 1 : -1))[0];
        return newest && { audienceId: sent.audience.id, audienceName: null, jobId: newest.id };
      },
    })),
    breaks: ['journal'],
    seed: 1,
    planOf: (seed) => shared(seed, [ordered('ly_reset_before', 'upload', 2 + (seed % 2))]),
  },
  'takes an upload without an answer for a received one': {
    plant: inDestination((destination) => ({
      send: async (upload) => {
        const sent = await destination.send(upload);
        if (sent.outcome !== 'unknown' || !('id' in upload.audience)) return sent;
        return { outcome: 'taken', value: { audienceId: upload.audience.id, audienceName: null, jobId: null } };
      },
    })),
    breaks: ['journal'],
    seed: 1,
    planOf: (seed) => ({ ...sized(seed, 120), faults: [ordered('ly_5xx_before', 'upload', 1)] }),
  },
  'asks for a list again when the answer is lost': {
    plant: inDestination((destination) => ({
      create: async (...given) => {
        const made = await destination.create!(...given);
        return made.outcome === 'unknown' ? destination.create!(...given) : made;
      },
    })),
    breaks: ['two_audiences'],
    seed: 1,
    planOf: (seed) => ({ ...withEqualNames(sized(seed, 120)), faults: [ordered('ly_reset_after', 'add', 1)] }),
  },
  'asks for a list again after a person has stopped the run that asked for it': {
    plant: { store: (store) => over(store, { mayBeMade: async () => false }) },
    breaks: ['two_audiences'],
    seed: 1,
    planOf: (seed) => {
      const plan = withEqualNames(sized(seed, 120, { schedule: null }));
      const acts = ['stop_run', 'restart'] as const;
      return {
        ...plan,
        people: acts.map((action, n) => ({ afterMs: 5_000 + n * 12_000 + (seed % 10) * 1_000, job: 0, action })),
        faults: [ordered('ly_slow', 'add', 1)],
      };
    },
  },
  'makes a list whose members stay the longest time': {
    plant: inDestination((destination) => ({
      create: (account, wanted, signal) => destination.create!(account, { ...wanted, memberDays: 180 }, signal),
    })),
    breaks: ['duration'],
    seed: 5,
    planOf: lyAdsPlanOf,
  },
  'does not count its requests to LY': {
    plant: { limits: (limits) => over(limits, { rate: () => ({ acquire: async () => () => {} }) }) },
    breaks: ['rate_exceeded'],
    seed: 2,
    planOf: lyAdsPlanOf,
  },
  'does not look for a pause again after it has waited': {
    plant: { places: (table) => over(table, { isPaused: async () => false }) },
    breaks: ['request_in_pause'],
    seed: 3,
    planOf: crowded,
  },
  'counts the heading of a file as a row': {
    plant: inState((state) => ({
      ...state,
      staged: state.staged && {
        ...state.staged,
        chunks: state.staged.chunks.map((chunk) => ({ ...chunk, records: chunk.records + 1 })),
      },
    })),
    breaks: ['too_few_rows'],
    seed: 1,
    planOf: (seed) => sized(seed, 99),
  },
  'forgets the alert rules of its job': {
    plant: inState((state) => ({ ...state, request: { ...state.request, alerts: undefined } })),
    breaks: ['alert'],
    seed: 1,
    planOf: (seed) => {
      const { members } = sized(seed, 120).jobs[0]!;
      const alerts = { skipped_share: { action: 'stop' as const, percent: 1 } };
      return sized(seed, 120, { members: [...members, ...members.map((_, n) => `no address ${n}`)], alerts });
    },
  },
  'takes a FAILED upload for a RECEIVED one': {
    plant: inJobStates('FAILED', 'FINISHED'),
    breaks: ['incomplete'],
    seed: 1,
    planOf: (seed) => ({ ...sized(seed, 120), faults: [ordered('ly_job_failed', 'upload', 1)] }),
  },
  'does not wait until LY has received an upload': {
    plant: inJobStates('WORKING', 'FINISHED'),
    breaks: ['incomplete', 'overlapping_upload'],
    seed: 1,
    planOf: lyAdsPlanOf,
  },
  'lets the upload of one identifier hide that another one is missing': {
    plant: inTransactions(() => ({ incompleteOf: async () => new Map() })),
    breaks: ['incomplete'],
    seed: 1,
    planOf: (seed) => ({
      ...shared(seed, [ordered('ly_job_invalid', 'upload', 1 + (seed % 2))]),
    }),
  },
  'keeps a suppression list that it has read before': {
    get plant() {
      return keepsFirstList();
    },
    breaks: ['suppressed'],
    seed: 1,
    planOf: (seed) => {
      const stranger = identifierValue('email', 0, 999);
      const later = { scan: 2, members: [stranger, identifierValue('email', 0, 7)] };
      return again(sized(seed, 120, { leftOut: { members: [stranger], changes: [later], breaks: [], holdOut: null } }));
    },
  },
  'sends only those whom it has not sent before': {
    get plant() {
      return sendsOnlyNew();
    },
    breaks: ['membership', 'too_few_rows'],
    seed: 1,
    planOf: (seed) => again(sized(seed, 120)),
  },
  'sends the ids of one kind as those of the other': {
    plant: inDestination((destination) => ({
      send: (upload: Upload) =>
        destination.send(
          upload.kind === undefined ? upload : { ...upload, kind: upload.kind === 'IDFA' ? 'AAID' : 'IDFA' },
        ),
    })),
    breaks: ['membership'],
    seed: 1,
    planOf: lyAdsPlanOf,
  },
  'shows LY the refresh token of before a person connected again': {
    get plant() {
      return keepsFirstToken();
    },
    breaks: ['repeated_refresh'],
    seed: 2,
    planOf: (seed) => ({
      ...sized(seed, 120),
      faults: [
        {
          kind: 'tokens_deleted',
          when: { step: 20 + (seed % 60) },
          key: lyAdsPlanOf(seed).jobs[0]!.key,
          forMs: 20_000,
        },
      ],
    }),
  },
};
