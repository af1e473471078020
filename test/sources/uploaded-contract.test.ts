/** The contract of sources for sealed files, as uploads are stored. */
import { createReadStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { originOf } from '../../src/readers/files/upload-storage.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import type { Source } from '../../src/sources/source.ts';
import { newFileKey } from '../../src/store/sealed-files/gcm.ts';
import { writeSealed } from '../../src/store/sealed-files/sealed-file.ts';
import { sourceContract } from './contract.ts';
import { openDescriptors, useFolder } from './support/folder.ts';
import { csvOf, damaged, parquetOf, sheetOf } from './support/member-files.ts';
import { readMembers } from './support/values.ts';

const folder = useFolder();
let files = 0;

async function upload(content: AsyncIterable<Uint8Array>, format: string) {
  files += 1;
  const id = `upl_${files}`;
  const path = folder.path(id);
  const key = newFileKey();
  const bytes = await writeSealed(path, key, content);
  const place = { directory: folder.path(''), maxBytes: 1, freeBytes: async () => undefined };
  const open = (): Promise<Source> => {
    const origin = originOf(place, id, { key, bytes });
    return openFiles({ source: origin.name, locations: [{ kind: 'origin', ...origin }], format });
  };
  return { path, open };
}

const ofSheet = (rows: Parameters<typeof sheetOf>[0]) => upload(Readable.from([sheetOf(rows)]), 'xlsx');
const ofText = (text: string) => upload(Readable.from([Buffer.from(text)]), 'csv');
const ofFile = (path: string) => upload(createReadStream(path), 'parquet');

/** Truncated on the disk after it was opened. */
async function cutOff({ path, open }: Awaited<ReturnType<typeof upload>>): Promise<Source> {
  const source = await open();
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length - 1));
  return source;
}

sourceContract({
  name: 'an uploaded CSV',
  lists: false,
  nul: true,
  places: false,
  like: 'CSV',
  open: async (rows) => (await ofText(csvOf(rows))).open(),
  openBroken: async (rows) => cutOff(await ofText(csvOf(rows))),
});

sourceContract({
  name: 'an uploaded workbook',
  lists: false,
  nul: true,
  places: false,
  like: 'a workbook',
  memoryLike: 'a workbook',
  open: async (rows) => (await ofSheet(rows)).open(),
  openBroken: async (rows) => cutOff(await ofSheet(rows)),
});

sourceContract({
  name: 'an uploaded Parquet file',
  lists: true,
  nul: true,
  places: false,
  like: 'Parquet',
  open: async (rows) => (await ofFile(await parquetOf(folder, rows))).open(),
  openBroken: async (rows) => (await ofFile(await damaged(await parquetOf(folder, rows)))).open(),
});

test('a truncated Parquet file gives an error, and its memory window is closed', async () => {
  const rows = Array.from({ length: 10 }, (_, n) => ({ email: `member${n}@example.com` }));
  const uploaded = await ofFile(await parquetOf(folder, rows));
  const source = await uploaded.open();
  expect(await readMembers(await source.scan(['email']))).toHaveLength(10);
  const before = await openDescriptors();
  const broken = await cutOff(uploaded);
  const scan = await broken.scan(['email']);
  await readMembers(scan).catch(() => {});
  await expect(scan.finished).rejects.toMatchObject({
    code: 'source_unreadable',
    message: expect.stringMatching(/^The uploaded file was changed or cut off/),
  });
  await scan.close();
  expect(await openDescriptors()).toBe(before);
  expect((await readdir('/dev/shm')).filter((name) => name.startsWith('lineup-'))).toEqual([]);
});
