/**
 * A server on a port of 127.0.0.1 that speaks MySQL’s protocol in the way that a test needs, and the packets for it.
 */
import { type Answer, startHostileServer } from './hostile-server.ts';

export interface Behaviour {
  /** The first packet of the server. @default a greeting */
  readonly greeting?: Answer;
  /** The answer to the sign-in. @default signs the client in */
  readonly signIn?: Answer;
  /** The answer to later packets before the client is signed in. */
  readonly password?: (content: Buffer) => Answer;
  /** The answer to a statement, or to a statement to describe. undefined: the answer for a statement without rows. */
  readonly statement?: (sql: string, describe: boolean) => Answer | undefined;
}

export function packet(number: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const header = Buffer.alloc(4);
  header.writeUIntLE(content.length, 0, 3);
  header[3] = number;
  return Buffer.concat([header, content]);
}

/** A text with its length before it, as in a row. */
export function lengthCoded(value: string | Uint8Array | null): Buffer {
  if (value === null) return Buffer.from([0xfb]);
  const bytes = Buffer.from(value);
  if (bytes.length < 0xfb) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  if (bytes.length <= 0xff_ff)
    return Buffer.concat([Buffer.from([0xfc, bytes.length & 255, bytes.length >> 8]), bytes]);
  const length = Buffer.alloc(4);
  length[0] = 0xfd;
  length.writeUIntLE(bytes.length, 1, 3);
  return Buffer.concat([length, bytes]);
}

/** With TLS not offered, and the plugin of most passwords. */
export const greeting = (plugin = 'mysql_native_password', offersTls = false): Buffer =>
  packet(
    0,
    Buffer.from('\x0a8.0.99-hostile\0', 'latin1'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('12345678\0'),
    Buffer.from([0xff, offersTls ? 0xff : 0xf7, 45, 2, 0, 0xff, 0x81, 21]),
    Buffer.alloc(10),
    Buffer.from('123456789012\0'),
    Buffer.from(`${plugin}\0`),
  );

export const ok = (number = 1): Buffer => packet(number, Buffer.from([0, 0, 0, 2, 0, 0, 0]));
export const eof = (number: number): Buffer => packet(number, Buffer.from([0xfe, 0, 0, 2, 0]));

export function errorPacket(number: number, code: number, text: string): Buffer {
  return packet(number, Buffer.from([0xff, code & 255, code >> 8]), Buffer.from(`#HY000${text}`));
}

export const columnPacket = (number: number, name: string, type = 0xfd): Buffer =>
  packet(
    number,
    ...['def', '', '', '', name, name].map(lengthCoded),
    Buffer.from([0x0c, 45, 0, 0xff, 0, 0, 0, type, 0, 0, 0, 0, 0]),
  );

/** A result of one text column. */
export function result(name: string, values: readonly (string | null)[]): Buffer {
  return Buffer.concat([
    packet(1, Buffer.from([1])),
    columnPacket(2, name),
    eof(3),
    ...values.map((value, index) => packet(4 + index, lengthCoded(value))),
    eof(4 + values.length),
  ]);
}

/** The description of a statement with one text column. */
export const described = (name: string): Buffer =>
  Buffer.concat([packet(1, Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])), columnPacket(2, name), eof(3)]);

const QUERY = 3;
const PREPARE = 0x16;

/** @returns its URL */
export async function startHostileMysql(behaviour: Behaviour): Promise<string> {
  const port = await startHostileServer((socket, answer) => {
    let signedIn = false;
    let buffer = Buffer.alloc(0);
    let packets = 0;
    socket.on('data', (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      while (buffer.length >= 4 && buffer.length >= 4 + buffer.readUIntLE(0, 3)) {
        const content = buffer.subarray(4, 4 + buffer.readUIntLE(0, 3));
        buffer = buffer.subarray(4 + content.length);
        packets += 1;
        if (signedIn || content[0] === QUERY) {
          signedIn = true;
          if (content[0] === QUERY || content[0] === PREPARE) {
            const describe = content[0] === PREPARE;
            answer(behaviour.statement?.(content.subarray(1).toString(), describe) ?? ok());
          }
        } else if (packets === 1) answer(behaviour.signIn ?? ok(2));
        else answer(behaviour.password?.(content) ?? ok(4));
      }
    });
    answer(behaviour.greeting ?? greeting());
  });
  return `mysql://reader:hunter2@127.0.0.1:${port}/shop`;
}
