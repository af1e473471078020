/** Reads the form of an upload as a stream. */
import { boundaryOf, type Part, readForm } from '../shared/form-data.ts';
import { MalformedFormError, type PartSink } from '../shared/multipart.ts';
import type { RowReader } from './file/row-reader.ts';
import { type CompressType, type Unpacker, unpacker } from './file/unpack.ts';
import { RefusalError } from './refusal.ts';
import type { Settings } from './settings.ts';

export interface UploadedFile {
  readonly name: string;
  /** As it came, before it was unpacked. */
  sentBytes: number;
  /** The bytes themselves, if they are kept. */
  bytes: Buffer | null;
}

/**
 * Reads the whole body, which must have exactly one part: the file. Faults in its rows are left to the reader.
 * @param contentType the whole header, with its boundary
 * @throws {RefusalError} when it is not such a form; the rest of the body is then unread
 */
export async function readUploadForm(
  body: AsyncIterable<Buffer>,
  contentType: string,
  compressType: CompressType,
  reader: RowReader,
  { keepFiles, mostBytes, fileSize }: Pick<Settings, 'keepFiles' | 'mostBytes' | 'fileSize'>,
): Promise<UploadedFile> {
  const boundary = boundaryOf(contentType);
  if (!boundary) throw new RefusalError('0005', { status: 400, detail: 'multipart/form-data needs a boundary' });
  let file: UploadedFile | undefined;
  let unpacking: Unpacker | undefined;
  const kept: Buffer[] = [];
  const begin = ({ name, fileName }: Part): PartSink => {
    if (name !== 'file' || file)
      throw new RefusalError('V0001', { key: name, detail: 'the form must have one part, the file' });
    if (!fileName) throw new RefusalError('R0001', { key: 'file', detail: 'the part file must have a file name' });
    const begun: UploadedFile = { name: fileName, sentBytes: 0, bytes: null };
    const unpack = unpacker(compressType, reader, fileSize === 'packed' ? Number.POSITIVE_INFINITY : mostBytes);
    file = begun;
    unpacking = unpack;
    return {
      write(bytes) {
        begun.sentBytes += bytes.length;
        // What comes above the limit is only counted.
        if (begun.sentBytes > mostBytes) return;
        unpack.write(bytes);
        if (keepFiles) kept.push(Buffer.from(bytes));
      },
      end() {},
    };
  };
  try {
    await readForm(body, boundary, begin, () => unpacking?.ready());
  } catch (error) {
    if (!(error instanceof MalformedFormError)) throw error;
    throw new RefusalError('0004', { status: 400, detail: error.message });
  }
  if (!file) throw new RefusalError('R0001', { key: 'file', detail: 'the part file is missing' });
  const ending = unpacking?.end();
  if (ending) await ending;
  if (keepFiles) file.bytes = Buffer.concat(kept);
  return file;
}
