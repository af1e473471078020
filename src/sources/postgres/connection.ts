/** The driver's connection, with a filter between the socket and the driver. */
import { EventEmitter } from 'node:events';
import { type NetConnectOpts, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Connection } from 'pg';
import type { NetworkAccess } from '../../contracts/network.ts';
import { KEEP_ALIVE_MS } from '../database/client.ts';
import { MessageFilter } from './message-filter.ts';
import { sessionError } from './session-error.ts';
import type { Target } from './target.ts';

declare module 'pg' {
  // Missing in the types of `pg`.
  interface ClientConfig {
    connection?: Connection;
  }
  interface Connection {
    attachListeners(stream: Duplex): void;
  }
}

/**
 * The driver sees only what message-filter.ts passes on. An error in the data ends this connection and
 * nothing else.
 */
export class CheckedConnection extends Connection {
  /** How many times data has arrived. */
  received = 0;
  readonly #filter = new MessageFilter();
  #takeRows: ((rows: Buffer) => void) | undefined;

  constructor({ host, tls, network }: Target) {
    super({
      stream: () => socketTo(host, network),
      ssl: tls,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
  }

  /** How many rows of a COPY have arrived. */
  get rows(): number {
    return this.#filter.rows;
  }

  /**
   * From now on, `taker` gets the rows of a COPY in blocks of any size. Without a taker, rows are refused.
   */
  takeRows(taker: (rows: Buffer) => void): void {
    this.#filter.copying = true;
    this.#takeRows = taker;
  }

  /** The driver calls this for the socket, and again for the TLS connection on it. */
  override attachListeners(stream: Duplex): void {
    const driver = new EventEmitter();
    super.attachListeners(driver as Duplex);
    stream.on('data', (chunk: Buffer) => {
      if (stream.destroyed) return;
      this.received += 1;
      try {
        const { rows, others } = this.#filter.push(chunk);
        if (rows.length > 0) this.#takeRows?.(rows);
        for (const bytes of others) driver.emit('data', bytes);
      } catch (error) {
        // Also catches errors of the driver. Thrown from here, they would end the process.
        stream.destroy(sessionError(error));
      }
    });
  }
}

/** A socket that respects the guard: it connects to the address that was checked. */
function socketTo(host: string, network: NetworkAccess | undefined): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket) as (options: NetConnectOpts) => Socket;
  return Object.assign(socket, {
    /** The driver passes a port, or the path of a Unix socket. */
    connect: (to: number | string): Socket =>
      connect(typeof to === 'string' ? { path: to } : { port: to, host, lookup: network?.lookup }),
  });
}
