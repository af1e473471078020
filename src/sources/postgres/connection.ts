/** The driver's connection, with a check between the socket and the driver. */
import { EventEmitter } from 'node:events';
import { type NetConnectOpts, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Connection } from 'pg';
import type { NetworkAccess } from '../../contracts/network.ts';
import { Frames } from './message-filter.ts';
import { sessionError } from './session-error.ts';
import type { Target } from './target.ts';

declare module 'pg' {
  // What its types leave out.
  interface ClientConfig {
    connection?: Connection;
  }
  interface Connection {
    attachListeners(stream: Duplex): void;
  }
}

/** The other side is noticed as dead 10 s after that: Node.js asks ten times, once a second. */
const KEEP_ALIVE_MS = 15_000;

/** A connection whose driver sees only what frames.ts lets through. An error on the way ends the connection, and nothing else. */
export class CheckedConnection extends Connection {
  /** How often something has arrived. */
  heard = 0;
  readonly #frames = new Frames();
  #takeRows: ((rows: Buffer) => void) | undefined;

  constructor({ host, tls, network }: Target) {
    super({
      stream: () => socketTo(host, network),
      ssl: tls,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
  }

  /** Rows of a COPY that have arrived. */
  get rows(): number {
    return this.#frames.rows;
  }

  /** From here on the rows of a COPY are given to the taker, in blocks of any size. Without one they are refused. */
  takeRows(taker: (rows: Buffer) => void): void {
    this.#frames.copying = true;
    this.#takeRows = taker;
  }

  /** The driver calls this for the socket, and again for the TLS connection on it. */
  override attachListeners(stream: Duplex): void {
    const driver = new EventEmitter();
    super.attachListeners(driver as Duplex);
    stream.on('data', (chunk: Buffer) => {
      if (stream.destroyed) return;
      this.heard += 1;
      try {
        const { rows, others } = this.#frames.push(chunk);
        if (rows.length > 0) this.#takeRows?.(rows);
        for (const bytes of others) driver.emit('data', bytes);
      } catch (error) {
        // Also what the driver throws, which would end the process from here.
        stream.destroy(sessionError(error));
      }
    });
  }
}

/** A socket that connects only where it may: the address that was checked is the one that is connected to. */
function socketTo(host: string, network: NetworkAccess | undefined): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket) as (options: NetConnectOpts) => Socket;
  return Object.assign(socket, {
    /** As the driver calls it: with a port, or with the path of a Unix socket. */
    connect: (to: number | string): Socket =>
      connect(typeof to === 'string' ? { path: to } : { port: to, host, lookup: network?.lookup }),
  });
}
