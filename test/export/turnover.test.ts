/** Who joins an audience and who leaves it: exactly, by fingerprints that are kept in sealed files. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LINE_PARTITIONS } from '../../packages/identifiers/src/kernel/instance.ts';
import type { FingerprintFiles } from '../../src/contracts/fingerprints.ts';
import { destinationOf } from '../../src/domain/destinations/index.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { RunRequest } from '../../src/domain/runs/run.ts';
import { foldRun } from '../../src/domain/runs/run-state.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import type { ExportContext } from '../../src/export/context.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import type { LineSet } from '../../src/export/stage/kernel-runner.ts';
import { kernelIn } from '../../src/export/stage/kernel-threads.ts';
import { orderOf } from '../../src/export/stage/lane.ts';
import { countsTurnover, countTurnover, MAX_COUNTING_MS } from '../../src/export/turnover/count.ts';
import { FINGERPRINT_VERSION, Fingerprints } from '../../src/export/turnover/fingerprints.ts';
import { fileSize, readFingerprints, readHeader, writeFingerprints } from '../../src/store/fingerprints/file.ts';
import { newFileKey } from '../../src/store/sealed-files/gcm.ts';
import { writeSealed } from '../../src/store/sealed-files/sealed-file.ts';
import { started } from '../support/runs.ts';
import { runFolder, type StageOneOptions, stageOne, TestScan } from './support.ts';

const key = new Secret(Buffer.from(Array.from({ length: 16 }, (_, n) => n)));

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lineup-test-turnover-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** SipHash-2-4, as its paper has it. */
function sipHash(secret: Secret<Buffer>, message: Buffer): bigint {
  const word = (n: bigint) => BigInt.asUintN(64, n);
  const rotl = (n: bigint, by: bigint) => word((n << by) | (n >> (64n - by)));
  const [k0, k1] = [secret.reveal().readBigUInt64LE(0), secret.reveal().readBigUInt64LE(8)];
  let [v0, v1, v2, v3] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const round = () => {
    v0 = word(v0 + v1);
    v1 = rotl(v1, 13n) ^ v0;
    v0 = rotl(v0, 32n);
    v2 = word(v2 + v3);
    v3 = rotl(v3, 16n) ^ v2;
    v0 = word(v0 + v3);
    v3 = rotl(v3, 21n) ^ v0;
    v2 = word(v2 + v1);
    v1 = rotl(v1, 17n) ^ v2;
    v2 = rotl(v2, 32n);
  };
  const padded = Buffer.concat([message, Buffer.alloc(8 - (message.length % 8))]);
  padded[padded.length - 1] = message.length;
  for (let at = 0; at < padded.length; at += 8) {
    const m = padded.readBigUInt64LE(at);
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }
  v2 ^= 0xffn;
  for (let n = 0; n < 4; n += 1) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

/** What the kernel knows of the lines that it makes of some values. */
async function setOf(values: readonly string[], rules: Partial<StageOneOptions> = {}, listed: readonly string[] = []) {
  const lines: string[] = [];
  const order = { ...rulesOf(rules), lists: listed.length > 0 ? 1 : 0 };
  const kernel = (rules.startKernel ?? inlineKernel)(orderOf(order, order.lists, 1), {
    write: async (bytes) => void lines.push(...Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1)),
    endChunk: async () => {},
  });
  if (listed.length > 0) {
    await kernel.beginList(false);
    await kernel.write(Buffer.from(listed.map((value) => `${value}\n`).join('')));
    await kernel.endList();
  }
  await kernel.beginAudience(false);
  await kernel.write(Buffer.from(values.map((value) => `${value}\n`).join('')));
  kernel.end();
  const { unique } = await kernel.ended;
  const set = kernel.keepLines();
  await kernel.stop();
  expect(unique).toBe(lines.length);
  return { set, lines };
}

const rulesOf = (rules: Partial<StageOneOptions>) => ({
  identifierType: 'email' as const,
  ifaFormat: 'raw' as const,
  keepsLines: true,
  maxChunkRecords: 1_000_000,
  maxChunkBytes: 60_000_000,
  ...rules,
});

