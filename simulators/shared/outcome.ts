/** How a core answers a request: faults, the request itself, faults again, and what happens when it fails. */
import { altered, type Met } from './fault-effects.ts';
import { type Body, ClientGoneError } from './incoming.ts';
import type { FaultPoint } from './point-faults.ts';
import { type Answer, type Outcome, type Reply, type Reset, written } from './reply.ts';
import type { LoggedRequest } from './request-log.ts';

export interface Steps<Fault, Request extends LoggedRequest> {
  readonly record: Request;
  readonly body: Body;
  /** Aborts when the simulator closes. */
  readonly closing: AbortSignal;
  readonly applyFaults: (point: FaultPoint) => Promise<Met<Fault>>;
  readonly carryOut: () => Promise<Reply>;
  /** The answer to a request that was refused. @throws an error that is no refusal */
  readonly refused: (error: unknown) => Reply;
  /** The last word on every answer. */
  readonly ended?: (reply: Reply) => Reply;
  /** Of the simulated service, for the `Date` header. */
  readonly time: () => number;
  /** Called with the record of the request, with or without an answer. */
  readonly onEnd?: ((record: Request) => void) | undefined;
}

/** Answers a request, and completes its record. It rejects only because of a bug. */
export async function answerOf<Fault extends { readonly kind: string }, Request extends LoggedRequest>(
  steps: Steps<Fault, Request>,
): Promise<Answer | Reset> {
  const { record, ended = (reply) => reply, time, onEnd } = steps;
  const outcome = await outcomeOf(steps);
  if (outcome.status === undefined) {
    onEnd?.(record);
    return outcome;
  }
  record.status = outcome.status;
  const reply = ended(outcome);
  onEnd?.(record);
  return answered(reply, record, time());
}

async function outcomeOf<Fault extends { readonly kind: string }, Request extends LoggedRequest>(
  steps: Steps<Fault, Request>,
): Promise<Outcome> {
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
    return late ?? altered(reply, faults);
  } catch (error) {
    return afterError(steps, error, taken);
  }
}

async function afterError<Fault, Request extends LoggedRequest>(
  { body, record, closing, refused }: Steps<Fault, Request>,
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
function answered(reply: Reply, { detail }: { readonly detail?: string }, time: number): Answer {
  const { text, headers } = written(reply);
  // A header may contain only ASCII.
  if (detail) headers['x-simulator-detail'] = detail.replace(/[^\x20-\x7e]/g, '?');
  headers.date = new Date(time).toUTCString();
  return { status: reply.status, headers, body: text as string | undefined };
}
