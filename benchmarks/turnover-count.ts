/** The work of `turnover.ts`, in a process of its own: `node turnover-count.ts <lines> <new file> [<earlier file>]`. */
import { createReadStream, statSync } from 'node:fs';
import { sharedMemory } from '../packages/identifiers/src/kernel/module.ts';
import { Secret } from '../src/domain/values/secret.ts';
import { Fingerprints } from '../src/export/turnover/fingerprints.ts';
import { readFingerprints, readHeader, writeFingerprints } from '../src/store/fingerprints/file.ts';

const [lines = '', path = '', earlierPath] = process.argv.slice(2);
const fingerprintKey = new Secret(Buffer.alloc(16, 5));
/** Of all files here, which no product would do. */
const key = new Secret(Buffer.alloc(32, 7));

/** A file is longer than its content by a tag of 16 bytes for each 256 KiB. */
function contentSize(file: string): number {
  const { size } = statSync(file);
  return size - Math.ceil(size / ((1 << 18) + 16)) * 16;
}

const all = new Fingerprints(fingerprintKey, sharedMemory());
for await (const block of createReadStream(lines, { highWaterMark: 1 << 20 })) all.add(block as Buffer);
const size = earlierPath === undefined ? 0 : contentSize(earlierPath);
const header = earlierPath === undefined ? undefined : await readHeader(earlierPath, key, size);
const earlier = earlierPath === undefined ? undefined : readFingerprints(earlierPath, key, size);
await writeFingerprints(path, key, { form: 'benchmark', count: all.lines }, all.sorted(earlier));
if (header) console.log(`${all.lines - all.common} ${header.count - all.common}`);
