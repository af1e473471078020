/** A staging that is interrupted at any point and then continued makes the same chunks and the same counts. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { findCheckpoint } from '../../src/export/stage/checkpoint.ts';
import type { Checkpoint } from '../../src/export/stage/checkpoint-shape.ts';
import { headingBytes } from '../../src/export/stage/chunk-files.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import type { StartKernel } from '../../src/export/stage/kernel-runner.ts';
import { threadedKernel } from '../../src/export/stage/kernel-threads.ts';
import type { Staged, StageProgress } from '../../src/export/stage/types.ts';
import { readLists } from '../../src/export/suppression.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import {
  contentOf,
  kernelOfTest,
  kernels,
  runFolder,
  type StageOneOptions,
  stageOne,
  TestScan,
  useKernel,
} from './support.ts';

const chunkName = (index: number) => `chunk-${index}.txt`;
const start = new Date('2026-03-02T00:00:00Z');
const hours = (n: number) => new Date(start.getTime() + n * 3_600_000);
const broken = new LineupError('source_failed', 'The source stopped.', { retryable: true });

interface Block {
  readonly text: string;
  /** Whether the source can continue after it. */
  readonly placed: boolean;
}

interface Plan {
  readonly blocks: readonly Block[];
  readonly marked: boolean;
  readonly identifierType: StageOneOptions['identifierType'];
  readonly ifaFormat: StageOneOptions['ifaFormat'];
  readonly hashesInRawColumn?: StageOneOptions['hashesInRawColumn'];
  readonly heading?: StageOneOptions['heading'];
  readonly maxChunkRecords: number;
  readonly maxChunkBytes: number;
  readonly holdOut?: StageOneOptions['holdOut'];
  /** Suppression lists, as value streams without marks. */
  readonly lists?: readonly string[];
}

/** Reads the lists of the plan, if it has any. */
async function withListsOf<T>(
  { lists = [], ...rules }: Plan,
  startKernel: StartKernel | undefined,
  work: (kernel: Pick<StageOneOptions, 'startKernel' | 'lists'>) => Promise<T>,
): Promise<T> {
  if (lists.length === 0) return work({ startKernel });
  const [read] = await readLists({
    lists: lists.map((stream, n) => ({
      name: `list ${n}`,
      withScan: async (_, take) => take(new TestScan([stream])),
      deliveries: [{ id: String(n), lastSize: null }],
      maxShrink: 1,
    })),
    deliveries: [rules],
    startKernel: startKernel ?? threadedKernel,
    signal: undefined,
    onProgress: () => {},
  });
  try {
    return await work({ startKernel: read!.startKernel, lists: read!.read.length });
  } finally {
    await read!.stop();
  }
}

const plain = { marked: false, identifierType: 'email', ifaFormat: 'sha256' } as const;
const roomy = { maxChunkRecords: 1_000_000, maxChunkBytes: 60_000_000 };

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'lineup-checkpoint-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A scan that starts at block `from`. It calls back before each further block and remembers which blocks it gave. */
class PlacedScan extends TestScan {
  readonly given: number[] = [];
  readonly place: () => string | undefined;

  constructor({ blocks, marked }: Plan, from: number, before: (block: number) => void = () => {}) {
    let place: string | undefined;
    const given: number[] = [];
    super(
      (async function* () {
        for (const [n, { text, placed }] of blocks.entries()) {
          if (n < from) continue;
          before(n);
          given.push(n);
          place = placed ? String(n + 1) : undefined;
          yield Buffer.from(text);
        }
        before(blocks.length);
      })(),
      marked,
    );
    this.given = given;
    this.place = () => place;
  }
}

const optionsOf = ({ lists: _, ...plan }: Plan, path: string, scan: TestScan, from?: Checkpoint): StageOneOptions => ({
  ...plan,
  scan,
  folder: runFolder(path),
  chunkName,
  checkpoints: { folder: runFolder(path), key: 'this scan', now: () => start, everyMs: 0, from },
  clock: systemClock,
  startKernel: kernelOfTest.start,
});

const find = (path: string, now = start, key = 'this scan') =>
  findCheckpoint({ folder: runFolder(path), chunkNames: [chunkName], key, now });

async function usable(path: string): Promise<Checkpoint | undefined> {
  const found = await find(path);
  if (found && 'useless' in found) throw new Error(`the checkpoint is ${found.useless}`);
  return found?.usable;
}

