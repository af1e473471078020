/**
 * The sockets of connections to PostgreSQL. A network may lose a connection without a word: a firewall forgot it, a
 * proxy hangs, or a host is frozen. Then a statement would wait for its answer for a quarter of an hour, or for ever.
 * The time limits of the server (`statement_timeout`) do not help, because the server cannot be heard; and TCP
 * keep-alive sends nothing while sent bytes are not confirmed. So a socket on which nothing moves breaks here.
 */
import { Socket } from 'node:net';

/** After this time without a byte a connection is lost. Shorter than a lease, and than the patience of most proxies. */
export const SILENCE_MS = 25_000;

/**
 * The same for work that may rightly take long: a migration, which first waits up to a minute for other processes, and
 * a move to another database.
 */
export const LONG_SILENCE_MS = 15 * 60_000;

/**
 * Ten seconds after this time a dead peer is noticed, also in a long silence: Node.js probes ten times, once a second.
 */
export const KEEP_ALIVE_MS = 10_000;

/** An unused connection is closed before it seems to be lost. */
export const idleMs = (silenceMs: number): number => Math.floor(silenceMs / 3);

/** A socket that breaks when it has not moved a byte for `silenceMs`. */
export function impatientSocket(silenceMs: number): Socket {
  const socket = new Socket();
  const giveUp = () => {
    const error = new Error(`PostgreSQL has sent nothing for ${silenceMs / 1_000} seconds (timeout)`);
    // The code with which the system itself gives up a silent connection.
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  };
  return socket.setTimeout(silenceMs, () => {
    const { bytesRead } = socket;
    // Bytes that arrived while this process stood still are read before the immediate.
    setImmediate(() => socket.bytesRead === bytesRead && giveUp());
  });
}
