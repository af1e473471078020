/** What comes with a request: its body, whole or thrown away. */
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { readBody as readAll } from '../shared/body.ts';
import { SimulatorInputError } from '../shared/input.ts';
import { Refusal } from './refusal.ts';

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
  try {
    return await readAll(request);
  } catch (error) {
    if (!(error instanceof SimulatorInputError)) throw error;
    throw new Refusal(400, 'INVALID_VALUE', { detail: error.message });
  }
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
