/** How a request to a simulator begins: its record, its faults, and its wait. */
import type { Clock } from './clock.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';

/** The parts of a simulator that meet a request. */
interface Arriving<Request extends LoggedRequest, Fault> {
  readonly clock: Clock;
  readonly requests: RequestLog<Request>;
  /** The faults for a request to an endpoint. */
  readonly faults: { meet(endpoint: string): Fault[] };
}

/** Starts the record of a request, and takes its faults. */
export function arrive<Request extends LoggedRequest, Fault extends { readonly kind: string }>(
  world: Arriving<Request, Fault>,
  begin: Omit<Request, 'number' | 'time' | 'faults'>,
): { readonly record: Request; readonly faults: readonly Fault[] } {
  const record = world.requests.add(begin, world.clock.iso());
  const faults = world.faults.meet(record.endpoint);
  record.faults.push(...faults.map(({ kind }) => kind));
  return { record, faults };
}

/**
 * Waits as long as a request takes.
 * @param ms without its faults
 * @returns false when the simulator closes meanwhile
 */
export async function waited(
  { clock, closing }: { readonly clock: Clock; readonly closing: AbortSignal },
  faults: readonly { readonly kind: string; readonly ms?: number }[],
  ms = 0,
): Promise<boolean> {
  const all = faults.reduce((sum, fault) => sum + (fault.kind === 'slow' ? (fault.ms ?? 0) : 0), ms);
  if (all === 0) return true;
  return clock.sleep(all, closing).then(
    () => true,
    () => false,
  );
}
