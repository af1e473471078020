/** The bytes of an uploaded file, unpacked as they come. */
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import { maxFileBytes, type RowReader } from './row-reader.ts';

export const compressTypes = ['NONE', 'ZIP', 'GZIP'] as const;
export type CompressType = (typeof compressTypes)[number];

export interface Unpacker {
  write(bytes: Buffer): void;
  /** Waits until it can take more. Undefined when it can. */
  ready(): Promise<void> | undefined;
  /** Ends the file. A mistake in its compression becomes a fault of the reader. */
  end(): Promise<void> | undefined;
}

/** A packed file up to this size is unpacked in one step: nothing has to be waited for. */
const smallBytes = 1_048_576;
/** A ZIP file has its directory at the end, so it is kept whole. */
const longestZip = 268_435_456;

export function unpacker(type: CompressType, reader: RowReader): Unpacker {
  if (type === 'GZIP') return gunzip(reader);
  if (type === 'ZIP') return unzip(reader);
  return { write: (bytes) => reader.feed(bytes), ready: () => undefined, end: () => undefined };
}

const damaged = (reader: RowReader, type: string) => {
  reader.fault ??= `the ${type} data is damaged`;
};

function gunzip(reader: RowReader): Unpacker {
  let kept: Buffer[] = [];
  let size = 0;
  let stream: ReturnType<typeof createGunzip> | undefined;
  let done: Promise<void> | undefined;
  const start = () => {
    stream = createGunzip();
    stream.on('data', (block: Buffer) => {
      reader.feed(block);
      if (reader.bytes > maxFileBytes) stream?.destroy();
    });
    done = finished(stream).catch(() => {
      if (reader.bytes <= maxFileBytes) damaged(reader, 'GZIP');
    });
  };
  return {
    write(bytes) {
      size += bytes.length;
      if (!stream) {
        // The parser may use the block again.
        kept.push(Buffer.from(bytes));
        if (size <= smallBytes) return;
        start();
        for (const block of kept) stream!.write(block);
        kept = [];
      } else if (!stream.destroyed) stream.write(Buffer.from(bytes));
    },
    ready() {
      if (!stream?.writableNeedDrain || stream.destroyed) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.once('drain', resolve).once('close', resolve);
      return promise;
    },
    end() {
      if (stream) {
        if (!stream.destroyed) stream.end();
        return done;
      }
      try {
        reader.feed(gunzipSync(Buffer.concat(kept), { maxOutputLength: maxFileBytes + 1 }));
      } catch (error) {
        if (Object(error).code === 'ERR_BUFFER_TOO_LARGE') reader.bytes = maxFileBytes + 1;
        else damaged(reader, 'GZIP');
      }
      return undefined;
    },
  };
}

function unzip(reader: RowReader): Unpacker {
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
        reader.fault ??= 'the simulator takes no ZIP file above 256 MiB';
        return;
      }
      try {
        await readOnlyEntry(Buffer.concat(kept), reader);
      } catch {
        damaged(reader, 'ZIP');
      }
    },
  };
}

/** Rejects unless the archive has exactly one file. */
async function readOnlyEntry(archive: Buffer, reader: RowReader): Promise<void> {
  const { fromBufferPromise } = await import('yauzl');
  const zip = await fromBufferPromise(archive);
  const entries = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  const [entry] = entries;
  if (!entry || entries.length > 1) throw new Error('a ZIP file with one file is needed');
  const stream: Readable = await zip.openReadStreamPromise(entry);
  for await (const block of stream) {
    reader.feed(block as Buffer);
    if (reader.bytes > maxFileBytes) return;
  }
}
