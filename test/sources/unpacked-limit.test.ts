/** A small file can unpack to any number of bytes. Who only looks at it does not wait for all of them. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readBlocks } from './support/values.ts';

const folder = useFolder();
const MOST = 1_000_000;

const scanOf = async (source: string, mostUnpacked?: number): Promise<number> => {
  const opened = await openFiles({ source, mostUnpacked });
  try {
    expect((await opened.fields()).map(({ name }) => name)).toEqual(['email']);
    const scan = await opened.scan(['email']);
    const { length } = await readBlocks(scan);
    await scan.finished;
    return length;
  } finally {
    await opened.close();
  }
};

const tooMuch = {
  code: 'source_unsupported',
  message: 'The preview was stopped, because the file has more than 1 MB when it is unpacked. A run has no such limit.',
};

describe.each([
  ['gzip', 'gz', gzipSync],
  ['Zstandard', 'zst', zstdCompressSync],
])('%s', (_, ending, compress) => {
  test('ends a look after its bytes, also when they have no values, and never a run', async () => {
    const blank = Buffer.alloc(2 * MOST, '\n');
    const source = await folder.write(`blank.csv.${ending}`, compress(Buffer.concat([Buffer.from('email\n'), blank])));
    await expect(scanOf(source, MOST)).rejects.toMatchObject(tooMuch);
    expect(await scanOf(source)).toBeLessThanOrEqual(blank.length);
  });

  test('counts the bytes of all files together', async () => {
    const half = compress(Buffer.from(`email\n${'a@example.com\n'.repeat(45_000)}`));
    const packed = await folder.write(`half-1.csv.${ending}`, half);
    await folder.write(`half-2.csv.${ending}`, half);
    expect(await scanOf(packed, MOST)).toBe(45_000 * 14);
    await expect(scanOf(folder.path(`half-*.csv.${ending}`), MOST)).rejects.toMatchObject(tooMuch);
  });
});

test('a file that is not compressed has no such limit: its own size is the limit', async () => {
  const source = await folder.write('plain.csv', `email\n${'a@example.com\n'.repeat(100_000)}`);
  expect(await scanOf(source, MOST)).toBe(1_400_000);
});
