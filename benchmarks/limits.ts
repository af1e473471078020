/**
 * What limits `prepare`, each alone, beside what the machine could do: SHA-256 in WebAssembly, a look-up in the set of
 * lines, and the disk. Further, the two checks of a sealed chunk, which limit an upload over loopback.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NONCE_BYTES, newFileKey, seal, unseal } from '../src/store/sealed-files/gcm.ts';
import { FRAME_BYTES } from '../src/store/sealed-files/sealed-frames.ts';
import { type DiskRates, diskRates } from './disk.ts';
import { compileLimits, type Limits, setMessages } from './limits-module.ts';
import { machine, markdown } from './measure.ts';

/** The values of a block, as in limits.as.ts. */
const VALUES = 4096;
const LANES = 4;
const CHAIN_CYCLES = 4;
/**
 * A block of four messages takes about 3,300 vector operations: 64 rounds with 36, and 48 words of the schedule with
 * 21. WebAssembly cannot rotate, so each of its rotations is three of them. Most processors execute three in a cycle.
 */
const POSSIBLE_CYCLES = 3300 / 3 / LANES;
const SETS = [5_000_000, 50_000_000];
const FRAMES = 256;
const DISK_BYTES = 1 << 30;

/** Nanoseconds of processor time for one of `count` steps; the best of three, because others use the machine, too. */
function nanoseconds(count: number, work: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    return ((user + system) * 1000) / count;
  });
  return Math.min(...times);
}

const million = (ns: number) => `${(1000 / ns).toFixed(1)} M/s`;

function hashing(limits: Limits, gigahertz: number): string[][] {
  setMessages(
    limits,
    Array.from({ length: LANES }, (_, n) => Buffer.from(`member${n}@mail.example`)),
  );
  const messages = 4_000_000;
  const ns = nanoseconds(messages, () => limits.hash(messages / LANES));
  const possible = POSSIBLE_CYCLES / gigahertz;
  const large = randomBytes(64 << 20);
  const native = nanoseconds(large.length, () => createHash('sha256').update(large).digest());
  const cycles = (time: number) => `${(time * gigahertz).toFixed(1)} cycles/byte`;
  return [
    [
      'SHA-256 of a message of one block, WebAssembly, four at a time',
      `${million(ns)}, ${cycles(ns / 64)}`,
      `${million(possible)}, ${cycles(possible / 64)}`,
      `${Math.round((100 * possible) / ns)} %`,
    ],
    ['SHA-256 of a long message, OpenSSL', `${(1 / native).toFixed(2)} GB/s, ${cycles(native)}`, '', ''],
  ];
}

/** Looks up lines that are there: first again and again the same few, then all. */
function lookingUp(limits: Limits, lines: number): string[] {
  const blocks = Math.ceil(lines / VALUES);
  limits.lookUp(0n, blocks);
  const hot = nanoseconds(VALUES * 500, () => {
    for (let time = 0; time < 500; time++) limits.lookUp(0n, 1);
  });
  const cold = nanoseconds(blocks * VALUES, () => limits.lookUp(0n, blocks));
  // As much memory as the set has, rounded up.
  const bytes = 2 ** Math.ceil(Math.log2(lines * 11));
  new Uint8Array(limits.memory.buffer, limits.scattered() >>> 0, bytes).fill(1);
  const reads = 4_000_000;
  const miss = nanoseconds(reads, () => limits.scatter(bytes, reads));
  return [
    `a look-up in a set of ${lines.toLocaleString('en-US')} lines`,
    `${cold.toFixed(1)} ns (in the caches: ${hot.toFixed(1)} ns)`,
    `${(hot + miss).toFixed(1)} ns: in the caches, and one random read (${miss.toFixed(1)} ns)`,
    `${Math.round((100 * (hot + miss)) / cold)} %`,
  ];
}

function opening(): string[] {
  const [key, nonce] = [newFileKey(), randomBytes(NONCE_BYTES)];
  const frame = Buffer.concat(seal(key, { nonce }, randomBytes(FRAME_BYTES)));
  const ns = nanoseconds(FRAMES * FRAME_BYTES, () => {
    for (let time = 0; time < FRAMES; time++) unseal(key, { nonce }, frame);
  });
  return ['AES-256-GCM of a sealed frame, OpenSSL', `${(1 / ns).toFixed(2)} GB/s`, '', ''];
}

function disk({ write, read, cached }: DiskRates): string[][] {
  const rate = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB/s`;
  // A row of the benchmark has 68 bytes in CSV, and becomes a line of 65.
  const rows = 1 / (68 / (read ?? cached) + 65 / write);
  return [
    ['disk, writing and syncing', rate(write), '', ''],
    ['disk, reading past the cache', read === undefined ? 'not possible here' : rate(read), '', ''],
    ['reading from the cache of the system', rate(cached), '', ''],
    ['rows that the disk lets through', `${(rows / 1e6).toFixed(1)} M/s`, '', ''],
  ];
}

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
try {
  const limits = compileLimits(directory);
  if (!limits.prepare()) throw new Error('There is not enough memory for the set.');
  const steps = 100_000_000;
  const gigahertz = CHAIN_CYCLES / nanoseconds(steps, () => limits.chain(steps));
  console.log(`${machine()}; one core at ${gigahertz.toFixed(2)} GHz\n`);
  console.log(
    markdown(
      ['one thread', 'measured', 'possible', 'reached'],
      [
        ...hashing(limits, gigahertz),
        ...SETS.map((lines) => lookingUp(limits, lines)),
        opening(),
        ...disk(diskRates(directory, DISK_BYTES)),
      ],
    ),
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
