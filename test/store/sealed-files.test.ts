/** Sealed files: read as they were written, from anywhere; not at all when anything of them is not as it was. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSealed, writeSealed } from '../../src/store/sealed-files/sealed-file.ts';
import {
  newFileKey,
  openSegment,
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  SegmentError,
  sealSegment,
} from '../../src/store/sealed-files/segments.ts';

let directory: string;
let files = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lineup-test-sealed-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function* inBlocks(content: Uint8Array, size: number) {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

async function written(content: Uint8Array, blockSize = 100_003) {
  files += 1;
  const path = join(directory, `file-${files}`);
  const key = newFileKey();
  expect(await writeSealed(path, key, inBlocks(content, blockSize))).toBe(content.length);
  return { path, key };
}

async function read(
  path: string,
  key: ReturnType<typeof newFileKey>,
  range: { size: number; start?: number; end?: number },
) {
  const parts: Buffer[] = [];
  for await (const block of readSealed(path, key, range)) parts.push(Buffer.from(block));
  return Buffer.concat(parts);
}

const whole = randomBytes(3 * SEGMENT_BYTES + 1_000);

describe('what was written', () => {
  test.each([0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES, whole.length])(
    'is read again: %i bytes',
    async (size) => {
      const content = whole.subarray(0, size);
      const { path, key } = await written(content);
      expect((await read(path, key, { size })).equals(content)).toBe(true);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    },
  );

  test.each([
    [0, 10],
    [SEGMENT_BYTES - 5, SEGMENT_BYTES + 5],
    [SEGMENT_BYTES, 2 * SEGMENT_BYTES],
    [whole.length - 8, whole.length],
    [7, 7],
  ])('is read from %i to %i', async (start, end) => {
    const { path, key } = await written(whole);
    const part = await read(path, key, { size: whole.length, start, end });
    expect(part.equals(whole.subarray(start, end))).toBe(true);
  });

  test('the sealed form is the one that is documented, and stays so', () => {
    const key = newFileKey();
    key.reveal().fill(7);
    const sealed = Buffer.concat(sealSegment(key, 258, true, Buffer.from('member@example.com')));
    expect(sealed.length).toBe(18 + 16);
    expect(createHash('sha256').update(sealed).digest('hex')).toBe(
      '15ce8b65349a517cd494440340ebf29d8dfad7e9b3a1edec1c85c84d8fee57c1',
    );
    expect(Buffer.from(openSegment(key, 258, true, sealed)).toString()).toBe('member@example.com');
  });

  test('nothing of it can be seen on the disk', async () => {
    const { path } = await written(Buffer.from('member@example.com,'.repeat(50_000)));
    expect(readFileSync(path).includes('example')).toBe(false);
  });
});

describe('what was tampered with is not read', () => {
  const at = (index: number) => index * SEALED_SEGMENT_BYTES;
  const segment = (bytes: Buffer, index: number) => bytes.subarray(at(index), at(index + 1));
  const turned = (bytes: Buffer, position: number) => {
    bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position);
    return bytes;
  };
  const cases: [string, (bytes: Buffer) => Buffer][] = [
    ['a bit is turned', (bytes) => turned(bytes, at(1) + 9)],
    ['a bit of a tag is turned', (bytes) => turned(bytes, at(1) - 1)],
    [
      'two segments are exchanged',
      (bytes) => Buffer.concat([segment(bytes, 1), segment(bytes, 0), bytes.subarray(at(2))]),
    ],
    [
      'a segment is doubled',
      (bytes) => Buffer.concat([segment(bytes, 0), segment(bytes, 0), bytes.subarray(at(2))]),
    ],
    ['a segment is left out', (bytes) => Buffer.concat([segment(bytes, 0), bytes.subarray(at(2))])],
    ['it is cut off', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['it is cut off at a segment', (bytes) => bytes.subarray(0, at(3))],
    ['something is appended', (bytes) => Buffer.concat([bytes, Buffer.alloc(16)])],
  ];
  test.each(cases)('%s', async (_, change) => {
    const { path, key } = await written(whole);
    writeFileSync(path, change(readFileSync(path)));
    await expect(read(path, key, { size: whole.length })).rejects.toThrow(SegmentError);
  });

  test('it is cut off at a segment, and whoever did it could also change the size in the database', async () => {
    const { path, key } = await written(whole);
    writeFileSync(path, readFileSync(path).subarray(0, at(3)));
    await expect(read(path, key, { size: 3 * SEGMENT_BYTES })).rejects.toThrow(SegmentError);
  });

  test('another file’s key', async () => {
    const [one, other] = [await written(whole), await written(whole)];
    await expect(read(one.path, other.key, { size: whole.length })).rejects.toThrow(SegmentError);
  });

  test('of a segment that does not open nothing is given, and what came before was good', async () => {
    const { path, key } = await written(whole);
    writeFileSync(path, turned(readFileSync(path), at(2)));
    let length = 0;
    const reading = async () => {
      for await (const block of readSealed(path, key, { size: whole.length })) length += block.length;
    };
    await expect(reading()).rejects.toThrow(SegmentError);
    expect(length).toBe(2 * SEGMENT_BYTES);
  });
});
