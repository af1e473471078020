/** Staging with real files, and the kernel in a real worker and in this thread. */
import { createHash } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { plainFolder } from '../../src/export/prepare.ts';
import { noFolder } from '../../src/export/stage/chunk-files.ts';
import type { StageProgress } from '../../src/export/stage/types.ts';
import { stagingWarnings } from '../../src/export/warnings.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import type { Scan } from '../../src/sources/source.ts';
import { kernelOfTest, kernels, type StageOneOptions, stageOne, TestScan, useKernel } from './support.ts';

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lineup-stage-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function run(scan: Scan, options: Partial<StageOneOptions> = {}) {
  return stageOne({
    scan,
    identifierType: 'email',
    ifaFormat: 'sha256',
    folder: plainFolder(directory),
    chunkName: (index) => `chunk-${index}.txt`,
    maxChunkRecords: 1_000_000,
    maxChunkBytes: 60_000_000,
    clock: systemClock,
    startKernel: kernelOfTest.start,
    ...options,
  });
}

describe.each(kernels)('what is staged, with the kernel in %s', (_, kernel) => {
  useKernel(kernel);

  test('gives every value an outcome, and puts every new line in a chunk', async () => {
    const hash = sha256('c@example.com');
    const scan = new TestScan([
      'a@example.com\n\n',
      ` A@example.com\r\nnot an address\n"b@example.com"\n${hash.toUpperCase()}\nc@exa`,
      'mple.com\n"two\nlines@example.com"\n',
    ]);
    const { counts, findings, chunks } = await run(scan);
    expect(counts).toEqual({
      rows: 8,
      scanned: 8,
      missing: 1,
      invalid: { not_an_email: 2 },
      prehashed: 1,
      hashed: 4,
      raw: 0,
      duplicates: 2,
      unique: 3,
    });
    expect(findings).toEqual({
      phonesWithoutCountry: 0,
      uppercaseHashes: 1,
      phonesRepaired: 0,
      phonesWithLostDigits: 0,
      phonesLookingNational: 0,
      invalidRows: { not_an_email: [4, 8] },
    });
    const content = `${sha256('a@example.com')}\n${sha256('b@example.com')}\n${hash.toUpperCase()}\n`;
    const file = 'chunk-1.txt';
    expect(chunks).toEqual([{ index: 1, file, records: 3, bytes: 195, sha256: sha256(content) }]);
    expect(await readFile(join(directory, file), 'latin1')).toBe(content);
    expect(scan.closed).toBe(true);
  });

  test('without a folder counts and cuts the lines as usual, and writes nothing', async () => {
    const lines = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.com\n`);
    const limits = { maxChunkRecords: 2 };
    const counted = await run(new TestScan(lines), { ...limits, folder: noFolder });
    expect(await readdir(directory)).toEqual([]);
    expect(await run(new TestScan(lines), limits)).toEqual(counted);
    expect(await readdir(directory)).toHaveLength(3);
  });

  test('counts a member with several values as one row', async () => {
    const scan = new TestScan(['+a@example.com\n.b@example.com\n+\n+x\n".', 'y""\n"\n+c@example.com'], true);
    const { counts, findings } = await run(scan);
    expect(counts).toMatchObject({
      rows: 4,
      scanned: 6,
      missing: 1,
      invalid: { not_an_email: 2 },
      unique: 3,
    });
    expect(findings.invalidRows).toEqual({ not_an_email: [3, 3] });
  });

  test('national phone numbers are converted, or counted', async () => {
    // The first of a class is put to the library; then come one that is like it, and one that the kernel does not read.
    const values = ['090-8765-4321\n090-1234-5678\n+81 90 1234 5678\n０９０ー１２３４ー５６７８\n0312345678\n'];
    const with_ = await run(new TestScan(values), { identifierType: 'phone', defaultCountry: 'JP' });
    expect(with_.counts).toMatchObject({ hashed: 5, duplicates: 2, unique: 3 });
    expect(with_.findings.phonesWithoutCountry).toBe(0);
    const without = await run(new TestScan(values), { identifierType: 'phone', folder: noFolder });
    expect(without.counts).toMatchObject({ hashed: 5, unique: 4, duplicates: 1 });
    expect(without.findings.phonesWithoutCountry).toBe(4);
  });

  test('counts phone numbers that a spreadsheet has damaged, in both ways through the kernel', async () => {
    const values = [
      '819012345678.0\n819012345679.00\n８１９０１２３４５６７０．０\n8.19012E+11\n８．１９E+11\n819012345678\n12.0\n',
    ];
    const staged = await run(new TestScan(values), { identifierType: 'phone' });
    expect(staged.counts).toMatchObject({ hashed: 4, duplicates: 1, unique: 3, invalid: { not_a_phone: 3 } });
    expect(staged.findings).toMatchObject({ phonesRepaired: 3, phonesWithLostDigits: 2 });
    const [warning] = stagingWarnings(staged, { identifierType: 'phone' });
    expect(warning).toMatchObject({ code: 'spreadsheet_damaged', count: 5 });
    expect(warning?.message).toMatch(/3 ended in \.0 and were repaired\. 2 have an exponent/);
    const emails = await run(new TestScan(values), { identifierType: 'email', folder: noFolder });
    expect(stagingWarnings(emails, { identifierType: 'email' })).toEqual([]);
  });

  test('sends raw advertising ids unchanged, each once', async () => {
    const id = 'AEBE52E7-03EE-455A-B3C4-E57283966239';
    const scan = new TestScan([`${id}\n ${id.toLowerCase()}\n`]);
    const { counts, chunks } = await run(scan, { identifierType: 'ifa', ifaFormat: 'raw' });
    expect(counts).toMatchObject({ raw: 2, hashed: 0, duplicates: 1, unique: 1 });
    expect(await readFile(join(directory, chunks[0]!.file), 'latin1')).toBe(`${id}\n`);
  });

  test('a heading takes its room in each file', async () => {
    const lines = Array.from({ length: 5 }, (_, n) => `m${n}@example.com\n`);
    // Without the heading, a third record would fit.
    const limits = { heading: 'Email', maxChunkBytes: 3 * 65 + 1 };
    const { counts, chunks } = await run(new TestScan(lines), limits);
    expect(counts).toMatchObject({ rows: 5, scanned: 5, unique: 5 });
    expect(chunks.map(({ records, bytes }) => [records, bytes])).toEqual([
      [2, 136],
      [2, 136],
      [1, 71],
    ]);
    for (const { file } of chunks) expect(await readFile(join(directory, file), 'latin1')).toMatch(/^Email\n[0-9a-f]/);
    const nobody = await run(new TestScan([]), limits);
    expect(nobody.chunks).toEqual([]);
    const tooSmall = run(new TestScan(lines), { heading: 'Email', maxChunkBytes: 70 });
    await expect(tooSmall).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test.each([
    [true, { prehashed: 1, raw: 1, unique: 2, invalid: {} }],
    [false, { prehashed: 0, raw: 1, unique: 1, invalid: { not_an_ifa: 1 } }],
  ])('takes hashes among raw advertising ids if the destination does: %s', async (hashesInRawColumn, expected) => {
    const scan = new TestScan([`aebe52e7-03ee-455a-b3c4-e57283966239\n${sha256('someone')}\n`]);
    const { counts } = await run(scan, { identifierType: 'ifa', ifaFormat: 'raw', hashesInRawColumn });
    expect(counts).toMatchObject(expected);
  });

  test('sends LINE user ids unchanged, each once, and nothing else in their file', async () => {
    const id = 'U4af4980629f0b1c2d3e4f5a6b7c8d9e0';
    const wrong = [id.toUpperCase(), `C${id.slice(1)}`, `R${id.slice(1)}`, '@taro', sha256(id), `${id}0`, 'null'];
    const scan = new TestScan([`${[id, ...wrong, ` ${id}\u3000`, ''].join('\n')}\n`]);
    const staged = await run(scan, { identifierType: 'line_user_id' });
    expect(staged.counts).toMatchObject({
      ...{ scanned: 10, missing: 1, prehashed: 0, hashed: 0, raw: 2, duplicates: 1, unique: 1 },
      invalid: { not_a_line_user_id: 7 },
    });
    expect(staged.findings.invalidRows).toEqual({ not_a_line_user_id: [2, 3, 4, 5, 6, 7, 8] });
    expect(await readFile(join(directory, staged.chunks[0]!.file), 'latin1')).toBe(`${id}\n`);
    expect(stagingWarnings(staged, { identifierType: 'line_user_id' })).toMatchObject([
      { code: 'line_user_id_malformed', count: 7, message: expect.stringMatching(/^7 values .* U and 32 .*\(C…\)/) },
    ]);
  });

  test.each([
    ['nothing', []],
    ['nothing valid', ['\n\nx\n']],
  ])('%s makes no file', async (_, blocks) => {
    const { counts, chunks } = await run(new TestScan(blocks));
    expect(counts.unique).toBe(0);
    expect(chunks).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe.each(kernels)('chunks, with the kernel in %s', (_, kernel) => {
  useKernel(kernel);

  const addresses = (count: number) => Array.from({ length: count }, (_, n) => `m${n}@example.com\n`);

  test('never exceed their limits; only their owner can read them', async () => {
    const total = 50_000;
    const { counts, chunks } = await run(new TestScan(addresses(total)), {
      maxChunkRecords: 40_000,
      maxChunkBytes: 30_000 * 65 + 64,
    });
    expect(chunks.map(({ index, records, bytes }) => [index, records, bytes])).toEqual([
      [1, 30_000, 30_000 * 65],
      [2, 20_000, 20_000 * 65],
    ]);
    expect(counts.unique).toBe(total);
    for (const chunk of chunks) {
      const path = join(directory, chunk.file);
      const content = await readFile(path);
      expect(content.length).toBe(chunk.bytes);
      expect(sha256(content)).toBe(chunk.sha256);
      expect(content.toString('latin1')).toMatch(/^(?:[0-9a-f]{64}\n)+$/);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  test('that are exactly full are not followed by an empty chunk', async () => {
    const { chunks } = await run(new TestScan(addresses(4)), { maxChunkRecords: 2 });
    expect(chunks.map(({ records }) => records)).toEqual([2, 2]);
  });

  test.each([{ maxChunkBytes: 64 }, { maxChunkRecords: 0 }])('must have room for a line: %o', async (limits) => {
    const scan = new TestScan(addresses(1));
    await expect(run(scan, limits)).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(scan.closed).toBe(true);
  });
});

/** Endless blocks of new addresses, until `stop`. `begun` resolves when some have been read. */
function endless() {
  const begun = Promise.withResolvers<void>();
  let stopped = false;
  const blocks = (async function* () {
    for (let n = 0; !stopped; n += 1000) {
      yield Buffer.from(Array.from({ length: 1000 }, (_, i) => `m${n + i}@example.com\n`).join(''));
      if (n === 200_000) begun.resolve();
    }
  })();
  const stop = () => {
    stopped = true;
  };
  return { blocks, begun: begun.promise, stop };
}

describe.each(kernels)('a staging that fails leaves no file, and the scan closed, in %s', (_, kernel) => {
  useKernel(kernel);

  test('when the source fails at its end', async () => {
    const scan = new TestScan(endingAfter(60_000));
    const failure = new LineupError('source_failed', 'The source stopped.');
    scan.finished = Promise.reject(failure);
    scan.finished.catch(() => {});
    await expect(run(scan, { maxChunkRecords: 10_000 })).rejects.toBe(failure);
    expect(scan.closed).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });

  test('when the source fails half-way', async () => {
    const failure = new LineupError('source_failed', 'The source stopped.');
    const scan = new TestScan(
      (async function* () {
        yield Buffer.from('a@example.com\n'.repeat(1000));
        throw failure;
      })(),
    );
    await expect(run(scan)).rejects.toBe(failure);
    expect(scan.closed).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });

  test('when the source fails while its input still runs', async () => {
    const { blocks, begun, stop } = endless();
    const scan = new TestScan(blocks);
    scan.close = async () => stop();
    const failure = new LineupError('source_failed', 'The source stopped.');
    scan.finished = begun.then(() => {
      throw failure;
    });
    await expect(run(scan, { maxChunkRecords: 10_000 })).rejects.toBe(failure);
    expect(await readdir(directory)).toEqual([]);
  });

  test('when it is interrupted while the source waits', async () => {
    const controller = new AbortController();
    const waiting = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const scan = new TestScan(
      (async function* () {
        yield* endingAfter(60_000);
        waiting.resolve();
        await closed.promise;
      })(),
    );
    scan.close = async () => closed.resolve();
    const staging = run(scan, { maxChunkRecords: 10_000, signal: controller.signal });
    await waiting.promise;
    controller.abort();
    await expect(staging).rejects.toMatchObject({ code: 'interrupted' });
    expect(await readdir(directory)).toEqual([]);
  });

  test('when it was interrupted before the start', async () => {
    const scan = new TestScan(['a@example.com\n']);
    await expect(run(scan, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'interrupted' });
    expect(scan.closed).toBe(true);
  });

  test('when the disk is full', async () => {
    const plain = plainFolder(directory);
    const openFull = async () => {
      // Every write to /dev/full says that no space is left.
      const file = await open('/dev/full', 'w');
      return {
        append: async (bytes: Uint8Array) => void (await file.write(bytes)),
        close: () => file.close(),
      };
    };
    const folder = {
      ...plain,
      open: async (name: string) => (name === 'chunk-2.txt' ? openFull() : plain.open(name)),
    };
    const { blocks, stop } = endless();
    const scan = new TestScan(blocks);
    scan.close = async () => stop();
    const error = await run(scan, { maxChunkRecords: 30_000, folder }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'disk_full', reason: 'ENOSPC', kind: 'failed' });
    expect((error as Error).message).toContain(directory);
    expect(await readdir(directory)).toEqual([]);
  });

  test('when a chunk cannot be written', async () => {
    await writeFile(join(directory, 'file'), '');
    const scan = new TestScan(['a@example.com\n']);
    await expect(run(scan, { chunkName: () => 'file/chunk' })).rejects.toMatchObject({
      code: 'storage_failed',
      reason: 'ENOTDIR',
    });
    expect(scan.closed).toBe(true);
  });

  test('when a value of the source belongs to no member', async () => {
    const scan = new TestScan(['+a@example.com\n', 'b@example.com\n', '+c@example.com\n'], true);
    const message = 'The source gave a value without its row.';
    await expect(run(scan, { maxChunkRecords: 1 })).rejects.toMatchObject({ code: 'internal', message });
    expect(scan.closed).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });

  test('when the country has no phone numbers', async () => {
    const scan = new TestScan(['1234567\n']);
    await expect(run(scan, { identifierType: 'phone', defaultCountry: 'XX' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('XX') as string,
    });
    expect(scan.closed).toBe(true);
  });
});

test.each(kernels)('tells how far it is, and at last how far it came, with the kernel in %s', async (_, kernel) => {
  kernelOfTest.start = kernel;
  const seen: StageProgress[] = [];
  await run(new TestScan(endingAfter(60_000)), { onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toEqual({ rows: 60_000, scanned: 60_000, unique: 60_000, fraction: 0.5 });
});

test.each(kernels)('keeps no listener on the signal, with the kernel in %s', async (_, kernel) => {
  kernelOfTest.start = kernel;
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...parameters: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, parameters);
  };
  signal.removeEventListener = (...parameters: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, parameters);
  };
  await run(new TestScan(['a@example.com\n']), { signal });
  expect(listeners).toBe(0);
});

async function* endingAfter(count: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count; n += 1000) {
    yield Buffer.from(Array.from({ length: 1000 }, (_, i) => `m${n + i}@example.com\n`).join(''));
  }
}
