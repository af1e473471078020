/** The turn to change the token of an authorization: whoever has it knows that no process mints meanwhile. */
import type { Lease } from '../../contracts/ports.ts';
import { turnOf } from '../../store/repositories/authorization-tokens.ts';
import type { UseCaseDeps } from '../deps.ts';

/** How often who waits for the turn of another process looks for it. */
const LOOK_MS = 250;

export async function takeTurn({ leases, sleep }: UseCaseDeps, id: string, signal: AbortSignal): Promise<Lease> {
  for (;;) {
    const turn = await leases.tryTake([turnOf(id)]);
    if (turn) return turn;
    await sleep(LOOK_MS, signal);
  }
}
