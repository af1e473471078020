/** The form of an upload, read from the request as it streams in. */
import type { IncomingMessage } from 'node:http';
import { LineReader, maxFileBytes } from './line-reader.ts';
import { MultipartError, MultipartReader, type PartHeaders, type PartSink } from './multipart.ts';
import { invalid, Refusal } from './refusal.ts';

export interface UploadForm {
  fields: Map<string, string>;
  file: UploadedFile | null;
}

export interface UploadedFile {
  name: string;
  contentType: string;
  reader: LineReader;
  /** The bytes themselves, when they are kept. */
  bytes: Buffer | null;
}

const fieldLimit = 65_536;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the whole body. What is wrong with the file's lines is left to its reader.
 *
 * @param contentType the whole header, with its boundary
 * @throws {Refusal} when it is not a form; the rest of the body is then still unread
 */
export async function readUploadForm(
  request: IncomingMessage,
  contentType: string,
  keepFile: boolean,
): Promise<UploadForm> {
  const match = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary)
    throw new Refusal(400, 'INVALID_CONTENT_TYPE_HEADER', { detail: 'multipart/form-data needs a boundary' });
  const form: UploadForm = { fields: new Map(), file: null };
  const parser = new MultipartReader(boundary, (part) => sinkOf(form, part, keepFile));
  try {
    // Leaving the loop early must not take the connection down: the refusal still has to be sent.
    for await (const block of request.iterator({ destroyOnReturn: false })) parser.feed(block);
    parser.end();
  } catch (error) {
    if (error instanceof MultipartError) throw new Refusal(400, 'INVALID_FORMAT', { detail: error.message });
    throw error;
  }
  return form;
}

function sinkOf(form: UploadForm, part: PartHeaders, keepFile: boolean): PartSink {
  if (form.fields.has(part.name) || (part.name === 'file' && form.file))
    throw invalid('INVALID_VALUE', part.name, 'a part came twice');
  return part.name === 'file' ? fileSink(form, part, keepFile) : fieldSink(form, part.name);
}

function fileSink(form: UploadForm, part: PartHeaders, keepFile: boolean): PartSink {
  if (!part.fileName) throw invalid('INVALID_FORMAT', 'file', 'the file part must have a filename');
  const reader = new LineReader();
  const file: UploadedFile = { name: part.fileName, contentType: part.contentType, reader, bytes: null };
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

function fieldSink(form: UploadForm, name: string): PartSink {
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
