/** The bytes of a partition, which Snowflake sends compressed. */
import { createGunzip } from 'node:zlib';
import { ResultError } from './result-reader.ts';
import type { Body } from './statements.ts';

/** No partition is larger; a hostile server could compress any number of zeros. */
const MAX_UNPACKED_BYTES = 2 ** 31;

/** Whether bytes are not what the compression makes. */
export const isPackingFault = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');

/** @throws {ResultError} and faults of the compression */
export async function* unpacked({ gzip, bytes }: Body, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  if (!gzip) {
    for (const block of bytes) {
      signal.throwIfAborted();
      yield block;
    }
    return;
  }
  const unpacking = createGunzip({ chunkSize: 256 << 10 });
  let length = 0;
  try {
    for (const block of bytes) unpacking.write(block);
    unpacking.end();
    for await (const block of unpacking) {
      signal.throwIfAborted();
      length += block.length;
      if (length > MAX_UNPACKED_BYTES) throw new ResultError('a partition is too long');
      yield block;
    }
  } finally {
    unpacking.destroy();
  }
}
