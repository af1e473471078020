/**
 * A file with fingerprints: a sealed file (`../sealed-files/sealed-file.ts`) whose content is a header of HEADER_BYTES
 * bytes and then the fingerprints in order, eight bytes each. A block of a sealed file, too, has whole fingerprints.
 */
import { z } from 'zod';
import type { Secret } from '../../domain/values/secret.ts';
import { readSealed, writeSealed } from '../sealed-files/sealed-file.ts';

const VERSION = 1;
/** Of the header: JSON, and spaces behind it. */
const HEADER_BYTES = 256;
const FINGERPRINT_BYTES = 8;

const header = z.object({
  version: z.literal(VERSION),
  form: z.string(),
  count: z.number().int().nonnegative(),
  /** What the fingerprints were made of. */
  staged: z.string().optional(),
});
type Header = Omit<z.infer<typeof header>, 'version'>;

/** How many bytes the content of a file has. */
export const fileSize = (count: number): number => HEADER_BYTES + count * FINGERPRINT_BYTES;

/**
 * Writes a new file.
 * @throws {Error} when there are more fingerprints than `count`, or fewer; the errors of `fingerprints` and of the
 * file system
 */
export async function writeFingerprints(
  path: string,
  key: Secret<Buffer>,
  { form, count, staged }: Header,
  fingerprints: AsyncIterable<Uint8Array>,
): Promise<void> {
  const text = JSON.stringify({ version: VERSION, form, count, staged } satisfies z.input<typeof header>);
  const head = Buffer.alloc(HEADER_BYTES, ' ');
  if (head.write(text) < text.length) throw new Error('the header of the fingerprints is too long');
  const size = await writeSealed(path, key, both(head, fingerprints), (size) => {
    if (size > fileSize(count)) throw new Error('there are more fingerprints than were counted');
  });
  if (size !== fileSize(count)) throw new Error('there are fewer fingerprints than were counted');
}

async function* both(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  yield head;
  yield* rest;
}

/**
 * Reads the header of a file.
 * @param size of the content
 * @returns undefined when another version has written it
 * @throws {SegmentError} when it is not as it was written
 */
export async function readHeader(path: string, key: Secret<Buffer>, size: number): Promise<Header | undefined> {
  const parts: Uint8Array[] = [];
  for await (const part of readSealed(path, key, { size, end: HEADER_BYTES })) parts.push(part);
  const { data } = header.safeParse(JSON.parse(Buffer.concat(parts).toString()));
  if (!data || fileSize(data.count) !== size) return undefined;
  const { version: _, ...head } = data;
  return head;
}

/** The fingerprints of a file, in order. @throws {SegmentError} when they are not as they were written */
export const readFingerprints = (path: string, key: Secret<Buffer>, size: number): AsyncIterable<Uint8Array> =>
  readSealed(path, key, { size, start: HEADER_BYTES });
