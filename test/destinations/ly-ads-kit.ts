/** LY Ads against its simulator, for the contract of all destinations. */
import { onTestFinished } from 'vitest';
import {
  type Fault,
  type LyAdsSimulator,
  type LyAdsSimulatorOptions,
  startLyAdsSimulator,
} from '../../simulators/ly-ads/index.ts';
import type { SharedLimits, TokenStore } from '../../src/contracts/ports.ts';
import type { ConnectOptions } from '../../src/destinations/connect.ts';
import { connect, tokens } from '../../src/destinations/ly-ads/connect.ts';
import { SharedTokens } from '../../src/destinations/shared-token.ts';
import { lyAdsTraits } from '../../src/domain/destinations/ly-ads.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { tokenFile } from '../../src/store/data-directory/token-file.ts';
import { directoryOfTest } from '../support/directory.ts';
import type { Kit, KitFault } from './kit.ts';
import { KitClock } from './kit-clock.ts';

/** Who has consented. */
const PERSON = 'BIZ0001';
const UNKNOWN = 'POLISHING';

const endpoints = { upload: 'upload', create: 'add', list: 'lists', jobs: 'upload-status' } as const;

/** The simulator's word for the faults of the kit. */
function faultOf({ on, kind }: KitFault): Fault {
  const endpoint = endpoints[on];
  const once = { endpoint, count: 1 } as const;
  switch (kind) {
    case 'refuse':
      return { ...once, kind: 'code', code: 'V0001', property: 'accountId', value: '1011' };
    case 'too_many':
      return { ...once, kind: 'code', code: '0003' };
    case 'lose_before':
      return { ...once, kind: 'reset', when: 'read' };
    case 'lose_after':
      return { ...once, kind: 'reset', when: 'after' };
    case 'kill':
      return { endpoint, kind: 'reset', when: 'before', count: 1_000 };
    case 'silence':
      return { ...once, kind: 'slow', ms: 3_600_000, when: 'after' };
    case 'job_failed':
      return { ...once, kind: 'job_failed' };
    case 'job_late':
      return { ...once, kind: 'job_late', ms: 60_000 };
    case 'job_word':
      return { endpoint: 'upload-status', count: 1, kind: 'property', property: 'jobStatus', value: UNKNOWN };
  }
}

/** The place of the tokens, in which the consent of a person is already. */
const consented = (place: TokenStore, refreshToken: string, belongsTo: string): TokenStore => ({
  read: async () =>
    (await place.read()) ?? {
      token: new Secret('none'),
      mintedAt: new Date(0),
      expiresAt: new Date(1),
      keep: new Secret(refreshToken),
      belongsTo,
    },
  tryTurn: () => place.tryTurn(),
});

export interface LyAdsKit {
  readonly kit: Kit;
  readonly simulator: LyAdsSimulator;
  readonly credentials: Readonly<Record<string, string>>;
}

export async function lyAdsKit(options: LyAdsSimulatorOptions = {}): Promise<LyAdsKit> {
  const clock = new KitClock();
  const simulator = await startLyAdsSimulator({ jobMs: 1_000, reachMs: 0, matchRate: 1, ...options });
  onTestFinished(() => simulator.close());
  clock.onAdvance = simulator.advance;
  const { clientId, clientSecret } = simulator.client;
  const { refreshToken } = simulator.grant(clientId, PERSON);
  const credentials = { client_id: clientId, client_secret: clientSecret, base_account_id: '1001' };
  const tokensIn = (directory: string, given = credentials) =>
    new SharedTokens(clock, (id, belongsTo) => consented(tokenFile(directory, id), refreshToken, belongsTo)).of(
      'ly',
      given,
      tokens,
      simulator.url,
    );
  const kit: Kit = {
    traits: lyAdsTraits,
    account: '1011',
    clock,
    connect: async (given: Partial<ConnectOptions> = {}) =>
      connect({
        credentials,
        tokens: tokensIn(directoryOfTest('ly-tokens')),
        limits: {
          rate: () => ({ acquire: async () => () => {} }),
          pause: async (_key, ms) => clock.advance(ms),
        } as Partial<SharedLimits> as SharedLimits,
        clock,
        baseUrl: simulator.url,
        patience: 'run',
        ...given,
      }),
    fault: (fault) => void simulator.addFault(faultOf(fault)),
    held: (id) => [...simulator.state.members(id)],
    addAudience: (name, members = 0) =>
      simulator.addList({ name, accountId: '1011', members, ...(members > 0 && { reach: members }) }),
    words: { queued: null, working: 'RECEIVING', finished: 'RECEIVED', unknown: UNKNOWN },
    job: { workingAfter: 500, endedAfter: 1_000, lateBy: 60_000 },
    // Each token of the simulator begins with one of these.
    secrets: () => [clientSecret, 'ly-access-', 'ly-refresh-'],
    violations: () => simulator.inspect().violations,
    tokens: {
      sharedIn: (directory) => tokensIn(directory),
      revoke: () => simulator.state.grants.expireAccess(PERSON),
      refuseClient: () => simulator.state.grants.deleteTokens(PERSON),
      minted: () => simulator.inspect().grants.reduce((sum, { refreshes }) => sum + refreshes, 0),
      lifeMs: 3_600_000,
    },
  };
  return { kit, simulator, credentials };
}
