/** Reader processes: a source that crashes its reader ends only its own request. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { readerEnvironment } from '../../src/config/reader-environment.ts';
import { readDeath } from '../../src/readers/death-report.ts';
import { ReaderDiedError, type ReaderProcess } from '../../src/readers/pool/reader-process.ts';
import { useFolder } from '../sources/support/folder.ts';
import { readBlocks, readValues } from '../sources/support/values.ts';
import { filesBelow, hostileReaders, useReaders } from '../support/readers.ts';

const folder = useFolder();
const readers = useReaders(hostileReaders);
/** Longer than a reader may stand still on a busy machine. */
const impatient = useReaders({ ...hostileReaders, stuckMs: 5_000 });
const access = () => filesBelow(folder.path(''));
let files = 0;

/** A file of one member that does this to its reader. */
async function hostile(fault: string): Promise<{ path: string; repair: () => Promise<void> }> {
  files += 1;
  const path = await folder.write(`members-${files}.csv`, 'email\na@example.com\n');
  await writeFile(`${path}.fault`, fault);
  return { path, repair: () => rm(`${path}.fault`) };
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a source that crashes its reader', () => {
  test.each([
    ['abort', 'crash', 'SIGABRT'],
    // V8 or the watching thread, whichever is first.
    ['heap', 'memory', expect.stringMatching(/^SIG(ABRT|KILL)$/)],
    ['memory', 'memory', 'SIGKILL'],
    ['throw', 'fault', 'RangeError'],
    ['reject', 'fault', 'TypeError'],
    ['exit', 'crash', 'exit 3'],
    ['kill', 'killed', 'SIGKILL'],
  ])('with "%s" gets this cause, and the next source is read', async (fault, cause, detail) => {
    const { path, repair } = await hostile(`${fault} fields`);
    const source = await readers.open(access(), path);
    const failure = await failureOf(source.fields());
    await source.close();
    expect(failure).toBeInstanceOf(ReaderDiedError);
    expect(failure).toMatchObject({ death: { cause, detail } });
    expect(String(failure)).not.toContain('example.com');
    await repair();
    const again = await readers.open(access(), path);
    expect(await readValues(again, 'email')).toEqual(['a@example.com']);
    await again.close();
  });

  test('by blocking its event loop gets this cause', async () => {
    const { path } = await hostile('still fields');
    const source = await impatient.open(access(), path);
    await expect(source.fields()).rejects.toMatchObject({ death: { cause: 'stuck', detail: 'SIGKILL' } });
    await source.close();
  });

  test('in the middle of a scan ends the blocks and the scan', async () => {
    const { path } = await hostile('abort scan');
    const source = await readers.open(access(), path);
    const scan = await source.scan(['email']);
    await readBlocks(scan);
    await expect(scan.finished).rejects.toBeInstanceOf(ReaderDiedError);
    await scan.close();
    await expect(source.fields()).rejects.toBeInstanceOf(ReaderDiedError);
    await source.close();
  });

  test('while it is being opened frees its place', async () => {
    const { path } = await hostile('abort open');
    await expect(readers.open(access(), path)).rejects.toBeInstanceOf(ReaderDiedError);
  });

  test('does not affect a source that is read at the same time', async () => {
    const [bad, good] = [await hostile('abort fields'), await hostile('none')];
    const [first, other] = [await readers.open(access(), bad.path), await readers.open(access(), good.path)];
    const scan = await other.scan(['email']);
    await expect(first.fields()).rejects.toBeInstanceOf(ReaderDiedError);
    expect((await readBlocks(scan)).toString()).toBe('a@example.com\n');
    await scan.finished;
    await scan.close();
    await Promise.all([first.close(), other.close()]);
  });
});

test('the cause is in the last message of the reader, in V8’s output, or in the exit status', () => {
  const v8 = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n';
  expect(readDeath(null, 'SIGABRT', v8)).toEqual({ cause: 'memory', detail: 'SIGABRT' });
  expect(readDeath(70, null, 'noise\nlineup-reader: fault RangeError\n')).toEqual({
    cause: 'fault',
    detail: 'RangeError',
  });
  expect(readDeath(null, 'SIGSEGV', 'noise')).toEqual({ cause: 'crash', detail: 'SIGSEGV' });
  expect(readDeath(null, 'SIGKILL', '')).toEqual({ cause: 'killed', detail: 'SIGKILL' });
});

test('a list that is too large to choose from is refused in the reader', async () => {
  const { path } = await hostile('large fields');
  const source = await readers.open(access(), path);
  await expect(source.fields()).rejects.toMatchObject({ code: 'source_unsupported' });
  await source.close();
});

describe('a reader that does not finish', () => {
  test('is ended after its request is aborted', async () => {
    const { path, repair } = await hostile('loop fields');
    const source = await readers.open(access(), path);
    const gone = new AbortController();
    const asked = source.fields(gone.signal);
    gone.abort();
    await expect(asked).rejects.toMatchObject({ code: 'interrupted' });
    await source.close();
    await repair();
    const again = await readers.open(access(), path);
    expect(await again.fields()).toHaveLength(1);
    await again.close();
  });

  test('is ended when its scan is closed', async () => {
    const { path } = await hostile('loop scan');
    const source = await readers.open(access(), path);
    const scan = await source.scan(['email']);
    await scan.blocks[Symbol.asyncIterator]().next();
    await scan.close();
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    await source.close();
  });
});