/** The fingerprints of a set, which nobody needs any more then. */
async function sortedOf({ set }: { set: LineSet }, earlier: readonly bigint[] = []) {
  const all = new Fingerprints(key, set);
  const found: bigint[] = [];
  const row = Buffer.alloc(earlier.length * 8);
  for (const [n, fingerprint] of earlier.entries()) row.writeBigUInt64LE(fingerprint, n * 8);
  for await (const block of all.sorted(toAsync(inBlocks(row, 1_600)))) {
    const view = Buffer.from(block);
    for (let at = 0; at < view.length; at += 8) found.push(view.readBigUInt64LE(at));
  }
  set.release();
  return { found, all };
}

function* inBlocks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* toAsync(blocks: Iterable<Uint8Array>) {
  yield* blocks;
}

const hashOf = (n: number | string): string => createHash('sha256').update(String(n)).digest('hex');
const ifaOf = (n: number): string => hashOf(n).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
const inOrder = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

describe('fingerprints', () => {
  test('are SipHash-2-4 of what the set has, behind its partition, in order', async () => {
    // The test vectors of the paper: the key is 00 … 0f, and the message is 00, 01, 02, …
    const vectors = ['310e0edd47db6f72', 'fd67dc93c539f874', '5a4fa9d909806c0d', '2d7efbd796666785'];
    for (const [length, vector] of vectors.entries()) {
      const message = Buffer.from(Array.from({ length }, (_, n) => n));
      expect(sipHash(key, message)).toBe(Buffer.from(vector, 'hex').readBigUInt64LE());
    }
    const { set } = await setOf(Array.from({ length: 9_000 }, (_, n) => `m${n}@example.com`));
    const expected: bigint[] = [];
    for (let partition = 0; partition < LINE_PARTITIONS; partition += 1) {
      for (const line of inBlocks(Buffer.from(set.linesIn(partition)), 8)) {
        expected.push((BigInt(partition) << 52n) | (sipHash(key, Buffer.from(line)) >> 12n));
      }
    }
    expect(expected).toHaveLength(9_000);
    const { found } = await sortedOf({ set });
    expect(found).toEqual(expected.toSorted(inOrder));
    expect(() => set.linesIn(0)).toThrow('belongs to another kernel');
  });

  test('of the same line stay the same, or FINGERPRINT_VERSION rises', async () => {
    const digest = async (values: readonly string[], rules: Partial<StageOneOptions>) =>
      hashOf((await sortedOf(await setOf(values, rules))).found.join()).slice(0, 16);
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    const hashes = await digest(numbers.map(hashOf), {});
    const ifas = await digest(numbers.map(ifaOf), { identifierType: 'ifa' });
    expect([FINGERPRINT_VERSION, hashes, ifas]).toEqual([1, '3dac17ccf034afd8', '6a094aa35f541e78']);
  });

  test('of an earlier row that is damaged are refused', async () => {
    const { set } = await setOf([hashOf(1)]);
    const blocks = new Fingerprints(key, set).sorted(toAsync([Buffer.alloc(12)]));
    await expect(
      (async () => {
        for await (const _ of blocks);
      })(),
    ).rejects.toThrow('damaged');
  });
});

/** Values of a kind, by numbers. Several numbers may be the same person, in another form. */
const KINDS: Record<string, { rules: Partial<StageOneOptions>; valueFor: (n: number) => string }> = {
  'e-mail addresses': {
    rules: {},
    valueFor: (n) => (n % 3 === 0 ? ` M${n >> 1}@Example.com` : `m${n >> 1}@example.com`),
  },
  'phone numbers': { rules: { identifierType: 'phone' }, valueFor: (n) => `+8190${10_000_000 + (n >> 1)}` },
  'hashes that count': { rules: {}, valueFor: (n) => n.toString(16).padStart(64, '0') },
  'hashes with the same end': { rules: {}, valueFor: (n) => n.toString(16).padEnd(64, '0') },
  'advertising ids': {
    rules: { identifierType: 'ifa' },
    valueFor: (n) => (n % 3 === 0 ? ifaOf(n >> 1).toUpperCase() : n % 7 === 0 ? hashOf(n) : ifaOf(n >> 1)),
  },
  'hashed advertising ids': { rules: { identifierType: 'ifa', ifaFormat: 'sha256' }, valueFor: (n) => ifaOf(n >> 1) },
};