/** The staged chunks, with the content of their files. */
const read = async (path: string, staged: Staged) => ({
  ...staged,
  files: (await runFolder(path).names()).filter((name) => name !== 'checkpoint.json').sort(),
  contents: await Promise.all(staged.chunks.map(({ file }) => contentOf(runFolder(path), file))),
});

async function uninterrupted(plan: Plan) {
  const path = mkdtempSync(join(tmpdir(), 'lineup-checkpoint-'));
  try {
    const options = optionsOf(plan, path, new PlacedScan(plan, 0));
    // Always in this thread, which the other way must not differ from.
    return await withListsOf(plan, inlineKernel, async (kernel) =>
      read(path, await stageOne({ ...options, ...kernel })),
    );
  } finally {
    rmSync(path, { recursive: true });
  }
}

/** Continues in the directory. With `until`, it stops before that block and calls back at that moment. */
async function goOn(plan: Plan, path: string, until?: number, atBreak: () => void = () => {}) {
  const from = await usable(path);
  // As a run does when it starts from the beginning.
  if (!from) for (const name of await runFolder(path).names()) await runFolder(path).remove(name);
  const begins = from ? Number(from.place) : 0;
  const scan = new PlacedScan(plan, begins, (block) => {
    if (block !== until) return;
    atBreak();
    throw broken;
  });
  const seen: StageProgress[] = [];
  const options = { ...optionsOf(plan, path, scan, from), onProgress: (p: StageProgress) => seen.push(p) };
  const staged = await withListsOf(plan, kernelOfTest.start, (kernel) => stageOne({ ...options, ...kernel }));
  return { staged, scan, from, seen };
}

/** The directory as a process leaves it when it dies now: a little further than its checkpoint. */
function dieIn(path: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'lineup-checkpoint-'));
  cpSync(path, copy, { recursive: true });
  const chunks = readdirSync(copy).filter((name) => /^chunk-\d+\.txt$/.test(name));
  const last = chunks.length;
  // One whole frame more, and a part of the next.
  const further = last > 0 ? readFileSync(join(copy, chunkName(last))) : Buffer.alloc(0);
  if (last > 0) appendFileSync(join(copy, chunkName(last)), Buffer.concat([further, further.subarray(0, 40)]));
  writeFileSync(join(copy, chunkName(last + 1)), further);
  return copy;
}

