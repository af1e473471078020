/** How a request to a core begins and what its record says of a refusal. */
import type { Clock } from './clock.ts';
import { Body, type Incoming } from './incoming.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import { type Flagged, flag } from './violations.ts';

/** A request of which everything but the body has arrived. */
export interface Begun<Request extends LoggedRequest> {
  readonly incoming: Incoming;
  readonly body: Body;
  /** The whole header. Empty when there is no body. */
  readonly contentType: string;
  /** In virtual time. */
  readonly startedAt: number;
  readonly record: Request;
}

interface Beginning<Request extends LoggedRequest> {
  readonly clock: Clock;
  readonly state: { readonly requests: RequestLog<Request> };
}

/**
 * Starts the record of a request.
 * @param time of the simulated service
 */
export function begin<Request extends LoggedRequest>(
  { clock, state }: Beginning<Request>,
  incoming: Incoming,
  record: Omit<Request, 'number' | 'time' | 'faults' | 'method'>,
  time: number,
): Begun<Request> {
  const { method, body, headers } = incoming;
  const begun = { method, ...record } as unknown as Omit<Request, 'number' | 'time' | 'faults'>;
  return {
    incoming,
    body: new Body(body),
    contentType: body === null ? '' : (headers['content-type'] ?? ''),
    startedAt: clock.time(),
    record: state.requests.add(begun, new Date(time).toISOString()),
  };
}

/** The path of an address, and what follows its question mark. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** When a name occurs twice, the first value counts. */
export const firstValues = (query: string): Record<string, string> =>
  query === '' ? {} : Object.fromEntries([...new URLSearchParams(query)].reverse());

/** A content type without parameters, in lower case. */
export const mediaType = (contentType: string): string => contentType.split(';', 1)[0]!.trim().toLowerCase();

interface Refused<Code extends string> extends Flagged<Code> {
  readonly record: LoggedRequest;
}

/** Records why a request was refused, and the mistake in it. */
export function noteRefusal<Code extends string>(
  call: Refused<Code>,
  { message, violation }: { readonly message: string; readonly violation: NoInfer<Code> | undefined },
): void {
  const { record } = call;
  if (violation) flag(call, violation, `${record.method} ${record.endpoint}: ${message}`);
  record.detail = message;
}