describe('a reader that does not start', () => {
  const broken = useReaders({ most: 1, entry: new URL('no-such-reader.ts', import.meta.url) });

  test('is reported, and blocks no place', async () => {
    const { signal } = new AbortController();
    for (const _ of [1, 2]) {
      await expect(broken.pool.acquire(signal, 60_000)).rejects.toMatchObject({
        code: 'source_failed',
        retryable: true,
        message: expect.stringContaining('could not start'),
      });
    }
  });
});

describe('the number of readers is limited', () => {
  const { signal } = new AbortController();
  const single = useReaders({ ...hostileReaders, most: 1, uses: 2 });

  test('a further request waits for its turn, in order and for a limited time', async () => {
    const first = await single.pool.acquire(signal, 1_000);
    const turns: string[] = [];
    const second = single.pool.acquire(signal, 60_000).then((reader) => {
      turns.push('second');
      return reader;
    });
    const gone = new AbortController();
    const leaves = single.pool.acquire(gone.signal, 60_000);
    const third = single.pool.acquire(signal, 60_000).then((reader) => {
      turns.push('third');
      return reader;
    });
    await expect(single.pool.acquire(signal, 1)).rejects.toMatchObject({
      code: 'source_failed',
      retryable: true,
    });
    gone.abort();
    await expect(leaves).rejects.toMatchObject({ code: 'interrupted' });
    single.pool.release(first);
    single.pool.release(await second);
    single.pool.release(await third);
    expect(turns).toEqual(['second', 'third']);
  });

  test('a reader that holds much memory after its work is not used again', async () => {
    const reader = await single.pool.acquire(signal, 60_000);
    reader.memoryBytes = hostileReaders.memoryBytes! / 2;
    single.pool.release(reader);
    const next = await single.pool.acquire(signal, 60_000);
    expect(next).not.toBe(reader);
    single.pool.release(next);
  });

  test('a reader that left processors to others reads nothing else, and another one is started ahead', async () => {
    const reader = await single.pool.acquire(signal, 60_000);
    const usual = getPriority(reader.pid);
    reader.yieldToOthers();
    expect(getPriority(reader.pid)).toBeGreaterThan(usual);
    single.pool.release(reader);
    const next = await single.pool.acquire(signal, 60_000);
    expect(next).not.toBe(reader);
    expect(next.uses).toBe(1);
    expect(getPriority(next.pid)).toBe(usual);
    single.pool.release(next);
  });

  test('a reader is used again, but not forever', async () => {
    const used: ReaderProcess[] = [];
    for (let n = 0; n < 4; n++) {
      const reader = await single.pool.acquire(signal, 60_000);
      used.push(reader);
      single.pool.release(reader);
    }
    expect(new Set(used).size).toBeGreaterThan(1);
    expect(used.some((reader, n) => reader === used[n + 1])).toBe(true);
  });
});

describe('the readers of a burst', () => {
  const { signal } = new AbortController();
  const three = useReaders({ ...hostileReaders, most: 3, idleMs: 100 });
  const acquireThree = () => Promise.all([1, 2, 3].map(() => three.pool.acquire(signal, 60_000)));

  test('are there for the next one, and end when nobody needs them', async () => {
    const first = await acquireThree();
    for (const reader of first) three.pool.release(reader);
    const second = await acquireThree();
    expect(new Set(second)).toEqual(new Set(first));
    for (const reader of second) three.pool.release(reader);
    await expect.poll(() => second.filter(({ alive }) => alive)).toEqual([]);
  });
});

describe('a reader that is killed at the end', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'lineup-test-compiled-'));
  afterAll(() => rm(cache, { recursive: true, force: true }));
  const compiling = useReaders({ environment: { ...readerEnvironment(), NODE_COMPILE_CACHE: cache } });

  test('leaves its compiled code to the next reader', async () => {
    const source = await compiling.open(access(), await folder.write('compiled.csv', 'email\na@example.com\n'));
    await source.close();
    await compiling.pool.close();
    const files = await readdir(cache, { recursive: true, withFileTypes: true });
    expect(files.filter((file) => file.isFile())).not.toEqual([]);
  });
});

test('no reader survives a killed service, even if it is in an endless loop', async () => {
  const { path } = await hostile('loop open');
  const main = resolve(import.meta.dirname, '../support/reader-parent-main.ts');
  const parent = spawn(process.execPath, [main, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  let output = '';
  parent.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await expect.poll(() => /reader \d+/.test(output)).toBe(true);
  const reader = Number(/reader (\d+)/.exec(output)?.[1]);
  expect(isAlive(reader)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(reader)).toBe(false);
});

/** A process whose parent has not collected its status is a zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
