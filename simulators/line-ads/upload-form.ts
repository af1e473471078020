/** Reads the form of an upload as a stream. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { LineReader, maxFileBytes } from './line-reader.ts';
import { invalid, Refusal } from './refusal.ts';

export interface UploadForm {
  fields: Map<string, string>;
  file: UploadedFile | null;
}

export interface UploadedFile {
  name: string;
  contentType: string;
  reader: LineReader;
  /** The bytes themselves, if they are kept. */
  bytes: Buffer | null;
}

/** Where the bytes of a part go. */
interface Sink {
  write(bytes: Buffer): void;
  end(): void;
}

const fieldLimit = 65_536;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const malformed = (detail: string) => new Refusal(400, 'INVALID_FORMAT', { detail });

/**
 * Reads the whole body. Faults in the file's lines are left to its reader.
 * @param contentType the whole header, with its boundary
 * @throws {Refusal} when it is not a form; the rest of the body is then unread
 */
export async function readUploadForm(
  body: Readable,
  contentType: string,
  keepFile: boolean,
): Promise<UploadForm> {
  const match = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary)
    throw new Refusal(400, 'INVALID_CONTENT_TYPE_HEADER', { detail: 'multipart/form-data needs a boundary' });
  const form: UploadForm = { fields: new Map(), file: null };
  const names = new Set<string>();
  const parser = new Dicer({ boundary });
  const failures: unknown[] = [];
  // An error thrown by a listener would end the process.
  const guarded =
    <Given>(step: (given: Given) => void) =>
    (given: Given) => {
      try {
        if (failures.length === 0) step(given);
      } catch (error) {
        failures.push(error);
      }
    };
  parser.on('part', (part) => {
    let sink: Sink | undefined;
    part.on(
      'header',
      guarded((headers: object) => {
        const read = readHeaders(headers);
        if (names.has(read.name)) throw invalid('INVALID_VALUE', read.name, 'a part came twice');
        names.add(read.name);
        sink = read.name === 'file' ? fileSink(form, read, keepFile) : fieldSink(form, read.name);
      }),
    );
    part.on(
      'data',
      guarded((bytes: Buffer) => sink?.write(bytes)),
    );
    part.on(
      'end',
      guarded(() => sink?.end()),
    );
    part.on('error', () => {}); // The parser tells the same of itself.
  });
  parser.on('error', () => failures.push(malformed('the body ends before its closing boundary')));
  const finished = once(parser, 'finish').catch(() => {});
  // Leaving the loop early must not close the connection, because the refusal must still be sent.
  for await (const block of body.iterator({ destroyOnReturn: false })) {
    if (!parser.write(block)) await once(parser, 'drain');
    if (failures.length > 0) throw failures[0];
  }
  parser.end();
  await finished;
  if (failures.length > 0) throw failures[0];
  return form;
}

interface PartHeaders {
  name: string;
  /** The name of the file. Absent for a plain field. */
  fileName: string | undefined;
  /** Without parameters, in lower case. Empty when the part has none. */
  contentType: string;
}

/** @param headers by name, each with its values; each character of a value is one byte */
function readHeaders(headers: object): PartHeaders {
  const lists = new Map<string, string[]>(Object.entries(headers));
  const header = (name: string) => Buffer.from(lists.get(name)?.[0] ?? '', 'latin1').toString('utf8');
  const disposition = header('content-disposition');
  if (!/^form-data\s*;/i.test(disposition)) throw malformed('a part has no Content-Disposition: form-data');
  const name = parameter(disposition, 'name');
  if (name === undefined) throw malformed('a part has no name');
  const contentType = header('content-type').split(';', 1)[0]!.trim().toLowerCase();
  return { name, fileName: parameter(disposition, 'filename'), contentType };
}

/**
 * The value of a parameter, quoted or not. In form-data, quotes and line ends are percent-encoded (RFC 7578
 * section 2).
 */
function parameter(header: string, name: string): string | undefined {
  // regex-bounded: the parser keeps at most 80 kB of a part's headers
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^\\s;"]+))`, 'i').exec(header);
  const value = match?.[1] ?? match?.[2];
  return value?.replace(/%(22|0D|0A)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function fileSink(form: UploadForm, { fileName, contentType }: PartHeaders, keepFile: boolean): Sink {
  if (!fileName) throw invalid('INVALID_FORMAT', 'file', 'the file part must have a filename');
  const reader = new LineReader();
  const file: UploadedFile = { name: fileName, contentType, reader, bytes: null };
  form.file = file;
  const kept: Buffer[] = [];
  return {
    write(bytes) {
      reader.feed(bytes);
      if (keepFile && reader.bytes <= maxFileBytes) kept.push(Buffer.from(bytes));
    },
    end() {
      if (keepFile) file.bytes = Buffer.concat(kept);
    },
  };
}

function fieldSink(form: UploadForm, name: string): Sink {
  let value = Buffer.alloc(0);
  return {
    write(bytes) {
      if (value.length + bytes.length > fieldLimit)
        throw invalid('INVALID_VALUE', name, 'the value is too long');
      value = Buffer.concat([value, bytes]);
    },
    end() {
      try {
        form.fields.set(name, utf8.decode(value));
      } catch {
        throw invalid('DECODING_FAILED', name, 'the value is not UTF-8');
      }
    },
  };
}
