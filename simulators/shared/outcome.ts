/** How a core answers a request: faults, the request itself, faults again, and what happens when it fails. */
import { type Body, ClientGoneError } from './incoming.ts';
import { type Answer, type Reply, type Reset, written } from './reply.ts';

/** A reply, or a connection that is closed. */
export type Outcome = (Reply & { reset?: undefined }) | Reset;

/** The faults of one point of a request. */
export interface Met<Fault> {
  /** What a fault forces. */
  readonly outcome: Outcome | null;
  readonly faults: readonly Fault[];
}

export interface Steps<Fault> {
  readonly body: Body;
  readonly record: { detail?: string };
  /** Aborts when the simulator closes. */
  readonly closing: AbortSignal;
  /** Applies the faults before the request is read, or after it was carried out. */
  readonly applyFaults: (point: 'arrival' | 'accepted') => Promise<Met<Fault>>;
  readonly carryOut: () => Promise<Reply>;
  /** What faults make of a complete answer. */
  readonly altered: (reply: Reply, faults: readonly Fault[]) => Reply;
  /** The answer to a request that was refused. @throws an error that is no refusal */
  readonly refused: (error: unknown) => Reply;
}

/** It rejects only because of a bug. */
export async function outcomeOf<Fault>(steps: Steps<Fault>): Promise<Outcome> {
  const { body } = steps;
  let taken = false;
  try {
    const { outcome: early } = await steps.applyFaults('arrival');
    if (early) {
      if (early.reset === 'middle') await body.next();
      else if (early.reset !== 'before') await body.drain();
      return early;
    }
    const reply = await steps.carryOut();
    taken = true;
    const { outcome: late, faults } = await steps.applyFaults('accepted');
    return late ?? steps.altered(reply, faults);
  } catch (error) {
    return afterError(steps, error, taken);
  }
}

async function afterError<Fault>(
  { body, record, closing, refused }: Steps<Fault>,
  error: unknown,
  taken: boolean,
): Promise<Outcome> {
  try {
    const reply = refused(error);
    await body.drain();
    return reply;
  } catch (failure) {
    if (!(failure instanceof ClientGoneError) && !closing.aborted) throw failure;
    record.detail = 'the client went away';
    return { reset: taken ? 'after' : 'before' };
  }
}

/**
 * An answer in the form in which it is sent. No endpoint of these APIs streams its text.
 * @param time of the simulated service, for the `Date` header
 */
export function answered(reply: Reply, { detail }: { readonly detail?: string }, time: number): Answer {
  const { text, headers } = written(reply);
  // A header may contain only ASCII.
  if (detail) headers['x-simulator-detail'] = detail.replace(/[^\x20-\x7e]/g, '?');
  headers.date = new Date(time).toUTCString();
  return { status: reply.status, headers, body: text as string | undefined };
}
