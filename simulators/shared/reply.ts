/** An answer on its way: what a handler gives, and how it goes out. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** An answer; `json` and `text` are two forms of a body, without both there is none. */
export interface Reply {
  status: number;
  json?: unknown;
  text?: Iterable<string | Uint8Array>;
  headers?: Record<string, string>;
}

/** @param date what the `Date` header says: the remote side's clock, not this machine's */
export async function send(
  response: ServerResponse,
  { status, json, text, headers }: Reply,
  date: Date,
): Promise<void> {
  const body = json === undefined ? null : JSON.stringify(json);
  response.writeHead(status, {
    Date: date.toUTCString(),
    ...(text
      ? { 'Content-Type': 'text/plain; charset=utf-8' }
      : { 'Content-Length': Buffer.byteLength(body ?? '') }),
    ...(body === null ? {} : { 'Content-Type': 'application/json' }),
    ...headers,
  });
  if (text) await pipeline(Readable.from(text), response);
  else response.end(body ?? undefined);
}

/** The answer to a request that met a fault of the simulator's own: it must be seen. */
export function defect(error: unknown): Reply {
  return {
    status: 500,
    json: { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  };
}
