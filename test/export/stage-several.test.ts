/**
 * One staging of several fields: each delivery gets what a staging of its field alone gives, also after an
 * interruption.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { chunkNameOf } from '../../src/export/context.ts';
import { findCheckpoint } from '../../src/export/stage/checkpoint.ts';
import type { Checkpoint } from '../../src/export/stage/checkpoint-shape.ts';
import { inlineKernel } from '../../src/export/stage/kernel-inline.ts';
import { stage } from '../../src/export/stage/stage.ts';
import type { LineRules, StageProgress } from '../../src/export/stage/types.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import type { Scan } from '../../src/sources/source.ts';
import { contentOf, kernelOfTest, kernels, runFolder, stageOne, TestScan, useKernel } from './support.ts';

const rules: readonly LineRules[] = [
  { identifierType: 'email', ifaFormat: 'sha256', maxChunkRecords: 3, maxChunkBytes: 60_000_000 },
  { identifierType: 'phone', ifaFormat: 'sha256', maxChunkRecords: 2, maxChunkBytes: 60_000_000 },
  {
    identifierType: 'ifa',
    ifaFormat: 'raw',
    holdOut: { experiment: 'spring', share: 30 },
    maxChunkRecords: 100,
    maxChunkBytes: 120,
  },
];

/** Blocks of members. A member has one value of each field, or several of a marked one. */
interface Plan {
  readonly marked: readonly boolean[];
  readonly blocks: readonly (readonly (readonly (readonly string[])[])[])[];
  /** Where the text of a block is split, as a fraction. */
  readonly split: number;
}

const values = [
  fc.oneof(
    fc.nat(12).map((n) => `m${n}@example.com`),
    fc.nat(5).map((n) => ` M${n}@Example.COM `),
    fc.constantFrom('', 'nobody', 'two\nlines@example.com', '"q"@example.com'),
  ),
  fc.oneof(
    fc.nat(12).map((n) => `+8190123400${String(n).padStart(2, '0')}`),
    fc.constantFrom('', '12', '8.19012E+11'),
  ),
  fc.oneof(
    fc.nat(12).map((n) => `AEBE52E7-03EE-455A-B3C4-E572839662${String(n).padStart(2, '0')}`),
    fc.constantFrom('', '00000000-0000-0000-0000-000000000000'),
  ),
];

