/** Reads a body of the type multipart/form-data as a stream (RFC 7578). */
import { MalformedFormError, MultipartParser, type PartHeaders, type PartSink } from './multipart.ts';

/** A part of a form, before its content. */
export interface Part {
  readonly name: string;
  /** The name of the file. Absent for a plain field. */
  readonly fileName: string | undefined;
  /** Without parameters, in lower case. Empty when the part has none. */
  readonly contentType: string;
}

/** @param contentType the whole header */
export function boundaryOf(contentType: string): string | undefined {
  const match = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/**
 * Reads the whole body, or up to an error; then the rest is unread.
 * @param begin called with each part, for where its content goes
 * @param ready waited for after each block, so that a slow sink slows the sender
 * @throws {MalformedFormError} also what the sinks throw
 */
export async function readForm(
  body: AsyncIterable<Buffer>,
  boundary: string,
  begin: (part: Part) => PartSink,
  ready?: () => Promise<void> | undefined,
): Promise<void> {
  const parser = new MultipartParser(boundary, (headers) => begin(partOf(headers)));
  for await (const block of body) {
    parser.write(block);
    const waiting = ready?.();
    if (waiting) await waiting;
  }
  parser.end();
}

function partOf(headers: PartHeaders): Part {
  const disposition = headers.get('content-disposition') ?? '';
  if (!/^form-data\s*;/i.test(disposition))
    throw new MalformedFormError('a part has no Content-Disposition: form-data');
  const name = parameter(disposition, nameParameter);
  if (name === undefined) throw new MalformedFormError('a part has no name');
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
