/** Reads the form of an upload as a stream. */
import { boundaryOf, type Part, readForm } from '../shared/form-data.ts';
import { MalformedFormError, type PartSink } from '../shared/multipart.ts';
import { IdReader } from './id-reader.ts';
import { RefusalError, wrongField } from './refusal.ts';
import type { Settings } from './settings.ts';

export interface UploadedFile {
  /** Without parameters, in lower case. Empty when the part has none. */
  readonly contentType: string;
  readonly reader: IdReader;
  /** The bytes themselves, if they are kept. */
  bytes: Buffer | null;
}

export interface UploadForm {
  readonly fields: Map<string, string>;
  file: UploadedFile | null;
}

const fieldLimit = 65_536;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the whole body. Faults in the file's lines are left to its reader.
 * @param contentType the whole header, with its boundary
 * @param onField called with the value of each field when it has arrived
 * @throws {RefusalError} when it is not a form; the rest of the body is then unread
 */
export async function readUploadForm(
  body: AsyncIterable<Buffer>,
  contentType: string,
  settings: Settings,
  onField?: (name: string, value: string) => void,
): Promise<UploadForm> {
  const boundary = boundaryOf(contentType);
  if (!boundary) throw new RefusalError({ message: 'Bad Request', detail: 'multipart/form-data needs a boundary' });
  const form: UploadForm = { fields: new Map(), file: null };
  const begin = (part: Part): PartSink => {
    if (form.fields.has(part.name) || (part.name === 'file' && form.file))
      throw wrongField(part.name, 'Must not come twice');
    if (part.name !== 'file') return fieldSink(form, part.name, onField);
    if (!part.fileName) throw wrongField('file', 'Must have a file name');
    return fileSink(form, part.contentType, settings);
  };
  try {
    await readForm(body, boundary, begin);
  } catch (error) {
    if (!(error instanceof MalformedFormError)) throw error;
    throw new RefusalError({ message: 'Bad Request', detail: error.message });
  }
  return form;
}

function fileSink(form: UploadForm, contentType: string, settings: Settings): PartSink {
  const reader = new IdReader(settings);
  const file: UploadedFile = { contentType, reader, bytes: null };
  form.file = file;
  const kept: Buffer[] = [];
  return {
    write(bytes) {
      reader.feed(bytes);
      if (settings.keepFiles && !reader.isOver()) kept.push(Buffer.from(bytes));
    },
    end() {
      reader.end();
      if (settings.keepFiles) file.bytes = Buffer.concat(kept);
    },
  };
}

function fieldSink(form: UploadForm, name: string, onField?: (name: string, value: string) => void): PartSink {
  let value = Buffer.alloc(0);
  form.fields.set(name, '');
  return {
    write(bytes) {
      if (value.length + bytes.length > fieldLimit) throw wrongField(name, 'Is too long');
      value = Buffer.concat([value, bytes]);
    },
    end() {
      try {
        form.fields.set(name, utf8.decode(value));
      } catch {
        throw wrongField(name, 'Must be UTF-8');
      }
      onField?.(name, form.fields.get(name)!);
    },
  };
}
