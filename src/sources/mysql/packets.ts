/** Parses packets of MySQL's protocol: the description of a column, and a row of texts. */
import { SessionError } from './session-error.ts';

/** Three bytes of length, and the number of the packet. */
export const HEADER = 4;
/** The first byte of a packet that ends something. */
export const END = 0xfe;
export const ERROR = 0xff;
/** A packet of the end is shorter than a row that begins with this byte. */
export const LONGEST_END = 9;

/** The description of a column by the server. */
export interface ColumnDescription {
  readonly name: string;
  /** The number of its type in the protocol. */
  readonly type: number;
  /** 63 for bytes that are no text. */
  readonly characterSet: number;
  readonly decimals: number;
  readonly flags: number;
  /** The type of MariaDB that the protocol's own types do not have, e.g. `uuid`. */
  readonly extendedType?: string;
  /** `json` for a text of MariaDB that is JSON. */
  readonly extendedFormat?: string;
}

/** Before the name: the catalogue, the database, and the two names of the table. */
const NAMES_BEFORE = 4;
/** The number of bytes after the names, with the one that says so. */
const FIXED_LENGTH = 13;
/** Kinds of MariaDB's extended description. */
const EXTENDED_TYPE = 0;
const EXTENDED_FORMAT = 1;

/** @param content of the packet, without its header @throws {SessionError} */
export function parseColumn(content: Buffer): ColumnDescription {
  const reader = new ContentReader(content);
  for (let skipped = 0; skipped < NAMES_BEFORE; skipped++) reader.bytes();
  const name = reader.text();
  reader.bytes();
  // Servers send the extended description only if both sides have it.
  const extended = reader.left === FIXED_LENGTH ? undefined : new ContentReader(reader.bytes());
  const fixed = reader.take(FIXED_LENGTH);
  let extendedType: string | undefined;
  let extendedFormat: string | undefined;
  while (extended && extended.left > 0) {
    const [kind] = extended.take(1);
    const text = extended.text();
    if (kind === EXTENDED_TYPE) extendedType = text;
    if (kind === EXTENDED_FORMAT) extendedFormat = text;
  }
  return {
    name,
    characterSet: fixed.readUInt16LE(1),
    type: fixed[7]!,
    flags: fixed.readUInt16LE(8),
    decimals: fixed[10]!,
    ...(extendedType !== undefined && { extendedType }),
    ...(extendedFormat !== undefined && { extendedFormat }),
  };
}

/** @param content of the packet, without its header @throws {SessionError} */
export function parseRow(content: Buffer, columns: number): (string | null)[] {
  const reader = new ContentReader(content);
  const row = Array.from({ length: columns }, () => reader.textOrNull());
  if (reader.left > 0) throw new SessionError('protocol');
  return row;
}

/** In place of the length of a value. */
export const NULL = 0xfb;
/** How many bytes a length has, by the byte before it. */
const LENGTHS: Readonly<Record<number, number>> = { 252: 2, 253: 3 };

class ContentReader {
  readonly #content: Buffer;
  #at = 0;

  constructor(content: Buffer) {
    this.#content = content;
  }

  get left(): number {
    return this.#content.length - this.#at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new SessionError('protocol');
    this.#at += length;
    return this.#content.subarray(this.#at - length, this.#at);
  }

  /** With their length before them. */
  bytes(): Buffer {
    const first = this.take(1)[0]!;
    if (first < NULL) return this.take(first);
    const length = LENGTHS[first];
    if (length === undefined) throw new SessionError('protocol');
    return this.take(this.take(length).readUIntLE(0, length));
  }

  text(): string {
    return this.bytes().toString();
  }

  textOrNull(): string | null {
    if (this.#content[this.#at] !== NULL) return this.text();
    this.#at += 1;
    return null;
  }
}