const holdOut = { experiment: 'spring', share: 30 };
const erasedOf = (type: string, values: readonly string[]) => {
  const secret = Buffer.alloc(32, 9);
  const hashes = values.map((value) =>
    createHmac('sha256', secret).update(`${type}:`).update(Buffer.from(value, 'hex')).digest(),
  );
  return { key: secret, hashes: Buffer.concat(hashes) };
};

describe('two runs', () => {
  test.each(Object.entries(KINDS))(
    'have in common what a set of JavaScript says: %s',
    async (_, { rules, valueFor }) => {
      const type = rules.identifierType ?? 'email';
      const numbers = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 400 });
      const erased = erasedOf(type, [hashOf(ifaOf(3)), hashOf('m3@example.com'), valueFor(4).padEnd(64, '0')]);
      // Whoever is left out of one run, and how, must not change the fingerprints of all others.
      const leftOut = fc.record({
        holdOut: fc.constantFrom(undefined, holdOut),
        erased: fc.constantFrom(undefined, erased),
        listed: fc.constantFrom<readonly number[]>([], [1, 2, 3, 50, 51, 52]),
      });
      type LeftOut = typeof leftOut extends fc.Arbitrary<infer T> ? T : never;
      const setFor = (members: readonly number[], { listed, ...others }: LeftOut) =>
        setOf(members.map(valueFor), { ...rules, ...others }, listed.map(valueFor));
      await fc.assert(
        fc.asyncProperty(numbers, numbers, leftOut, leftOut, async (before, now, outBefore, outNow) => {
          const earlier = await setFor(before, outBefore);
          const later = await setFor(now, outNow);
          const { found } = await sortedOf(earlier);
          const { all } = await sortedOf(later, found);
          const canonical = (lines: readonly string[]) => new Set(lines.map((line) => line.toLowerCase()));
          const known = canonical(earlier.lines);
          const common = [...canonical(later.lines)].filter((line) => known.has(line));
          expect([all.lines, found.length, all.common]).toEqual([
            later.lines.length,
            earlier.lines.length,
            common.length,
          ]);
        }),
        { numRuns: 20 },
      );
    },
  );

  test('of many members have in common what they share, with as many threads as there are', async () => {
    const members = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => hashOf(from + n));
    const [first, second] = [members(0, 60_000), members(20_000, 90_000)];
    const { found } = await sortedOf(await setOf(first, { startKernel: kernelIn(2) }));
    const { all } = await sortedOf(await setOf(second, { startKernel: kernelIn(4), holdOut: undefined }), found);
    expect([all.lines, all.common]).toEqual([70_000, 40_000]);
  });
});

/** Files as the service has them, in a directory. */
function files(folder: string) {
  let current: { path: string; key: Secret<Buffer>; size: number } | undefined;
  let written: typeof current;
  const world: FingerprintFiles = {
    key: async () => key,
    earlier: async () => {
      if (!current) return undefined;
      const { path, key: own, size } = current;
      const header = await readHeader(path, own, size);
      const run = foldRun([started('r0', '2025-12-31T00:00:00Z')]);
      return header && { ...header, run, read: () => readFingerprints(path, own, size) };
    },
    write: async (_, row, bytes) => {
      const own = newFileKey();
      const path = join(folder, randomBytes(4).toString('hex'));
      await writeFingerprints(path, own, row, bytes);
      return async () => {
        written = { path, key: own, size: fileSize(row.count) };
      };
    },
  };
  return {
    world,
    /** The run has ended well. */
    keep: () => (current = written),
    get current() {
      return current!;
    },
    wrongKey: () => (current = { ...current!, key: newFileKey() }),
  };
}

const traits = destinationOf('line_ads');

