/** A small file is prepared without a thread, because to start one takes longer. The chunks are the same. */
import diagnostics from 'node:diagnostics_channel';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { prepare } from '../../src/compose/preparation.ts';
import { readConfig } from '../../src/config/config.ts';
import { plainFolder } from '../../src/export/prepare.ts';
import { useFolder } from '../sources/support/folder.ts';

const folder = useFolder();

/** Counts the threads that start from now on. */
function countThreads(): () => number {
  let started = 0;
  const count = () => {
    started += 1;
  };
  diagnostics.subscribe('worker_threads', count);
  onTestFinished(() => void diagnostics.unsubscribe('worker_threads', count));
  return () => started;
}

/** @param note makes the file longer, and nothing else */
async function prepared(name: string, note: string) {
  const source = folder.path(`${name}.csv`);
  const out = folder.path(name);
  const rows = Array.from({ length: 2_000 }, (_, n) => `user${n % 1_900}@example.com,${note}\n`);
  await writeFile(source, `email,note\n${rows.join('')}`);
  const request = {
    source,
    field: 'email',
    identifierType: 'email',
    ifaFormat: 'sha256',
    chunkRecords: 1_000,
    chunkBytes: 60_000_000,
  } as const;
  const hooks = { signal: new AbortController().signal, onProgress: () => {} };
  const { counts, chunks } = await prepare(await readConfig(), request, out, hooks);
  const lines = await Promise.all(chunks.map(({ file }) => readFile(`${out}/${file}`, 'utf8')));
  return { counts, lines };
}

test('a small file starts no thread, and a larger one gives the same lines with threads', async () => {
  const threads = countThreads();
  const small = await prepared('small', '');
  expect(threads()).toBe(0);
  const large = await prepared('large', 'x'.repeat(600));
  expect(threads()).toBeGreaterThan(0);
  expect(small.counts).toMatchObject({ scanned: 2_000, unique: 1_900 });
  expect(large).toEqual(small);
});

test('a link that somebody puts at the name of a chunk is not followed', async () => {
  const [kept, out] = [folder.path('kept.txt'), folder.path('links')];
  await writeFile(kept, 'kept');
  await mkdir(out);
  await symlink(kept, `${out}/chunk-0001.txt`);
  await expect(plainFolder(out).open('chunk-0001.txt')).rejects.toMatchObject({
    code: 'storage_failed',
    message: expect.stringContaining('Choose a new directory') as string,
  });
  expect(await readFile(kept, 'utf8')).toBe('kept');
});
