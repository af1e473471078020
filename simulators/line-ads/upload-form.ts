/** Reads the form of an upload as a stream. */
import { boundaryOf, type Part, readForm } from '../shared/form-data.ts';
import { MalformedFormError, type PartSink } from '../shared/multipart.ts';
import { LineReader, maxFileBytes } from './line-reader.ts';
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
  const boundary = boundaryOf(contentType);
  if (!boundary)
    throw new RefusalError(400, 'INVALID_CONTENT_TYPE_HEADER', { detail: 'multipart/form-data needs a boundary' });
  const form: UploadForm = { fields: new Map(), file: null };
  const names = new Set<string>();
  const begin = (part: Part): PartSink => {
    if (names.has(part.name)) throw invalid('INVALID_VALUE', part.name, 'a part came twice');
    names.add(part.name);
    return part.name === 'file' ? fileSink(form, part, keepFile) : fieldSink(form, part.name);
  };
  try {
    await readForm(body, boundary, begin);
  } catch (error) {
    if (!(error instanceof MalformedFormError)) throw error;
    throw new RefusalError(400, 'INVALID_FORMAT', { detail: error.message });
  }
  return form;
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
