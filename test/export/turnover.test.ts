/** Who joins an audience and who leaves it: exactly, by fingerprints that are kept in sealed files. */
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedMemory } from '../../packages/identifiers/src/kernel/module.ts';
import type { FingerprintFiles } from '../../src/contracts/fingerprints.ts';
import { destinationOf } from '../../src/domain/destinations/index.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { RunRequest } from '../../src/domain/runs/run.ts';
import { foldRun } from '../../src/domain/runs/run-state.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import type { ExportContext } from '../../src/export/context.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import { countTurnover } from '../../src/export/turnover/count.ts';
import { Fingerprints } from '../../src/export/turnover/fingerprints.ts';
import { fileSize, readFingerprints, readHeader, writeFingerprints } from '../../src/store/fingerprints/file.ts';
import { newFileKey } from '../../src/store/sealed-files/gcm.ts';
import { writeSealed } from '../../src/store/sealed-files/sealed-file.ts';
import { started } from '../support/runs.ts';
import { runFolder, stageOne, TestScan } from './support.ts';

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

const represented = (line: string): Buffer => (line.length === 64 ? Buffer.from(line, 'hex') : Buffer.from(line));

async function sortedOf(lines: readonly string[], earlier: readonly bigint[] = [], memory = sharedMemory()) {
  const all = new Fingerprints(key, memory);
  for (const block of inBlocks(Buffer.from(lines.map((line) => `${line}\n`).join('')), 1_000)) all.add(block);
  const found: bigint[] = [];
  const row = Buffer.alloc(earlier.length * 8);
  for (const [n, fingerprint] of earlier.entries()) row.writeBigUInt64LE(fingerprint, n * 8);
  for await (const block of all.sorted(toAsync(inBlocks(row, 1_600)))) {
    const view = Buffer.from(block);
    for (let at = 0; at < view.length; at += 8) found.push(view.readBigUInt64LE(at));
  }
  return { found, all };
}

function* inBlocks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* toAsync(blocks: Iterable<Uint8Array>) {
  yield* blocks;
}

const hashOf = (n: number | string): string => createHash('sha256').update(String(n)).digest('hex');
const inOrder = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

describe('fingerprints', () => {
  test('are SipHash-2-4 of what a line represents, in order', async () => {
    // The test vectors of the paper: the key is 00 … 0f, and the message is 00, 01, 02, …
    const vectors = ['310e0edd47db6f72', 'fd67dc93c539f874', '5a4fa9d909806c0d', '2d7efbd796666785'];
    for (const [length, vector] of vectors.entries()) {
      const message = Buffer.from(Array.from({ length }, (_, n) => n));
      expect(sipHash(key, message)).toBe(Buffer.from(vector, 'hex').readBigUInt64LE());
    }
    const lines = [
      ...Array.from({ length: 5_000 }, (_, n) => hashOf(n)),
      'cdda802e-fb9c-47ad-9866-0794d394c912',
      'U4af4980629b2a9f0c4a9f3d9f3d9f3d9',
      '',
      'x'.repeat(300),
    ];
    const { found, all } = await sortedOf(lines);
    expect(all.lines).toBe(lines.length);
    expect(found).toEqual(lines.map((line) => sipHash(key, represented(line))).toSorted(inOrder));
  });

  test('two rows have in common what both have, in any order, whatever was in the memory before', async () => {
    const memory = sharedMemory();
    const member = fc.integer({ min: 0, max: 400 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(member), fc.uniqueArray(member), async (before, now) => {
        const earlier = await sortedOf(before.map(hashOf), [], memory);
        const { all } = await sortedOf(now.map(hashOf), earlier.found, memory);
        expect(all.common).toBe(now.filter((n) => before.includes(n)).length);
      }),
      { numRuns: 60 },
    );
  });

  test('a line without an end, one that is longer than any, and half a fingerprint are refused', async () => {
    const open = new Fingerprints(key, sharedMemory());
    open.add(Buffer.from(hashOf(1)));
    await expect(open.sorted().next()).rejects.toThrow('not complete');
    expect(() => new Fingerprints(key, sharedMemory()).add(Buffer.alloc(3 << 20, 'x'))).toThrow('too long');
    const all = new Fingerprints(key, sharedMemory());
    all.add(Buffer.from(`${hashOf(1)}\n`));
    const blocks = all.sorted(toAsync([Buffer.alloc(12)]));
    await expect(
      (async () => {
        for await (const _ of blocks);
      })(),
    ).rejects.toThrow('damaged');
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
      return header && { ...header, read: () => readFingerprints(path, own, size) };
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
    clock: { sleep: () => new Promise(() => {}) },
  });
  const logged: unknown[] = [];
  const context = {
    journal: { state: foldRun([started('r1', '2026-01-01T00:00:00Z', request)]), staged: folder, assertHeld },
    traits: destinationOf('line_ads'),
    fingerprints,
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
    const traits = destinationOf('line_ads');
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

  test('counts nobody without files, in a dry run, and where nobody leaves', async () => {
    const kept = files(directory);
    await run(kept.world, emails(0, 20));
    kept.keep();
    expect((await run(undefined, emails(0, 30))).turnover).toBeUndefined();
    expect((await run(kept.world, emails(0, 30), { dryRun: true })).turnover).toBeUndefined();
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
});
