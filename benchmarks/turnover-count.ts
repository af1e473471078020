/**
 * The work of `turnover.ts`, in a process of its own: a kernel takes all lines, and then they are counted.
 *
 *     node turnover-count.ts <lines> [<new file> [<earlier file>]]
 */
import { openSync, readSync, statSync } from 'node:fs';
import { Secret } from '../src/domain/values/secret.ts';
import { threadedKernel } from '../src/export/stage/kernel-threads.ts';
import { Fingerprints } from '../src/export/turnover/fingerprints.ts';
import { readFingerprints, readHeader, writeFingerprints } from '../src/store/fingerprints/file.ts';

const [lines = '', path, earlierPath] = process.argv.slice(2);
const fingerprintKey = new Secret(Buffer.alloc(16, 5));
/** Of all files here, which no product would do. */
const key = new Secret(Buffer.alloc(32, 7));

/** A file is longer than its content by a tag of 16 bytes for each 256 KiB. */
function contentSize(file: string): number {
  const { size } = statSync(file);
  return size - Math.ceil(size / ((1 << 18) + 16)) * 16;
}

const kernel = threadedKernel(
  {
    identifierType: 'email',
    ifaFormat: 'sha256',
    defaultCountry: undefined,
    presumedCountry: undefined,
    lists: 0,
    holdOut: undefined,
    keepsLines: true,
    maxChunkRecords: 1_000_000,
    maxChunkBytes: 60_000_000,
    kernels: 1,
  },
  { write: async () => {}, endChunk: async () => {} },
);
await kernel.beginAudience(false);
// One buffer, as the sources have it: a stream would make a new one for each block.
const block = Buffer.alloc(1 << 20);
const input = openSync(lines, 'r');
for (let length = 1; length > 0; ) {
  length = readSync(input, block);
  await kernel.write(block.subarray(0, length));
}
kernel.end();
const { unique } = await kernel.ended;
const set = kernel.keepLines();
await kernel.stop();

if (path !== undefined) {
  const begun = [performance.now(), process.cpuUsage()] as const;
  const all = new Fingerprints(fingerprintKey, set);
  const size = earlierPath === undefined ? 0 : contentSize(earlierPath);
  const header = earlierPath === undefined ? undefined : await readHeader(earlierPath, key, size);
  const earlier = earlierPath === undefined ? undefined : readFingerprints(earlierPath, key, size);
  await writeFingerprints(path, key, { form: 'benchmark', count: unique }, all.sorted(earlier));
  if (header) console.log(`${unique - all.common} ${header.count - all.common}`);
  const { user, system } = process.cpuUsage(begun[1]);
  const seconds = (performance.now() - begun[0]) / 1000;
  console.log(`counted in ${seconds.toFixed(2)} s, ${((user + system) / 1e6).toFixed(2)} s of the processor`);
}
