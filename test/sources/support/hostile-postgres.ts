/** A server on a port of 127.0.0.1 that speaks PostgreSQL’s protocol in the way that a test needs. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { authentication, complete, int32, message, ready } from './postgres-messages.ts';

/** Bytes to send, or an action on the connection. */
export type Answer = Uint8Array | ((socket: Socket) => void);

export interface Behaviour {
  /** The answer to the first message of a client. @default signs it in */
  readonly startup?: Answer;
  /** The answer to later messages before the client is signed in. */
  readonly password?: Answer;
  /** The answer to a statement. undefined: the normal answer for a statement without rows. */
  readonly statement?: (sql: string) => Answer | undefined;
}

export interface HostileServer {
  readonly url: string;
  close(): Promise<void>;
}

export const signedIn = Buffer.concat([
  authentication(0),
  message('K', Buffer.concat([int32(1), int32(2)])),
  ready('I'),
]);

export const parsed = message('1', Buffer.alloc(0));
export const bound = message('2', Buffer.alloc(0));
const nothing = Buffer.concat([parsed, bound, message('n', Buffer.alloc(0)), complete('SET'), ready()]);

/** Sends the bytes again and again, as long as the client accepts them. */
export const endless =
  (first: Uint8Array, bytes: Uint8Array): Answer =>
  (socket) => {
    const block = Buffer.concat(Array(Math.ceil((1 << 16) / bytes.length)).fill(bytes));
    const more = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', more);
    socket.write(first);
    more();
  };

export const silence: Answer = () => {};

export async function startHostileServer(behaviour: Behaviour): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    const answer = (with_: Answer) => {
      if (typeof with_ === 'function') with_(socket);
      else socket.write(with_);
    };
    let signing: 'startup' | 'password' | undefined = 'startup';
    let buffer = Buffer.alloc(0);
    let sql = '';
    socket.on('data', (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      for (;;) {
        // The first message has no type letter.
        const header = signing === 'startup' ? 4 : 5;
        if (buffer.length < header) return;
        const length = buffer.readUInt32BE(header - 4) + header - 4;
        if (buffer.length < length) return;
        const kind = signing === 'startup' ? '' : String.fromCharCode(buffer[0]!);
        const content = buffer.subarray(header, length);
        buffer = buffer.subarray(length);
        if (signing === 'startup') {
          signing =
            behaviour.startup === undefined || behaviour.password === undefined ? undefined : 'password';
          answer(behaviour.startup ?? signedIn);
        } else if (signing === 'password') {
          answer(behaviour.password ?? silence);
        } else if (kind === 'P' || kind === 'Q') {
          sql = content.toString().replaceAll('\0', '');
          if (kind === 'Q') answer(behaviour.statement?.(sql) ?? nothing);
        } else if (kind === 'S') {
          answer(behaviour.statement?.(sql) ?? nothing);
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `postgres://ana:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}/x`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
