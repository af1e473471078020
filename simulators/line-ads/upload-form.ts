/** Reads the form of an upload as a stream. */
import { LineReader, maxFileBytes } from './line-reader.ts';
import { MultipartParser, malformed, type PartHeaders, type PartSink } from './multipart.ts';
import { invalid, RefusalError } from './refusal.ts';

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

const fieldLimit = 65_536;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the whole body. Faults in the file's lines are left to its reader.
 * @param contentType the whole header, with its boundary
 * @throws {RefusalError} when it is not a form; the rest of the body is then unread
 */
export async function readUploadForm(
  body: AsyncIterable<Buffer>,
  contentType: string,
  keepFile: boolean,
): Promise<UploadForm> {
  const match = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary)
    throw new RefusalError(400, 'INVALID_CONTENT_TYPE_HEADER', { detail: 'multipart/form-data needs a boundary' });
  const form: UploadForm = { fields: new Map(), file: null };
  const names = new Set<string>();
  const parser = new MultipartParser(boundary, (headers) => {
    const part = readHeaders(headers);
    if (names.has(part.name)) throw invalid('INVALID_VALUE', part.name, 'a part came twice');
    names.add(part.name);
    return part.name === 'file' ? fileSink(form, part, keepFile) : fieldSink(form, part.name);
  });
  for await (const block of body) parser.write(block);
  parser.end();
  return form;
}

interface Part {
  name: string;
  /** The name of the file. Absent for a plain field. */
  fileName: string | undefined;
  /** Without parameters, in lower case. Empty when the part has none. */
  contentType: string;
}

function readHeaders(headers: PartHeaders): Part {
  const disposition = headers.get('content-disposition') ?? '';
  if (!/^form-data\s*;/i.test(disposition)) throw malformed('a part has no Content-Disposition: form-data');
  const name = parameter(disposition, nameParameter);
  if (name === undefined) throw malformed('a part has no name');
  const contentType = (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  return { name, fileName: parameter(disposition, fileNameParameter), contentType };
}

// regex-bounded: the parser takes at most 80 kB of a part's headers
const nameParameter = /;\s*name=(?:"([^"]*)"|([^\s;"]+))/i;
// regex-bounded: the parser takes at most 80 kB of a part's headers
const fileNameParameter = /;\s*filename=(?:"([^"]*)"|([^\s;"]+))/i;

/**
 * The value of a parameter, quoted or not. In form-data, quotes and line ends are percent-encoded (RFC 7578
 * section 2).
 */
function parameter(header: string, form: RegExp): string | undefined {
  const match = form.exec(header);
  const value = match?.[1] ?? match?.[2];
  return value?.replace(/%(22|0D|0A)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function fileSink(form: UploadForm, { fileName, contentType }: Part, keepFile: boolean): PartSink {
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

function fieldSink(form: UploadForm, name: string): PartSink {
  let value = Buffer.alloc(0);
  return {
    write(bytes) {
      if (value.length + bytes.length > fieldLimit) throw invalid('INVALID_VALUE', name, 'the value is too long');
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
