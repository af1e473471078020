/** Sealed files can be read as they were written, from any position. They cannot be read if any part has changed. */
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Secret } from '../../src/domain/values/secret.ts';
import { newFileKey, SegmentError } from '../../src/store/sealed-files/gcm.ts';
import {
  openSegment,
  readSealed,
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  sealSegment,
  writeSealed,
} from '../../src/store/sealed-files/sealed-file.ts';
import { contentSize, FRAME_BYTES, FrameWriter, readFrames } from '../../src/store/sealed-files/sealed-frames.ts';

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

describe('the content', () => {
  test.each([0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES, whole.length])(
    'can be read again: %i bytes',
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
  ])('can be read from %i to %i', async (start, end) => {
    const { path, key } = await written(whole);
    const part = await read(path, key, { size: whole.length, start, end });
    expect(part.equals(whole.subarray(start, end))).toBe(true);
  });

  test('is sealed in the documented form, which must not change', () => {
    const key = newFileKey();
    key.reveal().fill(7);
    const sealed = Buffer.concat(sealSegment(key, 258, true, Buffer.from('member@example.com')));
    expect(sealed.length).toBe(18 + 16);
    expect(createHash('sha256').update(sealed).digest('hex')).toBe(
      '15ce8b65349a517cd494440340ebf29d8dfad7e9b3a1edec1c85c84d8fee57c1',
    );
    expect(Buffer.from(openSegment(key, 258, true, sealed)).toString()).toBe('member@example.com');
  });

  test('cannot be seen on the disk', async () => {
    const { path } = await written(Buffer.from('member@example.com,'.repeat(50_000)));
    expect(readFileSync(path).includes('example')).toBe(false);
  });
});