async function run(
  fingerprints: FingerprintFiles | undefined,
  emails: readonly string[],
  request: Partial<RunRequest> = {},
  change: Partial<ExportContext> = {},
  assertHeld = () => {},
) {
  const folder = runFolder(mkdtempSync(join(directory, 'run-')));
  const staged = await stageOne({
    scan: new TestScan(emails.map((email) => `${email}\n`)),
    folder,
    identifierType: 'email',
    ifaFormat: 'sha256',
    maxChunkRecords: 700,
    maxChunkBytes: 1 << 20,
    heading: request.heading,
    chunkName: (index) => `chunk-${index}`,
    startKernel: inlineKernel,
    keepsLines: countsTurnover({ fingerprints, traits, ...change }, { dryRun: false, mode: 'replace', ...request }),
    clock: { sleep: () => new Promise(() => {}) },
  });
  const logged: unknown[] = [];
  const context = {
    journal: { state: foldRun([started('r1', '2026-01-01T00:00:00Z', request)]), staged: folder, assertHeld },
    traits,
    fingerprints,
    clock: { sleep: () => new Promise(() => {}) },
    log: { record: (event: string, { err }: { err?: unknown }) => logged.push([event, String(err)]) },
    signal: new AbortController().signal,
    ...change,
  } as unknown as ExportContext;
  return { turnover: await countTurnover(context, staged), logged };
}

const emails = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `m${from + n}@example.com`);

