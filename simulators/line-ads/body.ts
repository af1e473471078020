/** What comes with a request: its body, whole or thrown away. */
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { Refusal } from './refusal.ts';

/** Largest body that is not a file. */
const bodyLimit = 1_048_576;

export function hasBody(request: IncomingMessage): boolean {
  return (
    Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined
  );
}

/** The content type without parameters, in lower case; empty when there is no body. */
export function contentTypeOf(request: IncomingMessage): string {
  if (!hasBody(request)) return '';
  return (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/** @throws {Refusal} when it is too large to be anything but a file */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const blocks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early must not take the connection down: the refusal still has to be sent.
  for await (const block of request.iterator({ destroyOnReturn: false })) {
    length += block.length;
    if (length > bodyLimit)
      throw new Refusal(400, 'INVALID_VALUE', { detail: 'the body is larger than 1 MiB' });
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

/**
 * Reads what is left of the body and forgets it, so that the answer finds a client that has sent everything.
 * Rejects when the client goes away first.
 */
export async function drain(request: IncomingMessage): Promise<void> {
  if (request.readableEnded) return;
  request.resume();
  await finished(request, { writable: false });
}