const hex = 'aebe52e703ee455ab3c4e57283966239aebe52e703ee455ab3c4e57283966239';
const value = fc.oneof(
  fc.nat(30).map((n) => `member${n}@example.com`),
  fc.nat(9).map((n) => ` Member${n}@Example.COM `),
  fc.nat(20).map((n) => `0901234${String(n).padStart(4, '0')}`),
  fc.nat(9).map((n) => `81901234567${n}.0`),
  fc.nat(9).map((n) => `8.19012E+1${n}`),
  fc.nat(20).map((n) => `AEBE52E7-03EE-455A-B3C4-E572839662${String(n).padStart(2, '0')}`),
  fc.nat(20).map((n) => `aebe52e7-03ee-455a-b3c4-e572839662${String(n).padStart(2, '0')}`),
  fc.nat(20).map((n) => `Uaebe52e703ee455ab3c4e572839662${String(n).padStart(2, '0')}`),
  fc.nat(5).map((n) => `${n}${hex.slice(1)}`),
  fc.nat(5).map((n) => `${n}${hex.slice(1)}`.toUpperCase()),
  fc.constantFrom('', ' ', 'no address', '12', 'x'.repeat(130), 'two\nlines@example.com', '山田@example.jp'),
  fc.constant('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
  fc.constant('00000000-0000-0000-0000-000000000000'),
);

const quoted = (text: string) => (/["\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A list with at least one valid value, because an empty one is refused, and hashes among raw advertising ids, too. */
function listOf({ identifierType, ifaFormat }: Pick<Plan, 'identifierType' | 'ifaFormat'>, values: string[]): string {
  const raw = identifierType === 'ifa' && ifaFormat === 'raw';
  const comparable = values.filter((value) => !raw || !/^[0-9a-f]{64}$/i.test(value.trim()));
  const valid = raw ? 'aebe52e7-03ee-455a-b3c4-e57283966299' : hex;
  return [...comparable, valid].map((text) => `${quoted(text)}\n`).join('');
}

const plan: fc.Arbitrary<Plan> = fc
  .record({
    marked: fc.boolean(),
    identifierType: fc.constantFrom('email' as const, 'phone' as const, 'ifa' as const, 'line_user_id' as const),
    ifaFormat: fc.constantFrom('sha256' as const, 'raw' as const),
    hashesInRawColumn: fc.boolean(),
    heading: fc.constantFrom(undefined, 'Email', 'Mobile Device ID'),
    maxChunkRecords: fc.constantFrom(1, 2, 5, 1_000_000),
    maxChunkBytes: fc.constantFrom(65, 150, 60_000_000),
    holdOut: fc.option(fc.constant({ experiment: 'spring', share: 30 }), { nil: undefined }),
    lists: fc.array(fc.array(value, { maxLength: 12 }), { maxLength: 2 }),
    members: fc.array(
      fc.record({
        members: fc.array(fc.array(value, { minLength: 1, maxLength: 3 }), { maxLength: 12 }),
        placed: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ members: blocks, lists, ...options }) => ({
    ...options,
    maxChunkBytes: options.maxChunkBytes + headingBytes(options.heading).length,
    lists: lists.map((values) => listOf(options, values)),
    blocks: blocks.map(({ members, placed }) => ({
      placed,
      text: members
        .flatMap((values) =>
          values.map((value, n) => `${quoted(`${options.marked ? (n === 0 ? '+' : '.') : ''}${value}`)}\n`),
        )
        .join(''),
    })),
  }));

describe.each(kernels)('a staging that is broken off and gone on with, in %s', (_, kernel) => {
  useKernel(kernel);

  test('is the same as one that is not, wherever and however often', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(plan, fc.array(fc.tuple(fc.nat(8), fc.boolean()), { maxLength: 4 }), async (planned, breaks) => {
        const expected = await uninterrupted(planned);
        const used = [mkdtempSync(join(tmpdir(), 'lineup-checkpoint-'))];
        try {
          for (const [at, killed] of breaks) {
            const path = used.at(-1)!;
            let left: string | undefined;
            const die = () => {
              if (killed) left = dieIn(path);
            };
            const before = await usable(path);
            const until = Math.min(Math.max(at, Number(before?.place ?? 0)), planned.blocks.length);
            await expect(goOn(planned, path, until, die)).rejects.toBe(broken);
            if (left) used.push(left);
            // The checkpoint is never ahead of what the source gave, and never goes back.
            const after = await usable(used.at(-1)!);
            expect(Number(after?.place ?? 0)).toBeLessThanOrEqual(until);
            expect(Number(after?.place ?? 0)).toBeGreaterThanOrEqual(Number(before?.place ?? 0));
          }
          const { staged, scan, from, seen } = await goOn(planned, used.at(-1)!);
          expect(await read(used.at(-1)!, staged)).toEqual(expected);
          expect(scan.given[0] ?? planned.blocks.length).toBe(Number(from?.place ?? 0));
          const { rows, scanned, unique } = expected.counts;
          expect(seen.at(-1)).toEqual({ rows, scanned, unique, fraction: 0.5 });
        } finally {
          for (const path of used) rmSync(path, { recursive: true, force: true });
        }
      }),
      // To start threads costs much more than to stage these values.
      { numRuns: kernel === inlineKernel ? 12 : 4 },
    );
  });

  test('can be interrupted in the middle of any chunk, also with a heading, which is no record', async () => {
    const blocks = Array.from({ length: 12 }, (_, n) => ({ text: `m${n}@example.com\n`, placed: true }));
    const without = { ...plain, ...roomy, blocks, maxChunkRecords: 5 };
    const planned = { ...without, heading: 'Email' };
    const expected = await uninterrupted(planned);
    const { contents, chunks, ...others } = await uninterrupted(without);
    expect(expected).toMatchObject(others);
    expect(expected.contents).toEqual(contents.map((content) => `Email\n${content}`));
    expect(expected.chunks).toEqual(
      chunks.map((chunk, n) => ({
        ...chunk,
        bytes: chunk.bytes + 'Email\n'.length,
        sha256: createHash('sha256').update(expected.contents[n]!).digest('hex'),
      })),
    );
    const path = directory();
    for (const until of blocks.keys()) await expect(goOn(planned, path, until)).rejects.toBe(broken);
    expect(await read(path, (await goOn(planned, path)).staged)).toEqual(expected);
  });

  test('can be interrupted after each of its blocks, with chunks of megabytes', async () => {
    const addresses = (from: number) =>
      Array.from({ length: 20_000 }, (_, n) => `+m${from + n}@example.com\n`).join('');
    const blocks = [0, 15_000, 30_000].map((from) => ({ text: addresses(from), placed: true }));
    const large = { ...plain, marked: true, blocks, maxChunkRecords: 23_000, maxChunkBytes: 60_000_000 };
    const expected = await uninterrupted(large);
    expect(expected.chunks).toHaveLength(3);
    const path = directory();
    for (const until of [1, 2, 3]) {
      await expect(goOn(large, path, until)).rejects.toBe(broken);
      expect((await usable(path))?.place).toBe(String(until));
    }
    const { staged, scan } = await goOn(large, path);
    expect(scan.given).toEqual([]);
    expect(await read(path, staged)).toEqual(expected);
  });

  test('reports its progress at once, and never goes back', async () => {
    const text = Array.from({ length: 6_000 }, (_, n) => `m${n}@example.com\n`).join('');
    const planned = {
      ...plain,
      ...roomy,
      blocks: [
        { text: `${text}\nno address\n`, placed: true },
        { text: 'a@b.co\n', placed: true },
      ],
    };
    const path = directory();
    await expect(goOn(planned, path, 1)).rejects.toBe(broken);
    const { seen } = await goOn(planned, path);
    for (const { rows } of seen) expect(rows).toBeGreaterThanOrEqual(6_002);
    expect(seen.at(-1)).toMatchObject({ rows: 6_003, scanned: 6_003, unique: 6_001 });
  });
});

const two: Plan = {
  ...plain,
  ...roomy,
  maxChunkRecords: 2,
  blocks: [
    { text: 'a@example.com\nb@example.com\nc@example.com\n', placed: true },
    { text: 'd@example.com\n', placed: true },
  ],
};

/** A directory with a checkpoint after the first block: one whole chunk, and the start of a second. */
async function directoryWithCheckpoint(): Promise<string> {
  const path = directory();
  await expect(goOn(two, path, 1)).rejects.toBe(broken);
  const names = ['checkpoint.json', 'chunk-1.txt', 'chunk-1.txt.tags', 'chunk-2.txt'];
  expect(readdirSync(path).sort()).toEqual(names);
  return path;
}

describe.each(kernels)('a checkpoint of a kernel in %s', (_, kernel) => {
  useKernel(kernel);

  test('holds counts and digests, and is sealed like the chunks', async () => {
    const path = await directoryWithCheckpoint();
    const text = await contentOf(runFolder(path), 'checkpoint.json');
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      key: 'this scan',
      place: '1',
      counts: { rows: 3, unique: 3 },
      chunks: [{ bytes: 130 }, { bytes: 65 }],
    });
    expect(text).not.toContain('example.com');
    const { chunks } = (await goOn(two, path)).staged;
    for (const name of ['checkpoint.json', ...chunks.map(({ file }) => file)]) {
      expect(statSync(join(path, name)).mode & 0o777, name).toBe(0o600);
      const written = readFileSync(join(path, name), 'latin1');
      expect(written, name).not.toMatch(/[0-9a-f]{16}|this scan/);
    }
  });

  test('is written at once, and then not more often than requested', async () => {
    const path = directory();
    const written: (Buffer | undefined)[] = [];
    const scan = new PlacedScan(two, 0, () => {
      const file = join(path, 'checkpoint.json');
      written.push(existsSync(file) ? readFileSync(file) : undefined);
    });
    const options = optionsOf(two, path, scan);
    await stageOne({ ...options, checkpoints: { ...options.checkpoints!, everyMs: 3_600_000 } });
    expect(written).toEqual([undefined, expect.any(Buffer), written[1]]);
    expect((await usable(path))?.place).toBe('1');
  });

  test('is not written for a scan without places, or if no one requests it', async () => {
    const blocks = two.blocks.map(({ text }) => ({ text, placed: false }));
    const path = directory();
    await expect(goOn({ ...two, blocks }, path, 1)).rejects.toBe(broken);
    expect(readdirSync(path)).toEqual([]);
    const scan = new PlacedScan(two, 0, (block) => {
      if (block === 1) throw broken;
    });
    await expect(stageOne({ ...optionsOf(two, path, scan), checkpoints: undefined })).rejects.toBe(broken);
    expect(readdirSync(path)).toEqual([]);
  });

  test('does not hide that its files were removed meanwhile', async () => {
    const path = await directoryWithCheckpoint();
    const from = await usable(path);
    rmSync(path, { recursive: true });
    await expect(stageOne(optionsOf(two, path, new PlacedScan(two, 1), from))).rejects.toMatchObject({
      code: 'storage_failed',
      reason: 'ENOENT',
      message: expect.stringContaining('can no longer be read. The next attempt'),
    });
  });

  test('is kept after an interruption', async () => {
    const path = directory();
    const controller = new AbortController();
    const scan = new PlacedScan(two, 0, (block) => {
      if (block === 1) controller.abort();
    });
    const staging = stageOne({ ...optionsOf(two, path, scan), signal: controller.signal });
    await expect(staging).rejects.toMatchObject({ code: 'interrupted' });
    expect((await usable(path))?.place).toBe('1');
    expect(await read(path, (await goOn(two, path)).staged)).toEqual(await uninterrupted(two));
  });

  test('is deleted with its chunks when the source no longer accepts its place, and when the disk is full', async () => {
    const expired = await directoryWithCheckpoint();
    const scan = new PlacedScan(two, 1, () => {
      throw new LineupError('source_expired', 'Long gone.');
    });
    const options = optionsOf(two, expired, scan, await usable(expired));
    await expect(stageOne(options)).rejects.toMatchObject({ code: 'source_expired' });
    expect(readdirSync(expired)).toEqual([]);

    const full = await directoryWithCheckpoint();
    const blocks = [...two.blocks, { text: 'e@example.com\n', placed: false }];
    const last = new PlacedScan({ ...two, blocks }, 1, (block) => {
      // Every write to /dev/full says that no space is left.
      if (block === 1) symlinkSync('/dev/full', join(full, 'chunk-3.txt'));
    });
    const on = optionsOf(two, full, last, await usable(full));
    await expect(stageOne(on)).rejects.toMatchObject({ code: 'disk_full' });
    expect(readdirSync(full)).toEqual([]);
  });
});

// What is written does not depend on the kernel.
describe('a checkpoint that is found', () => {
  useKernel(inlineKernel);

  test.each<[string, (path: string) => void | Promise<void>]>([
    ['a byte of a whole chunk has changed', (path) => flip(join(path, 'chunk-1.txt'), 30)],
    ['the open chunk is shorter', (path) => truncateSync(join(path, 'chunk-2.txt'), 64)],
    ['a chunk is gone', (path) => rmSync(join(path, 'chunk-1.txt'))],
    [
      'a chunk has the name of another chunk',
      (path) => renameSync(join(path, 'chunk-2.txt'), join(path, 'chunk-1.txt')),
    ],
    ['it is cut short', (path) => truncateSync(join(path, 'checkpoint.json'), 40)],
    ['a byte of it has changed', (path) => flip(join(path, 'checkpoint.json'), 30)],
    ['it is of another version', (path) => edit(path, { version: 2 })],
    ['it is of another scan', (path) => edit(path, { key: 'another scan' })],
    ['it claims more than there is', (path) => edit(path, { chunks: [{ bytes: 195, sha256: 'ab' }] })],
    ['a chunk ends elsewhere', (path) => edit(path, { chunks: [{ bytes: 65, sha256: 'ab' }] })],
  ])('cannot be used when %s', async (_, change) => {
    const path = await directoryWithCheckpoint();
    await change(path);
    expect(await find(path)).toEqual({ useless: 'unusable' });
  });

  test('can be used for a day', async () => {
    const path = await directoryWithCheckpoint();
    expect(await find(path, hours(24))).toHaveProperty('usable');
    expect(await find(path, hours(24.01))).toEqual({ useless: 'too_old' });
    // A clock that was set back is no reason to read everything again.
    expect(await find(path, hours(-1))).toHaveProperty('usable');
    expect(await find(directory())).toBeUndefined();
  });
});

async function edit(path: string, change: Record<string, unknown>): Promise<void> {
  const folder = runFolder(path);
  const content = { ...JSON.parse(await contentOf(folder, 'checkpoint.json')), ...change };
  await folder.put('checkpoint.json', Buffer.from(JSON.stringify(content)));
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 1;
  writeFileSync(file, bytes);
}