describe('a run', () => {
  test('knows who joins and who leaves since the last one that ended well', async () => {
    const kept = files(directory);
    expect(await run(kept.world, emails(0, 3_000))).toEqual({ turnover: undefined, logged: [] });
    kept.keep();
    // This one fails, so the next is compared with the one before.
    expect((await run(kept.world, emails(0, 10))).turnover).toEqual({ joining: 0, leaving: 2_990 });
    const heading = 'EMAIL';
    expect((await run(kept.world, emails(1_000, 3_500), { heading })).turnover).toEqual({
      joining: 500,
      leaving: 1_000,
    });
    expect((await run(kept.world, [])).turnover).toEqual({ joining: 0, leaving: 3_000 });
    expect((await run(kept.world, emails(0, 3_000))).turnover).toEqual({ joining: 0, leaving: 0 });
  });

  test('says that it is not known when the file of the last one is gone, damaged or of another kind', async () => {
    const damages: Record<string, (kept: ReturnType<typeof files>) => void> = {
      gone: ({ current }) => rmSync(current.path),
      'cut off': ({ current }) => truncateSync(current.path, 4_000),
      longer: ({ current }) => appendFileSync(current.path, 'x'),
      changed: ({ current }) => {
        const bytes = readFileSync(current.path);
        bytes[bytes.length - 20]! ^= 1;
        writeFileSync(current.path, bytes);
      },
      'of another key': (kept) => kept.wrongKey(),
    };
    for (const [name, damage] of Object.entries(damages)) {
      const kept = files(directory);
      await run(kept.world, emails(0, 2_000));
      kept.keep();
      damage(kept);
      const { turnover, logged } = await run(kept.world, emails(0, 2_001));
      expect([name, turnover, logged.length]).toEqual([name, undefined, 1]);
      // What it has written counts for the next one.
      kept.keep();
      expect((await run(kept.world, emails(1, 2_001))).turnover, name).toEqual({ joining: 0, leaving: 1 });
    }
  });

  test('of another form, or with a header of another version, is not compared', async () => {
    const kept = files(directory);
    await run(kept.world, emails(0, 20));
    kept.keep();
    const rules = { ...traits.rules, version: traits.rules.version + 1 };
    const newer = await run(kept.world, emails(0, 20), {}, { traits: { ...traits, rules } });
    expect(newer).toEqual({ turnover: undefined, logged: [] });
    const own = newFileKey();
    const path = join(directory, 'version');
    await writeFingerprints(path, own, { form: 'x', count: 0 }, toAsync([]));
    expect(await readHeader(path, own, fileSize(0))).toEqual({ form: 'x', count: 0 });
    const head = Buffer.alloc(fileSize(0), ' ');
    head.write(JSON.stringify({ version: 2, form: 'x', count: 0 }));
    await writeSealed(`${path}-2`, own, toAsync([head]));
    expect(await readHeader(`${path}-2`, own, fileSize(0))).toBeUndefined();
  });

  test('counts nobody without files, and where nobody leaves; a dry run compares, and keeps nothing', async () => {
    const kept = files(directory);
    await run(kept.world, emails(0, 20));
    kept.keep();
    const before = kept.current;
    expect((await run(undefined, emails(0, 30))).turnover).toBeUndefined();
    expect((await run(kept.world, emails(0, 30), { dryRun: true })).turnover).toEqual({ joining: 10, leaving: 0 });
    kept.keep();
    expect(kept.current).toBe(before);
    expect((await run(kept.world, emails(0, 30), { mode: 'append' })).turnover).toBeUndefined();
    expect((await run(kept.world, emails(0, 30))).turnover).toEqual({ joining: 10, leaving: 0 });
  });

  test('goes on when the files cannot be written', async () => {
    const kept = files(directory);
    const broken: FingerprintFiles = {
      ...kept.world,
      write: async () => {
        throw new Error('ENOSPC');
      },
    };
    expect(await run(broken, emails(0, 20))).toEqual({
      turnover: undefined,
      logged: [['run.turnover_unknown', 'Error: ENOSPC']],
    });
  });

  test('that another process has meanwhile leaves nothing', async () => {
    const kept = files(directory);
    await run(kept.world, emails(0, 20));
    kept.keep();
    const before = kept.current;
    const assertHeld = () => {
      throw new LineupError('run_taken_over', 'Another process has the run.');
    };
    const { turnover } = await run(kept.world, emails(0, 30), {}, {}, assertHeld);
    kept.keep();
    expect([turnover, kept.current]).toEqual([undefined, before]);
  });

  test('does not wait for a disk that hangs, and writes nothing when that answers at last', async () => {
    for (const hangs of ['key', 'earlier', 'read', 'write'] as const) {
      const kept = files(directory);
      await run(kept.world, emails(0, 20));
      kept.keep();
      const before = kept.current;
      const answered = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      const hang = () => {
        reached.resolve();
        return answered.promise;
      };
      let ended: Promise<unknown> = Promise.resolve();
      const world: FingerprintFiles = {
        key: async () => {
          if (hangs === 'key') await hang();
          return kept.world.key();
        },
        earlier: async (delivery) => {
          if (hangs === 'earlier') await hang();
          const found = await kept.world.earlier(delivery);
          return {
            ...found!,
            read: async function* () {
              if (hangs === 'read') await hang();
              yield* found!.read();
            },
          };
        },
        write: (delivery, row, bytes) => {
          const writing = (async () => {
            if (hangs === 'write') await hang();
            return kept.world.write(delivery, row, bytes);
          })();
          ended = writing;
          return writing;
        },
      };
      let waited = 0;
      const clock = {
        sleep: async (ms: number) => {
          await reached.promise;
          waited += ms;
        },
      };
      const { turnover, logged } = await run(world, emails(0, 30), {}, { clock: clock as ExportContext['clock'] });
      expect([hangs, turnover, waited]).toEqual([hangs, undefined, MAX_COUNTING_MS]);
      expect(String(logged)).toContain('does not answer in time');
      const next = await run(world, emails(0, 30));
      expect([next.turnover, String(next.logged)]).toEqual([undefined, expect.stringContaining('still does not')]);
      answered.resolve();
      await ended.catch(() => {});
      await new Promise(setImmediate);
      kept.keep();
      expect(kept.current).toBe(before);
      expect([hangs, (await run(world, emails(0, 30))).turnover]).toEqual([hangs, { joining: 10, leaving: 0 }]);
    }
  });

  test('that is stopped meanwhile does not wait either', async () => {
    const kept = files(directory);
    const stopped = new AbortController();
    const world: FingerprintFiles = {
      ...kept.world,
      earlier: () => {
        stopped.abort(new Error('stopped'));
        return new Promise(() => {});
      },
    };
    const clock = {
      sleep: (_: number, signal: AbortSignal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    };
    const change = { clock, signal: stopped.signal } as unknown as Partial<ExportContext>;
    expect((await run(world, emails(0, 30), {}, change)).turnover).toBeUndefined();
  });
});
