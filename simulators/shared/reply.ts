/** Answers of a simulator, before they are sent. */

/** An answer. `json` and `text` are two forms of a body; without both there is no body. */
export interface Reply {
  status: number;
  json?: unknown;
  text?: string | Iterable<string | Uint8Array>;
  headers?: Record<string, string>;
}

/** An answer in the form in which it is sent. */
export interface Answer {
  readonly reset?: undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent when there is none. */
  readonly body?: string | undefined;
}

/**
 * The connection is closed without an answer, because of a fault or because the client has gone: before the request
 * was read to its end, after it was read but not carried out, or after it was carried out.
 */
export interface Reset {
  readonly reset: 'before' | 'middle' | 'read' | 'after';
  readonly status?: undefined;
}

/** A reply, or a connection that is closed. */
export type Outcome = (Reply & { reset?: undefined }) | Reset;

/** The body as it is sent, with its content type among the headers. */
export function written({ json, text, headers }: Reply): Pick<Reply, 'text'> & { headers: Record<string, string> } {
  const body = json === undefined ? text : JSON.stringify(json);
  if (body === undefined) return { headers: { ...headers } };
  const type = json === undefined ? 'text/plain; charset=utf-8' : 'application/json';
  return { text: body, headers: { 'content-type': type, ...headers } };
}

/** Only half of the JSON, sent like a complete answer. */
export function garbled({ status, json = {} }: Reply): Reply {
  const whole = JSON.stringify(json);
  return {
    status,
    text: whole.slice(0, whole.length / 2),
    headers: { 'content-type': 'application/json' },
  };
}

export const tooLarge = 'the body is larger than 1 MiB';
