/** A server on a port of 127.0.0.1 that behaves in the way that a test needs, whatever protocol it speaks. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { everythingIn } from './failures.ts';

/** Bytes to send, or an action on the connection. */
export type Answer = Uint8Array | ((socket: Socket) => void);

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

/** Answers the statement that holds `part` with these bytes. */
export const answering = (part: string, ...bytes: readonly Uint8Array[]) => ({
  statement: (sql: string) => (sql.includes(part) ? Buffer.concat(bytes) : undefined),
});

/**
 * Lives until the test ends.
 * @param serve gets each new connection, and what answers on it
 * @returns the port
 */
export async function startHostileServer(
  serve: (socket: Socket, answer: (answer: Answer) => void) => void,
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    serve(socket, (answer) => {
      if (typeof answer === 'function') answer(socket);
      else socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** What a hostile server would like to have shown. */
export const SECRET = 'a@example.com';

/** The error of a connection. It must hold nothing of the server or the URL. */
export async function connectionFailure(connecting: Promise<unknown>): Promise<unknown> {
  const failure = await connecting.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(everythingIn(failure)).not.toMatch(/hunter2|a@example/);
  return failure;
}
