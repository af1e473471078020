/** LINE Official Account against its simulator, for the contract of all destinations. */
import { onTestFinished } from 'vitest';
import {
  type Fault,
  type LineOfficialAccountSimulator,
  type LineOfficialAccountSimulatorOptions,
  startLineOfficialAccountSimulator,
} from '../../simulators/line-official-account/index.ts';
import type { SharedLimits } from '../../src/contracts/ports.ts';
import type { ConnectOptions } from '../../src/destinations/connect.ts';
import { connect, tokens } from '../../src/destinations/line-official-account/connect.ts';
import { SharedTokens } from '../../src/destinations/shared-token.ts';
import { lineOfficialAccountTraits } from '../../src/domain/destinations/line-official-account.ts';
import type { Kit, KitFault } from './kit.ts';
import { KitClock } from './kit-clock.ts';

const UNKNOWN = 'POLISHING';

/** An upload creates its audience, or adds to it. */
const endpoints = { upload: ['create', 'add'], create: ['create'], list: ['list'], jobs: ['get'] } as const;

/** The simulator's words for the faults of the kit. */
function faultsOf({ on, kind }: KitFault): Fault[] {
  if (kind === 'job_word')
    return [{ endpoint: 'get', count: 1, kind: 'property', property: 'jobStatus', value: UNKNOWN }];
  return endpoints[on].map((endpoint) => ({ endpoint, count: 1, ...effects[kind] }));
}

const effects = {
  refuse: { kind: 'code', code: 'INVALID_REQUEST' },
  too_many: { kind: 'status', status: 429, message: 'Too Many Requests' },
  lose_before: { kind: 'reset', when: 'read' },
  lose_after: { kind: 'reset', when: 'after' },
  kill: { kind: 'reset', when: 'before', count: 1_000 },
  silence: { kind: 'slow', ms: 3_600_000, when: 'after' },
  job_failed: { kind: 'job_failed' },
  job_late: { kind: 'job_late', ms: 60_000 },
} as const satisfies Record<Exclude<KitFault['kind'], 'job_word'>, Fault>;

/** Of the faults for both kinds of upload, the first one that is met ends the other one. */
function order(simulator: LineOfficialAccountSimulator, faults: readonly Fault[]): void {
  for (const fault of faults) simulator.addFault(fault);
  const [first] = faults;
  if (faults.length < 2 || first?.count !== 1) return;
  const met = simulator.nextRequest(({ faults: kinds }) => kinds.includes(first.kind));
  met.then(() => simulator.clearFaults());
}

export interface LineOfficialAccountKit {
  readonly kit: Kit;
  readonly simulator: LineOfficialAccountSimulator;
}

export async function lineOfficialAccountKit(
  options: LineOfficialAccountSimulatorOptions = {},
): Promise<LineOfficialAccountKit> {
  const clock = new KitClock();
  const simulator = await startLineOfficialAccountSimulator({
    jobMs: 1_000,
    readyMs: 0,
    duplicateNames: 'refuse',
    ...options,
  });
  onTestFinished(() => simulator.close());
  clock.onAdvance = simulator.advance;
  const { channelId, channelSecret } = simulator.channel;
  const credentials = { channel_id: channelId, channel_secret: channelSecret };
  const newTokens = () =>
    new SharedTokens(clock, () => {
      throw new Error('They are in memory only.');
    }).of('oa', credentials, tokens, simulator.url);
  const kit: Kit = {
    traits: lineOfficialAccountTraits,
    account: channelId,
    clock,
    connect: async (given: Partial<ConnectOptions> = {}) =>
      connect({
        credentials,
        tokens: newTokens(),
        limits: {
          rate: () => ({ acquire: async () => () => {} }),
          pause: async (_key, ms) => clock.advance(ms),
        } as Partial<SharedLimits> as SharedLimits,
        clock,
        baseUrl: simulator.url,
        patience: 'run',
        ...given,
      }),
    fault: (fault) => order(simulator, faultsOf(fault)),
    held: (id) => [...simulator.state.members(id)],
    addAudience: (name, members = 0) => simulator.addAudience({ name, channelId, members }),
    words: { queued: 'QUEUED', working: 'WORKING', finished: 'FINISHED', unknown: UNKNOWN },
    job: { workingAfter: 500, endedAfter: 1_000, lateBy: 60_000 },
    // Each token of the simulator begins with it.
    secrets: () => [channelSecret, 'oa-token-'],
    violations: () => simulator.inspect().violations,
    tokens: {
      revoke: () => simulator.state.tokens.expire(channelId),
      refuseClient: () => {
        simulator.state.tokens.expire(channelId);
        simulator.addFault({ kind: 'status', status: 400, endpoint: 'token', count: 0 });
      },
      minted: () =>
        simulator.inspect().requests.filter(({ endpoint, status }) => endpoint === 'token' && status === 200).length,
      lifeMs: 899_000,
    },
  };
  return { kit, simulator };
}
