/** A server on a port of 127.0.0.1 that speaks PostgreSQL’s protocol in the way that a test needs. */
import { type Answer, silence, startHostileServer } from './hostile-server.ts';
import { authentication, complete, int32, message, ready } from './postgres-messages.ts';

export interface Behaviour {
  /** The answer to the first message of a client. @default signs it in */
  readonly startup?: Answer;
  /** The answer to later messages before the client is signed in. */
  readonly password?: Answer;
  /** The answer to a statement. undefined: the normal answer for a statement without rows. */
  readonly statement?: (sql: string) => Answer | undefined;
}

export const signedIn = Buffer.concat([
  authentication(0),
  message('K', Buffer.concat([int32(1), int32(2)])),
  ready('I'),
]);

export const parsed = message('1', Buffer.alloc(0));
export const bound = message('2', Buffer.alloc(0));
const nothing = Buffer.concat([parsed, bound, message('n', Buffer.alloc(0)), complete('SET'), ready()]);

/** @returns its URL */
export async function startHostilePostgres(behaviour: Behaviour): Promise<string> {
  const port = await startHostileServer((socket, answer) => {
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
          signing = behaviour.startup === undefined || behaviour.password === undefined ? undefined : 'password';
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
  return `postgres://ana:hunter2@127.0.0.1:${port}/x`;
}
