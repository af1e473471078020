/**
 * Opens a location as UTF-8 text: decompressed, decoded, without byte order mark, and with its beginning at
 * hand.
 */
import type { Readable } from 'node:stream';
import type { FileDelimiter } from '../../domain/files/file-names.ts';
import { readBytes } from './bytes.ts';
import { type Allowance, compressionOf, expand, within } from './compression.ts';
import { detectEncoding } from './detect-encoding.ts';
import {
  type Decoded,
  decode,
  encodingError,
  escapedEncoding,
  isWrongUtf16,
  markedEncoding,
  UndecodableBytesError,
} from './encoding.ts';
import { isZip } from './format.ts';
import { type Location, withPath } from './location.ts';
import { noWorkbook } from './workbook/faults.ts';
import type { WorkbookText } from './workbook/open.ts';

/** The size of the beginning: enough to recognise formats and delimiters, and for a preview. */
const HEAD_SIZE = 1 << 16;

export interface TextOptions {
  readonly encoding: string | undefined;
  /** The sheet of a workbook. @default the first visible one */
  readonly sheet?: string | undefined;
  /** Between the fields of a table. @default detected */
  readonly delimiter?: FileDelimiter | undefined;
  /** Whether the first row of a table holds the names of the columns. @default detected */
  readonly header?: 'yes' | 'no' | undefined;
  readonly stdin: Readable;
  /** How many bytes may still come out of compressed files. @default no limit */
  readonly allowance?: Allowance | undefined;
}

export interface TextStream extends Decoded {
  readonly location: Location;
  /** The beginning, with at least `HEAD_SIZE` bytes unless the text is shorter. */
  readonly head: Uint8Array;
  /** The text ends with the head. */
  readonly complete: boolean;
  /** The head ends before bytes that do not fit the encoding. */
  readonly isCutShort: boolean;
  /** Set for a workbook. Its sheet is given as text with tabs. */
  readonly workbook: Pick<WorkbookText, 'isNumeric' | 'sheets'> | undefined;
  /** The whole text, with the head. Each block is valid until the next one is requested. */
  readonly blocks: AsyncGenerator<Uint8Array, void>;
  /** How much of the location was read, between 0 and 1, when its size is known. */
  progress(): number | undefined;
  /** Stops reading. */
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
    // Closes all stages, the last one first: a generator that has not started does not close the one it reads
    // from.
    for (const stage of stages) await stage.return();
    workbook?.close();
  };
  try {
    const raw = await peek(blocks, 4);
    take(raw.blocks);
    const compression = compressionOf(raw.head);
    if (compression) take(within(options.allowance, expand(blocks, compression, location.name)));

    const plain = await peek(blocks, 4);
    take(plain.blocks);
    if (isZip(plain.head)) {
      workbook = await openZip(location, compression ? undefined : location, blocks, options.sheet, controller.signal);
      take(within(options.allowance, workbook.blocks));
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

    const peekText = () =>
      peek(blocks, HEAD_SIZE).catch((error: unknown) => {
        if (!(error instanceof UndecodableBytesError)) throw error;
        throw encodingError(location.name, 0, { encoding, isDetected });
      });
    let text = await peekText();
    take(text.blocks);
    // As UTF-16, other text would be strange characters, which no rule recognises as an identifier that must not be
    // shown.
    if (named === options.encoding && isWrongUtf16(encoding, text.head))
      throw encodingError(location.name, 0, { encoding, isDetected });
    const found =
      named === undefined
        ? (escapedEncoding(text.head) ?? (await detectEncoding(text.head, text.complete)))
        : undefined;
    if (found) {
      encoding = found;
      isDetected = true;
      take(decode(blocks, encoding));
      text = await peekText();
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

/** @param direct the location, when it is not compressed and parts of it can be read */
async function openZip(
  location: Location,
  direct: Location | undefined,
  blocks: AsyncGenerator<Uint8Array, void>,
  sheet: string | undefined,
  signal: AbortSignal,
): Promise<WorkbookText> {
  // The code for workbooks is large, so it is loaded only when it is needed.
  const { gather, openWorkbook } = await import('./workbook/open.ts');
  const { name } = location;
  if (direct?.kind === 'origin') return openWorkbook(direct, name, sheet, signal);
  if (direct?.kind === 'file' && direct.size !== undefined)
    return withPath(direct, (path) => openWorkbook(path, name, sheet, signal));
  return openWorkbook(await gather(blocks, name), name, sheet, signal);
}

/** Reads at least `size` bytes ahead, and puts them back at the beginning. */
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
        // A copy, because the memory of the block is used again.
        parts.push(Buffer.from(next.value));
        length += next.value.length;
      }
    } catch (error) {
      // The data before it is still good. The next reader gets this error at its place, and knows the row.
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
  return { head, complete, isCutShort: failure?.error instanceof UndecodableBytesError, blocks: replay() };
}

async function* withoutMark(blocks: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  let first = true;
  for await (const block of blocks) {
    const marked = first && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf;
    first = false;
    yield marked ? block.subarray(3) : block;
  }
}

/** Ctrl-Z, which DOS and its descendants write after the last character of a text. */
const END_MARK = 0x1a;

/** Removes end marks after the text. Few blocks end with one; all others pass unchanged. */
async function* withoutEndMark(blocks: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  let held = 0;
  for await (const block of blocks) {
    let end = block.length;
    while (end > 0 && block[end - 1] === END_MARK) end--;
    if (end > 0) {
      // Text follows, so the marks are normal characters.
      for (; held > 0; held -= MARKS.length) yield MARKS.subarray(0, held);
      held = 0;
      yield block.subarray(0, end);
    }
    held += block.length - end;
  }
}

const MARKS = Buffer.alloc(1 << 16, END_MARK);
