/** The toy against its simulator, for the contract of all destinations and for whole exports. */
import type { SharedLimits } from '../../../src/contracts/ports.ts';
import type { ConnectOptions } from '../../../src/destinations/connect.ts';
import { SharedTokens } from '../../../src/destinations/shared-token.ts';
import { tokenFile } from '../../../src/store/data-directory/token-file.ts';
import type { Kit, KitFault } from '../kit.ts';
import { KitClock } from '../kit-clock.ts';
import { connect, tokens } from './connect.ts';
import { clientSecret, startToySimulator, type ToyFault, type ToySimulator, tokenLifeMs } from './simulator.ts';
import { toyTraits } from './traits.ts';

const endpoints = { upload: 'upload', create: 'create', list: 'lists', jobs: 'jobs' } as const;

export async function toyKit(): Promise<{ readonly kit: Kit; readonly simulator: ToySimulator }> {
  const clock = new KitClock();
  const simulator = await startToySimulator();
  clock.onAdvance = simulator.advance;
  const credentials = { client_id: 'toy-1', client_secret: clientSecret, base_url: simulator.url };
  /** @param directory shared with other processes. null: this process has a token of its own */
  const tokensIn = (directory: string | null) =>
    new SharedTokens(clock, (id) => tokenFile(directory ?? '', id)).of(directory && 'toy', credentials, tokens);
  const kit: Kit = {
    traits: toyTraits,
    account: 'C1',
    clock,
    connect: async (options: Partial<ConnectOptions> = {}) =>
      connect({
        credentials,
        tokens: tokensIn(null),
        limits: {
          rate: () => ({ acquire: async () => () => {} }),
          pause: (_key, ms) => clock.sleep(ms),
        } as Partial<SharedLimits> as SharedLimits,
        clock,
        baseUrl: simulator.url,
        patience: 'run',
        ...options,
      }),
    fault: ({ on, kind }: KitFault) => simulator.fault({ on: endpoints[on], kind } as ToyFault),
    held: (id) => [...(simulator.lists.get(id)?.members ?? [])].sort(),
    addAudience: (name, members = 0) =>
      simulator.addList(
        name,
        Array.from({ length: members }, (_, n) => `member ${n}`),
      ),
    words: { queued: 'waiting', working: 'running', finished: 'done', unknown: 'polishing' },
    job: { workingAfter: 500, endedAfter: 1_000, lateBy: 60_000 },
    secrets: () => [clientSecret, ...simulator.tokens],
    violations: () => simulator.violations,
    tokens: {
      sharedIn: tokensIn,
      revoke: simulator.revokeTokens,
      refuseClient: simulator.revokeClient,
      minted: () => simulator.tokens.length,
      lifeMs: tokenLifeMs,
    },
  };
  return { kit, simulator };
}
