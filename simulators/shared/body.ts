import type { IncomingMessage } from 'node:http';
import { SimulatorInputError } from './input.ts';

/** Largest body that is not a file. */
const bodyLimit = 1_048_576;

/** @throws {SimulatorInputError} when it is too large to be anything but a file */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const blocks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early must not take the connection down: the refusal still has to be sent.
  for await (const block of request.iterator({ destroyOnReturn: false })) {
    length += block.length;
    if (length > bodyLimit) throw new SimulatorInputError('the body is larger than 1 MiB');
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}
