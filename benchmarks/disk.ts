/** The bandwidth of the disk below a directory, for one large file. */
import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 4 << 20;

export interface DiskRates {
  /** Bytes a second, until they are on the disk. */
  readonly write: number;
  /** Undefined when the system cannot read past its cache. */
  readonly read: number | undefined;
  /** From the system's cache. */
  readonly cached: number;
}

/** Writes and reads `bytes` bytes. */
export function diskRates(directory: string, bytes: number): DiskRates {
  const path = join(directory, 'disk');
  const block = randomFillSync(Buffer.allocUnsafeSlow(BLOCK_BYTES));
  const timed = (work: () => void) => {
    const begun = performance.now();
    work();
    return bytes / ((performance.now() - begun) / 1000);
  };
  try {
    const write = timed(() => {
      const file = openSync(path, 'w');
      for (let done = 0; done < bytes; done += block.length) writeSync(file, block);
      fsyncSync(file);
      closeSync(file);
    });
    const cached = timed(() => {
      const file = openSync(path, 'r');
      while (readSync(file, block) > 0);
      closeSync(file);
    });
    let status: number | null = null;
    const read = timed(() => {
      // Node.js has no memory that is aligned as the system needs it for this.
      const copy = ['dd', `if=${path}`, 'of=/dev/null', 'iflag=direct', `bs=${BLOCK_BYTES}`];
      ({ status } = spawnSync(copy[0]!, copy.slice(1), { stdio: 'ignore' }));
    });
    return { write, read: status === 0 ? read : undefined, cached };
  } finally {
    rmSync(path, { force: true });
  }
}
