/**
 * A folder as a tar file that is the same, byte by byte, wherever and whenever it is made: names in order, one time,
 * one owner, and of the permissions only whether a file is a program.
 */
import { createWriteStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const BLOCK = 512;

export interface TarOptions {
  /** Of every file, in seconds since 1970. */
  readonly time: number;
  /** Of gzip, 1 to 9. */
  readonly level: number;
}

/** Its entries begin with the name of the folder. @param file ends with `.tar.gz` */
export async function packFolder(folder: string, file: string, options: TarOptions): Promise<void> {
  await pipeline(
    Readable.from(entries(folder, options.time)),
    createGzip({ level: options.level }),
    createWriteStream(file),
  );
}

function* entries(folder: string, time: number): Generator<Buffer> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(basename(folder), path));
  for (const path of [basename(folder), ...paths].sort()) {
    const place = join(dirname(folder), path);
    const entry = statSync(place);
    if (entry.isDirectory()) {
      yield header(`${path}/`, { type: '5', mode: 0o755, size: 0, time });
      continue;
    }
    const content = readFileSync(place);
    yield header(path, { type: '0', mode: entry.mode & 0o100 ? 0o755 : 0o644, size: content.length, time });
    yield content;
    yield Buffer.alloc(-content.length & (BLOCK - 1));
  }
  yield Buffer.alloc(2 * BLOCK);
}

interface Entry {
  readonly type: '0' | '5';
  readonly mode: number;
  readonly size: number;
  readonly time: number;
}

/** POSIX calls this format ustar; every tar reads it. */
function header(path: string, { type, mode, size, time }: Entry): Buffer {
  const [prefix, name] = split(path);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, '0');
  const sum = (): number => block.reduce((total, byte) => total + byte, 0);
  block.write(name, 0);
  block.write(octal(mode, 8), 100);
  // The owner and the group.
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(time, 12), 136);
  // The checksum counts itself as blanks.
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write('ustar\u000000', 257);
  block.write('root', 265);
  block.write('root', 297);
  block.write(prefix, 345);
  block.write(`${octal(sum(), 7)}\0 `, 148);
  return block;
}

/** A name has room for 100 bytes, and the folders before it for 155 more. */
function split(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  const at = [...path.matchAll(/\//g)]
    .map(({ index }) => index)
    .find((place) => Buffer.byteLength(path.slice(place + 1)) <= 100 && place < path.length - 1);
  if (at === undefined || Buffer.byteLength(path.slice(0, at)) > 155)
    throw new Error(`Too long for a tar file: ${path}`);
  return [path.slice(0, at), path.slice(at + 1)];
}