describe('a file is not read if', () => {
  const at = (index: number) => index * SEALED_SEGMENT_BYTES;
  const segment = (bytes: Buffer, index: number) => bytes.subarray(at(index), at(index + 1));
  const turned = (bytes: Buffer, position: number) => {
    bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position);
    return bytes;
  };
  const cases: [string, (bytes: Buffer) => Buffer][] = [
    ['a bit has changed', (bytes) => turned(bytes, at(1) + 9)],
    ['a bit of a tag has changed', (bytes) => turned(bytes, at(1) - 1)],
    [
      'two segments are exchanged',
      (bytes) => Buffer.concat([segment(bytes, 1), segment(bytes, 0), bytes.subarray(at(2))]),
    ],
    ['a segment is repeated', (bytes) => Buffer.concat([segment(bytes, 0), segment(bytes, 0), bytes.subarray(at(2))])],
    ['a segment is missing', (bytes) => Buffer.concat([segment(bytes, 0), bytes.subarray(at(2))])],
    ['it is cut off', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['it is cut off at a segment', (bytes) => bytes.subarray(0, at(3))],
    ['data is appended', (bytes) => Buffer.concat([bytes, Buffer.alloc(16)])],
  ];
  test.each(cases)('%s', async (_, change) => {
    const { path, key } = await written(whole);
    writeFileSync(path, change(readFileSync(path)));
    await expect(read(path, key, { size: whole.length })).rejects.toThrow(SegmentError);
  });

  test('it is cut off at a segment, and its size in the database is changed, too', async () => {
    const { path, key } = await written(whole);
    writeFileSync(path, readFileSync(path).subarray(0, at(3)));
    await expect(read(path, key, { size: 3 * SEGMENT_BYTES })).rejects.toThrow(SegmentError);
  });

  test('the key is that of another file', async () => {
    const [first, other] = [await written(whole), await written(whole)];
    await expect(read(first.path, other.key, { size: whole.length })).rejects.toThrow(SegmentError);
  });

  test('one segment is damaged: nothing of this segment is given, and all earlier data is correct', async () => {
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

describe('a file that grows', () => {
  const blocks = ['first,', 'second,', 'x'.repeat(FRAME_BYTES + 5), 'last'].map((text) => Buffer.from(text));
  const content = Buffer.concat(blocks);
  /** The content up to the end of its first `count` blocks. */
  const until = (count: number) => Buffer.concat(blocks.slice(0, count));

  async function grown(parts: readonly Buffer[] = blocks, name = `grows-${++files}`) {
    const path = join(directory, name);
    const key = newFileKey();
    await append(path, key, 0, parts);
    return { path, key };
  }

  async function append(path: string, key: Secret<Buffer>, keep: number, parts: readonly Buffer[]) {
    const writer = await FrameWriter.open(path, key, { keep });
    for (const part of parts) await writer.append(part);
    return writer.close();
  }

  async function readBack(path: string, key: Secret<Buffer>, bytes: number, tags?: string) {
    const parts: Buffer[] = [];
    for await (const block of readFrames(path, key, bytes, { tags })) parts.push(block);
    return Buffer.concat(parts);
  }

  test('can be read as it was written, completely or to the end of any of its writes', async () => {
    const { path, key } = await grown();
    expect(await contentSize(path)).toBe(content.length);
    for (const count of [0, 1, 2, 3, 4]) {
      expect((await readBack(path, key, until(count).length)).equals(until(count))).toBe(true);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path).includes('second')).toBe(false);
  });

  test('can be continued after any of its writes, whatever followed it', async () => {
    const { path, key } = await grown();
    appendFileSync(path, randomBytes(90));
    await append(path, key, until(2).length, [Buffer.from('another')]);
    const now = Buffer.concat([until(2), Buffer.from('another')]);
    expect(await contentSize(path)).toBe(now.length);
    expect((await readBack(path, key, now.length)).equals(now)).toBe(true);
  });

  test('is known again by its tags, and one that was written anew is not, even with the same key and bytes', async () => {
    const path = join(directory, `grows-${++files}`);
    const key = newFileKey();
    const tags = await append(path, key, 0, blocks);
    expect((await readBack(path, key, content.length, tags)).equals(content)).toBe(true);
    // Its beginning alone is not what has these tags.
    await expect(readBack(path, key, until(2).length, tags)).rejects.toThrow(SegmentError);

    expect(await append(path, key, 0, blocks)).not.toBe(tags);
    const read: Buffer[] = [];
    const reading = async () => {
      for await (const block of readFrames(path, key, content.length, { tags })) read.push(block);
    };
    await expect(reading()).rejects.toThrow(SegmentError);
    expect(Buffer.concat(read).length).toBeLessThan(content.length);
  });

  test('has no digest of its tags if it was continued, because its writer has not seen all of them', async () => {
    const { path, key } = await grown(blocks.slice(0, 2));
    expect(await append(path, key, until(2).length, [Buffer.from('more')])).toBeUndefined();
  });

  test('never uses a nonce twice, not even for the same bytes at the same position', async () => {
    const { path, key } = await grown([Buffer.from('member')]);
    const once = readFileSync(path);
    await append(path, key, 0, [Buffer.from('member')]);
    const again = readFileSync(path);
    const [nonce, sealed] = [(file: Buffer) => file.subarray(4, 16), (file: Buffer) => file.subarray(16)];
    expect(nonce(once).equals(nonce(again))).toBe(false);
    expect(sealed(once).equals(sealed(again))).toBe(false);
  });

  test('cannot be continued or read at a position where no write ended', async () => {
    const { path, key } = await grown();
    for (const bytes of [1, until(2).length + 1, content.length + 1]) {
      await expect(readBack(path, key, bytes)).rejects.toThrow(SegmentError);
      await expect(FrameWriter.open(path, key, { keep: bytes })).rejects.toThrow(SegmentError);
    }
  });

  const frame = (index: number) => 32 + blocks[index]!.length;
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['a bit of a length has changed', (bytes) => turn(bytes, 3)],
    ['a length is far too large', (bytes) => turn(bytes, 0)],
    ['a bit of a nonce has changed', (bytes) => turn(bytes, 5)],
    ['a bit of the content has changed', (bytes) => turn(bytes, 17)],
    ['a bit of a tag has changed', (bytes) => turn(bytes, frame(0) - 1)],
    [
      'two frames are exchanged',
      (bytes) =>
        Buffer.concat([
          bytes.subarray(frame(0), frame(0) + frame(1)),
          bytes.subarray(0, frame(0)),
          bytes.subarray(frame(0) + frame(1)),
        ]),
    ],
    ['a frame is missing', (bytes) => bytes.subarray(frame(0))],
    ['it is cut off', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['it is empty', () => Buffer.alloc(0)],
  ])('is not read if %s', async (_, change) => {
    const { path, key } = await grown();
    writeFileSync(path, change(readFileSync(path)));
    await expect(readBack(path, key, content.length)).rejects.toThrow(SegmentError);
  });

  test('is not read under another name or with another key', async () => {
    const { path, key } = await grown();
    await expect(readBack(path, newFileKey(), content.length)).rejects.toThrow(SegmentError);
    renameSync(path, `${path}-moved`);
    await expect(readBack(`${path}-moved`, key, content.length)).rejects.toThrow(SegmentError);
  });
});

function turn(bytes: Buffer, position: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(position) ^ 0x80, position);
  return bytes;
}
