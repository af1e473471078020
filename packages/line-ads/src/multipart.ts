import { randomUUID } from 'node:crypto';
import type { FormField } from './request.ts';

/** A multipart body: `head`, the file's bytes if there is a file, `tail`. */
export interface MultipartFrame {
  /** The `Content-Type` header, with the boundary. */
  contentType: string;
  head: Buffer;
  tail: Buffer;
}

/**
 * The bytes around the file (RFC 7578): every field in its order, then the file as the last part, so that the server
 * knows what it is for before it comes. Names are UTF-8, escaped as browsers do it.
 * Framed by hand because a known length needs the exact bytes around the file, and FormData hides them.
 */
export function frameMultipart(
  fields: readonly FormField[],
  file?: { field: string; name: string; contentType: string },
  boundary: string = randomUUID(),
): MultipartFrame {
  const parts = fields.map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"\r\n\r\n${value}\r\n`,
  );
  if (file !== undefined) {
    parts.push(
      `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(file.field)}"; ` +
        `filename="${escapeName(file.name)}"\r\nContent-Type: ${file.contentType}\r\n\r\n`,
    );
  }
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    head: Buffer.from(parts.join('')),
    // The line break ends the file; each field has brought its own.
    tail: Buffer.from(`${file === undefined ? '' : '\r\n'}--${boundary}--\r\n`),
  };
}

/** HTML standard, "multipart form data": only these three would end the quoted string or the line. */
function escapeName(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
