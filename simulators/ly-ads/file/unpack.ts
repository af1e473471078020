/** The bytes of an uploaded file, unpacked as they come. */
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import type { RowReader } from './row-reader.ts';

export const compressTypes = ['NONE', 'ZIP', 'GZIP'] as const;
export type CompressType = (typeof compressTypes)[number];

export interface Unpacker {
  write(bytes: Buffer): void;
  /** Waits until it can take more. Undefined when it can. */
  ready(): Promise<void> | undefined;
  /** Ends the file. A mistake in its compression becomes a fault of the reader. */
  end(): Promise<void> | undefined;
}

/** A packed file up to this size is unpacked in one step, without any wait, unless it is very large then. */
const smallBytes = 1_048_576;
const smallUnpacked = 67_108_864;
/** A ZIP file has its directory at the end, so it is kept whole. */
const longestZip = 268_435_456;

/** @param mostBytes how many bytes the reader takes; the rest of a longer file is left out */
export function unpacker(type: CompressType, reader: RowReader, mostBytes: number): Unpacker {
  if (type === 'GZIP') return gunzip(reader, mostBytes);
  if (type === 'ZIP') return unzip(reader, mostBytes);
  return { write: (bytes) => reader.feed(bytes), ready: () => undefined, end: () => undefined };
}

const damaged = (reader: RowReader, type: string) => {
  reader.fault ??= { code: 'wrong_content', text: `the ${type} data is damaged` };
};

function gunzip(reader: RowReader, mostBytes: number): Unpacker {
  let kept: Buffer[] = [];
  let size = 0;
  let stream: ReturnType<typeof createGunzip> | undefined;
  let done: Promise<void> | undefined;
  const start = () => {
    const started = createGunzip();
    started.on('data', (block: Buffer) => {
      reader.feed(block);
      if (reader.bytes > mostBytes) started.destroy();
    });
    done = finished(started).catch(() => {
      if (reader.bytes <= mostBytes) damaged(reader, 'GZIP');
    });
    for (const block of kept) started.write(block);
    kept = [];
    stream = started;
  };
  return {
    write(bytes) {
      size += bytes.length;
      // The parser may use the block again.
      const block = Buffer.from(bytes);
      if (stream) {
        if (!stream.destroyed) stream.write(block);
        return;
      }
      kept.push(block);
      if (size > smallBytes) start();
    },
    ready() {
      if (!stream?.writableNeedDrain || stream.destroyed) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.once('drain', resolve).once('close', resolve);
      return promise;
    },
    end() {
      if (!stream) {
        try {
          reader.feed(gunzipSync(Buffer.concat(kept), { maxOutputLength: smallUnpacked }));
          return undefined;
        } catch (error) {
          if (Object(error).code !== 'ERR_BUFFER_TOO_LARGE') {
            damaged(reader, 'GZIP');
            return undefined;
          }
          start();
        }
      }
      if (!stream?.destroyed) stream?.end();
      return done;
    },
  };
}

function unzip(reader: RowReader, mostBytes: number): Unpacker {
  const kept: Buffer[] = [];
  let size = 0;
  return {
    write(bytes) {
      size += bytes.length;
      if (size <= longestZip) kept.push(Buffer.from(bytes));
    },
    ready: () => undefined,
    async end() {
      if (size > longestZip) {
        reader.fault ??= { code: 'wrong_content', text: 'the simulator takes no ZIP file above 256 MiB' };
        return;
      }
      try {
        await readOnlyEntry(Buffer.concat(kept), reader, mostBytes);
      } catch {
        damaged(reader, 'ZIP');
      }
    },
  };
}

/** Rejects unless the archive has exactly one file. */
async function readOnlyEntry(archive: Buffer, reader: RowReader, mostBytes: number): Promise<void> {
  const { fromBufferPromise } = await import('yauzl');
  const zip = await fromBufferPromise(archive);
  const entries = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  const [entry] = entries;
  if (!entry || entries.length > 1) throw new Error('a ZIP file with one file is needed');
  const stream: Readable = await zip.openReadStreamPromise(entry);
  for await (const block of stream) {
    reader.feed(block as Buffer);
    if (reader.bytes > mostBytes) return;
  }
}