const member = fc.tuple(...values.map((value) => fc.array(value, { minLength: 1, maxLength: 2 })));
const plan: fc.Arbitrary<Plan> = fc.record({
  marked: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  blocks: fc.array(fc.array(member, { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
  split: fc.double({ min: 0, max: 1, noNaN: true }),
});

const quoted = (text: string) => (/["\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The records of one field in a block. */
function recordsOf({ marked }: Plan, block: Plan['blocks'][number], field: number): string {
  return block
    .flatMap((fields) => {
      const given = fields[field]!;
      if (!marked[field]) return [quoted(given[0]!)];
      return given.map((text, n) => quoted(`${n === 0 ? '+' : '.'}${text}`));
    })
    .map((record) => `${record}\n`)
    .join('');
}

const broken = new LineupError('source_failed', 'The source broke off.', { retryable: true });

/** @param breakAt breaks off before this block */
function scanOf(given: Plan, from: number, breakAt?: number): Scan & { readonly begun: number } {
  let column = 0;
  let place: string | undefined;
  async function* blocks() {
    for (const [n, block] of given.blocks.entries()) {
      if (n < from) continue;
      if (n === breakAt) throw broken;
      for (const field of given.marked.keys()) {
        const bytes = Buffer.from(recordsOf(given, block, field));
        const at = Math.floor(bytes.length * given.split);
        for (const part of [bytes.subarray(0, at), bytes.subarray(at)]) {
          column = field;
          place = field === given.marked.length - 1 && part.length === bytes.length - at ? `${n + 1}` : undefined;
          yield part;
        }
      }
    }
  }
  return {
    begun: from,
    marked: given.marked,
    blocks: blocks(),
    finished: Promise.resolve(),
    column: () => column,
    place: () => place,
    progress: () => 0,
    close: async () => {},
  };
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'lineup-several-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const chunkNames = rules.map((_, n) => chunkNameOf(n + 1));
const now = () => new Date('2026-03-02T00:00:00Z');

const stageAll = (path: string, scan: Scan, from?: Checkpoint, onProgress?: (seen: StageProgress) => void) =>
  stage({
    scan,
    deliveries: rules.map((rule, n) => ({
      ...rule,
      chunkName: chunkNames[n]!,
      startKernel: kernelOfTest.start,
    })),
    folder: runFolder(path),
    checkpoints: { folder: runFolder(path), key: 'this scan', now, everyMs: 0, from },
    clock: systemClock,
    onProgress,
  });

/** What each field gives alone in this thread, with the content of its files. */
async function alone(given: Plan) {
  return Promise.all(
    rules.map(async (rule, field) => {
      const path = directory();
      const text = given.blocks.map((block) => recordsOf(given, block, field));
      const staged = await stageOne({
        ...rule,
        scan: new TestScan(text, given.marked[field]),
        folder: runFolder(path),
        chunkName: chunkNames[field]!,
        clock: systemClock,
        startKernel: inlineKernel,
      });
      return { ...staged, contents: await contentsOf(path, staged.chunks) };
    }),
  );
}

const contentsOf = (path: string, chunks: readonly { readonly file: string }[]) =>
  Promise.all(chunks.map(({ file }) => contentOf(runFolder(path), file)));

describe.each(kernels)('several fields, with the kernel in %s', (_, start) => {
  // To start threads costs much more than to stage these members.
  const numRuns = start === inlineKernel ? 25 : 4;
  useKernel(start);

  test('each gets the lines and counts of its field alone, also when the scan is continued', async () => {
    await fc.assert(
      fc.asyncProperty(plan, fc.nat(5), async (given, breakAt) => {
        const path = directory();
        const first = await stageAll(path, scanOf(given, 0, breakAt)).catch((error: unknown) => error);
        let staged = first;
        if (breakAt < given.blocks.length) {
          expect(first).toBe(broken);
          const key = 'this scan';
          const found = await findCheckpoint({ folder: runFolder(path), chunkNames, key, now: now() });
          const kept = found && 'usable' in found ? found.usable : undefined;
          expect(found && 'useless' in found).toBeFalsy();
          expect(kept?.place).toBe(breakAt === 0 ? undefined : `${breakAt}`);
          staged = await stageAll(path, scanOf(given, Number(kept?.place ?? 0)), kept);
        }
        const results = staged as Awaited<ReturnType<typeof stageAll>>;
        const together = await Promise.all(
          results.map(async (result) => ({ ...result, contents: await contentsOf(path, result.chunks) })),
        );
        expect(together).toEqual(await alone(given));
      }),
      { numRuns },
    );
  });

  test('a failure leaves no file of any of them', async () => {
    const path = directory();
    const given: Plan = {
      marked: [false, false, false],
      blocks: [[[['a@example.com'], ['+819012340000'], ['']]]],
      split: 0,
    };
    const scan = { ...scanOf(given, 0), place: undefined };
    const staging = stageAll(path, { ...scan, finished: Promise.reject(broken) });
    await expect(staging).rejects.toBe(broken);
    expect(readdirSync(path)).toEqual([]);
  });

  test('the progress counts the values of all fields, and each member once', async () => {
    const path = directory();
    const members = [['a@example.com'], ['+819012340000'], ['']];
    const seen: StageProgress[] = [];
    await stageAll(
      path,
      scanOf({ marked: [false, false, false], blocks: [[members, members]], split: 0 }, 0),
      undefined,
      (p) => seen.push(p),
    );
    expect(seen.at(-1)).toMatchObject({ rows: 2, scanned: 6, unique: 2 });
  });

  test('the progress has rows as soon as it has members, also when the values of the first field are short', async () => {
    const records = (value: (n: string) => string) =>
      Array.from({ length: 6_000 }, (_, n) => `${value(String(n).padStart(8, '0'))}\n`).join('');
    // A kernel takes full blocks. So many telephone numbers fill none, and so many addresses fill one.
    const fields = [records((n) => `+8190${n}`), records((n) => `somebody.with.a.name.${n}@example.com`)];
    const shown = Promise.withResolvers<void>();
    const seen: StageProgress[] = [];
    let column = 0;
    async function* blocks() {
      for (column = 0; column < fields.length; column++) yield Buffer.from(fields[column]!);
      column = 0;
      await shown.promise;
    }
    const path = directory();
    await stage({
      scan: {
        ...new TestScan([]),
        marked: [false, false],
        blocks: blocks(),
        column: () => column,
        progress: () => 0,
        close: async () => {},
      },
      deliveries: (['phone', 'email'] as const).map((identifierType, n) => ({
        identifierType,
        ifaFormat: 'sha256',
        // Less than a block has.
        maxChunkRecords: 1_000,
        maxChunkBytes: 60_000_000,
        chunkName: chunkNames[n]!,
        startKernel: kernelOfTest.start,
      })),
      folder: runFolder(path),
      clock: { ...systemClock, sleep: () => turn() },
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.unique > 0 && progress.rows > 0) shown.resolve();
      },
    });
    expect(seen.filter(({ rows, unique }) => unique > 2 * rows)).toEqual([]);
    expect(seen.at(-1)).toMatchObject({ rows: 6_000, scanned: 12_000, unique: 12_000 });
  });
});
