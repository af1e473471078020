/** Messages of PostgreSQL’s protocol, as a server writes them. */

export function message(kind: string, content: Uint8Array): Buffer {
  const header = Buffer.from(`${kind}0000`, 'latin1');
  header.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([header, content]);
}

export const authentication = (code: number, content: Uint8Array = Buffer.alloc(0)): Buffer =>
  message('R', Buffer.concat([int32(code), content]));

export const ready = (state = 'T'): Buffer => message('Z', Buffer.from(state));

export const complete = (command: string): Buffer => message('C', Buffer.from(`${command}\0`));

/** @param fields by their letter: C the code, M the message, P the position, … */
export const errorMessage = (fields: Readonly<Record<string, string>>): Buffer =>
  message(
    'E',
    Buffer.from(
      `${Object.entries(fields)
        .map(([letter, text]) => `${letter}${text}\0`)
        .join('')}\0`,
    ),
  );

/** Columns of type text. */
export const rowDescription = (...names: readonly string[]): Buffer =>
  message(
    'T',
    Buffer.concat([
      int16(names.length),
      ...names.map((name) =>
        Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
      ),
    ]),
  );

export const dataRow = (...values: readonly string[]): Buffer =>
  message(
    'D',
    Buffer.concat([
      int16(values.length),
      ...values.map((value) => Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)])),
    ]),
  );

export function int16(number: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(number);
  return bytes;
}

export function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}
