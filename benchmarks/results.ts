/** Whether two tools gave the same lines. A ratio of their times would say nothing otherwise. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The lines of one tool, whatever their order. */
export interface Result {
  readonly lines: number;
  /** Without repeated lines. */
  readonly different: number;
  /** SHA-256 over the different lines, sorted. */
  readonly digest: string;
}

/** 64 digits and a line end. */
const LINE_BYTES = 65;

/** Reads files of hashes, and all chunk files of directories. Needs `sort`. */
export async function resultAt(...paths: readonly string[]): Promise<Result> {
  const files = paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? readdirSync(path)
          .filter((name) => name.endsWith('.txt'))
          .map((name) => join(path, name))
      : [path],
  );
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  // Its temporary files go to the disk of the results, because the usual place may be in memory.
  const where = files[0] === undefined ? tmpdir() : dirname(files[0]);
  const sort = spawn('sort', ['-u', '-T', where, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  const ended = once(sort, 'close');
  const hash = createHash('sha256');
  let different = 0;
  for await (const block of sort.stdout as AsyncIterable<Buffer>) {
    hash.update(block);
    different += block.length / LINE_BYTES;
  }
  const [status] = await ended;
  if (status !== 0) throw new Error(`sort of ${paths.join(', ')}: exit ${status}`);
  return { lines: bytes / LINE_BYTES, different: Math.round(different), digest: hash.digest('hex') };
}

/** In what the results differ, or undefined. */
export function difference(
  ours: Result,
  theirs: Result,
  names: readonly [ours: string, theirs: string],
): string | undefined {
  if (ours.lines === theirs.lines && ours.different === theirs.different && ours.digest === theirs.digest) {
    return undefined;
  }
  return [ours, theirs]
    .map(
      ({ lines, different, digest }, n) =>
        `${names[n]} gave ${lines.toLocaleString('en-US')} lines, ${different.toLocaleString('en-US')} of them different (digest ${digest.slice(0, 12)})`,
    )
    .join('; ');
}
