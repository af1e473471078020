/** Checks how many audiences the accounts have, where a destination allows only so many. */
import type { Clock, SharedLimits } from '../contracts/ports.ts';
import { connectTo, kindOf } from '../destinations/kinds.ts';
import { SharedTokens } from '../destinations/shared-token.ts';
import { destinationOf } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { type Check, type Finding, ok, warning } from './finding.ts';
import type { StoredDestination } from './stored.ts';

export const ROOM = 'Room for audiences';

/** From this share on, it is time to delete some. */
const FULL = 0.9;

/** One request is asked, so nobody shares its turn. */
const noLimits: Pick<SharedLimits, 'rate' | 'pause'> = {
  rate: () => ({ acquire: async () => async () => {} }),
  pause: async () => {},
};

interface Asking {
  /** Of a simulator. Undefined: the real one. */
  readonly baseUrlOf: (provider: string) => string | undefined;
  readonly clock: Clock;
  readonly limitMs: number;
}

export function roomChecks(destinations: readonly StoredDestination[], { baseUrlOf, clock, limitMs }: Asking): Check[] {
  return destinations.flatMap(({ id, provider, credentials }) => {
    const most = destinationOf(provider).limits.audiences;
    if (most === undefined || !credentials) return [];
    const look = async (signal: AbortSignal): Promise<Finding[]> => {
      const options = {
        credentials: credentials.reveal(),
        limits: noLimits as SharedLimits,
        clock,
        baseUrl: baseUrlOf(provider),
        patience: 'person',
      } as const;
      const tokens = new SharedTokens(clock, () => {
        throw new Error('Nothing is stored here.');
      });
      try {
        const destination = await connectTo(kindOf(provider), options, tokens, null);
        return roomFindings(id, (await destination.count?.('', signal)) ?? 0, most);
      } catch (error) {
        if (!(error instanceof LineupError) || signal.aborted) throw error;
        return [warning(ROOM, `The audiences of ${id} could not be counted. ${error.message}`, 'Verify it.')];
      }
    };
    return [{ topic: ROOM, limitMs, look }];
  });
}

export function roomFindings(id: string, count: number, most: number): Finding[] {
  const message = `The account of ${id} has ${count} of ${most} audiences.`;
  if (count < most * FULL) return [ok(ROOM, message)];
  return [warning(ROOM, message, 'Delete those that no campaign uses. Without room, no run can create or renew one.')];
}
