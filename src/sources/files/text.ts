/** A location as UTF-8 text: decompressed, decoded, without byte order mark, its beginning at hand. */
import type { Readable } from 'node:stream';
import type { FileDelimiter } from '../../contracts/file-choices.ts';
import { readBytes } from './bytes.ts';
import { compressionOf, expand } from './compression.ts';
import { detectEncoding } from './detect-encoding.ts';
import {
  type Decoded,
  decode,
  encodingError,
  escapedEncoding,
  markedEncoding,
  UndecodableBytes,
} from './encoding.ts';
import { isZip } from './format.ts';
import type { Location } from './location.ts';
import { noWorkbook } from './workbook/faults.ts';
import type { WorkbookText } from './workbook/open.ts';

/** What is looked at before the first row is taken: enough to tell formats and delimiters apart, and for a preview. */
const HEAD_SIZE = 1 << 16;

export interface TextOptions {
  readonly encoding: string | undefined;
  /** Of a workbook. @default the first that is shown */
  readonly sheet?: string | undefined;
  /** Between the fields of a table. @default what the text tells */
  readonly delimiter?: FileDelimiter | undefined;
  /** Whether the first row of a table holds the names of its columns. @default what it looks like */
  readonly header?: 'yes' | 'no' | undefined;
  readonly stdin: Readable;
}

export interface TextStream extends Decoded {
  readonly location: Location;
  /** The first bytes, at least `HEAD_SIZE` of them unless the text is shorter. */
  readonly head: Uint8Array;
  /** Nothing follows the head. */
  readonly complete: boolean;
  /** The head ends where bytes begin that do not fit the encoding. */
  readonly isCutShort: boolean;
  /** It is a workbook's sheet, given as text with tabs. */
  readonly workbook: Pick<WorkbookText, 'isNumeric' | 'sheets'> | undefined;
  /** The whole text, the head included. Each block is valid until the next is asked for. */
  readonly blocks: AsyncGenerator<Uint8Array, void>;
  /** How much of the location has been read, between 0 and 1, where its size is known. */
  progress(): number | undefined;
  /** Ends the reading, wherever it stands. */
  close(): Promise<void>;
}

export async function openText(
  location: Location,
  options: TextOptions,
  signal: AbortSignal | undefined,
): Promise<TextStream> {
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();

  const bytes = readBytes(location, options.stdin, controller.signal);
  let blocks = bytes.blocks;
  const stages = [blocks];
  const take = (next: AsyncGenerator<Uint8Array, void>) => {
    stages.unshift(next);
    blocks = next;
  };
  let workbook: WorkbookText | undefined;
  const close = async () => {
    signal?.removeEventListener('abort', stop);
    controller.abort();
    // Each of them, the last first: a generator that was never begun would not end the one it reads from.
    for (const stage of stages) await stage.return();
    workbook?.close();
  };
  try {
    const raw = await peek(blocks, 4);
    take(raw.blocks);
    const compression = compressionOf(raw.head);
    if (compression) take(expand(blocks, compression, location.name));

    const plain = await peek(blocks, 4);
    take(plain.blocks);
    if (isZip(plain.head)) {
      workbook = await openZip(
        location,
        compression ? undefined : location,
        blocks,
        options.sheet,
        controller.signal,
      );
      take(workbook.blocks);
      const text = await peek(blocks, HEAD_SIZE);
      take(text.blocks);
      const { progress } = workbook;
      const { head, complete } = text;
      const decoded = { encoding: undefined, isDetected: false, isCutShort: false };
      return { location, head, complete, ...decoded, workbook, blocks, progress, close };
    }
    if (options.sheet !== undefined && plain.head.length > 0) throw noWorkbook(location.name, options.sheet);

    const named = markedEncoding(plain.head) ?? options.encoding;
    let encoding = named === 'utf-8' ? undefined : named;
    let isDetected = false;
    take(encoding === undefined ? withoutMark(blocks) : decode(blocks, encoding));
    take(withoutEndMark(blocks));

    const look = () =>
      peek(blocks, HEAD_SIZE).catch((error: unknown) => {
        if (!(error instanceof UndecodableBytes)) throw error;
        throw encodingError(location.name, 0, { encoding, isDetected });
      });
    let text = await look();
    take(text.blocks);
    const found =
      named === undefined
        ? (escapedEncoding(text.head) ?? (await detectEncoding(text.head, text.complete)))
        : undefined;
    if (found) {
      encoding = found;
      isDetected = true;
      take(decode(blocks, encoding));
      text = await look();
      take(text.blocks);
    }
    const progress = () => {
      const { read, size } = bytes.position();
      return size === undefined || size === 0 ? undefined : Math.min(1, read / size);
    };
    const { head, complete, isCutShort } = text;
    const decoded = { encoding, isDetected, isCutShort };
    return { location, head, complete, ...decoded, workbook, blocks, progress, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @param direct where any part of it can be read, if it is not compressed */
async function openZip(
  location: Location,
  direct: Location | undefined,
  blocks: AsyncGenerator<Uint8Array, void>,
  sheet: string | undefined,
  signal: AbortSignal,
): Promise<WorkbookText> {
  // What reads it is large: read only where it is needed.
  const { gather, openWorkbook } = await import('./workbook/open.ts');
  const { name } = location;
  if (direct?.kind === 'origin') return openWorkbook(direct, name, sheet, signal);
  if (direct?.kind === 'file' && direct.size !== undefined)
    return openWorkbook(direct.path, name, sheet, signal);
  return openWorkbook(await gather(blocks, name), name, sheet, signal);
}

/** Reads ahead until `size` bytes are there, and puts them in front again. */
async function peek(blocks: AsyncGenerator<Uint8Array, void>, size: number) {
  const parts: Uint8Array[] = [];
  let length = 0;
  let failure: { readonly error: unknown } | undefined;
  let complete = false;
  while (length < size && !complete && !failure) {
    try {
      const next = await blocks.next();
      if (next.done) complete = true;
      else {
        // A copy: the block's memory is used again.
        parts.push(Buffer.from(next.value));
        length += next.value.length;
      }
    } catch (error) {
      // What came before is still good: whoever reads on meets the failure in its place, and knows the row.
      failure = { error };
    }
  }
  const head = Buffer.concat(parts);
  if (failure && head.length === 0) throw failure.error;
  const replay = async function* () {
    if (head.length > 0) yield head;
    if (failure) throw failure.error;
    yield* blocks;
  };
  return { head, complete, isCutShort: failure?.error instanceof UndecodableBytes, blocks: replay() };
}

async function* withoutMark(blocks: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  let first = true;
  for await (const block of blocks) {
    const marked = first && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf;
    first = false;
    yield marked ? block.subarray(3) : block;
  }
}

/** Ctrl-Z: what DOS, and what came from it, writes behind the last character of a text. */
const END_MARK = 0x1a;

/** Leaves out the end marks behind the text. A block that ends with some is rare: all others pass as they are. */
async function* withoutEndMark(blocks: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  let held = 0;
  for await (const block of blocks) {
    let end = block.length;
    while (end > 0 && block[end - 1] === END_MARK) end--;
    if (end > 0) {
      // There was text behind them: they are characters like others.
      for (; held > 0; held -= MARKS.length) yield MARKS.subarray(0, held);
      held = 0;
      yield block.subarray(0, end);
    }
    held += block.length - end;
  }
}

const MARKS = Buffer.alloc(1 << 16, END_MARK);
