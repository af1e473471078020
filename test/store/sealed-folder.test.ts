/** A staged file is read only with the digest of its content, whether its tags were written down or not. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newFileKey, SegmentError } from '../../src/store/sealed-files/gcm.ts';
import { SealedFolder } from '../../src/store/sealed-files/sealed-folder.ts';

const NAME = 'chunk-0001.txt';
const TAGS = `${NAME}.tags`;
const [first, second] = [Buffer.from('first\n'), Buffer.from('second\n')];
const content = Buffer.concat([first, second]);
const digest = sha256(content);

let directory: string;
let folder: SealedFolder;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lineup-test-folder-'));
  const key = newFileKey();
  const findOrMake = async () => key;
  folder = new SealedFolder(directory, { find: findOrMake, findOrMake, delete: async () => {} });
});
afterEach(() => rmSync(directory, { recursive: true }));

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function write(parts: readonly Buffer[] = [first, second], keep = 0): Promise<void> {
  const file = await folder.open(NAME, keep);
  for (const part of parts) await file.append(part);
  await file.close(digest);
}

async function read(expected: string): Promise<string> {
  const blocks: Uint8Array[] = [];
  for await (const block of folder.read(NAME, content.length, expected)) blocks.push(block);
  return Buffer.concat(blocks).toString();
}

/** Puts the file back to what it was before `change`. */
async function keeping(name: string, change: () => Promise<void>): Promise<void> {
  const before = readFileSync(join(directory, name));
  await change();
  writeFileSync(join(directory, name), before);
}

test('a complete file is known by its tags, and by nothing else', async () => {
  await write();
  expect(readdirSync(directory).sort()).toEqual([NAME, TAGS]);
  expect(await read(digest)).toBe(content.toString());
  await expect(read(sha256(first))).rejects.toThrow(SegmentError);
});

test('the tags are sealed, are none of the files of the folder, and go with their file', async () => {
  await write();
  expect(readFileSync(join(directory, TAGS), 'latin1')).not.toContain(digest);
  expect(await folder.names()).toEqual([NAME]);
  await folder.remove(NAME);
  expect(readdirSync(directory)).toEqual([]);
});

test('the same lines, written a second time with the same key, are not what has these tags', async () => {
  await write();
  await keeping(TAGS, () => write());
  await expect(read(digest)).rejects.toThrow(SegmentError);
});

test('other lines of the same length do not pass for these, with tags or without', async () => {
  await write();
  await keeping(TAGS, () => write([second, first]));
  await expect(read(digest)).rejects.toThrow(SegmentError);
  rmSync(join(directory, TAGS));
  await expect(read(digest)).rejects.toThrow(SegmentError);
});

test.each<[string, () => void | Promise<void>]>([
  ['gone', () => rmSync(join(directory, TAGS))],
  ['damaged', () => writeFileSync(join(directory, TAGS), readFileSync(join(directory, TAGS)).fill(7, 20, 30))],
  ['cut off', () => writeFileSync(join(directory, TAGS), '')],
  [
    'those of a file with other content',
    async () => {
      const file = await folder.open(NAME);
      await file.append(second);
      await file.close(sha256(second));
      await keeping(TAGS, () => write());
    },
  ],
])('when the tags are %s, the digest of the content decides', async (_, spoil) => {
  await write();
  await spoil();
  expect(await read(digest)).toBe(content.toString());
  await expect(read(sha256(first))).rejects.toThrow(SegmentError);
});

test('a file that is continued loses its tags, and the digest of its content decides', async () => {
  await write();
  await write([second], first.length);
  expect(readdirSync(directory)).toEqual([NAME]);
  expect(await read(digest)).toBe(content.toString());
  await write([Buffer.from('SECOND\n')], first.length);
  await expect(read(digest)).rejects.toThrow(SegmentError);
});
