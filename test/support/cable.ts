/**
 * The connection to a remote side: a proxy on 127.0.0.1, which breaks in two ways. Pulled out, it refuses connections,
 * as if the host were down. A cable that *swallows* is a half-open network, as behind a firewall that drops packets
 * without a word: nobody gets an error, and nobody gets data.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What is swallowed: what the near side sends, what the remote side sends, or both. */
export type Swallowed = 'requests' | 'answers' | 'both';

export interface Cable {
  /** The URL of the remote side through the cable. It never changes. */
  readonly url: string;
  /** Refuses new connections and breaks open ones. */
  pull(): Promise<void>;
  plug(): Promise<void>;
  /**
   * From now on reads bytes and drops them, on open connections and on new ones, which it accepts. It closes none, also
   * not when the other end does.
   */
  swallow(what?: Swallowed): void;
  /** The same as soon as the near side sends bytes with this text, beginning with them. Resolves at that moment. */
  swallowFrom(text: string, what?: Swallowed): Promise<void>;
  /** New connections work again. Those that swallowed stay as they are: what they dropped is lost. */
  heal(): void;
}

/** @param remote an HTTP URL, or one of a PostgreSQL server, also on a Unix socket */
export async function cableTo(remote: string): Promise<Cable> {
  const dial = dialler(remote);
  const open = new Set<Connection>();
  let port = 0;
  let server: Server | undefined;
  let swallowed: Swallowed | undefined;
  let trap: { text: string; spring: () => void } | undefined;
  const swallow = (direction: Swallowed = 'both') => {
    swallowed = direction;
    for (const connection of open) connection.swallow(direction);
  };
  const onRequest = (bytes: Buffer) => {
    if (trap && bytes.includes(trap.text)) trap.spring();
  };
  const plug = async () => {
    // Half open: otherwise Node.js would answer the end of one direction with the end of the other.
    server = createServer({ allowHalfOpen: true }, (near) => {
      const connection = new Connection(near, dial, onRequest, swallowed);
      open.add(connection);
      void connection.closed.then(() => open.delete(connection));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const pull = async () => {
    const closed = server?.listening ? once(server, 'close') : undefined;
    server?.close();
    for (const connection of open) connection.destroy();
    await closed;
  };
  await plug();
  return {
    url: throughPort(remote, port),
    pull,
    plug,
    swallow,
    swallowFrom: (text, direction) =>
      new Promise((resolve) => {
        const spring = () => {
          trap = undefined;
          swallow(direction);
          resolve();
        };
        trap = { text, spring };
      }),
    heal: () => {
      swallowed = undefined;
    },
  };
}

/** One connection through the cable. */
class Connection {
  readonly #near: Socket;
  readonly #far: Socket | undefined;
  #swallowed: Swallowed | undefined;
  /** Resolves when both ends are closed. */
  readonly closed: Promise<unknown>;

  constructor(near: Socket, dial: () => Socket, onRequest: (bytes: Buffer) => void, swallowed: Swallowed | undefined) {
    this.#near = near;
    this.#swallowed = swallowed;
    // Without its packets, the remote side does not even see the connection.
    this.#far = swallowed === undefined || swallowed === 'answers' ? dial() : undefined;
    this.#pass(near, this.#far, 'requests', onRequest);
    if (this.#far) this.#pass(this.#far, near, 'answers');
    const ends = [near, ...(this.#far ? [this.#far] : [])];
    this.closed = Promise.all(ends.map((end) => new Promise((resolve) => end.once('close', resolve))));
  }

  swallow(direction: Swallowed): void {
    this.#swallowed = direction;
  }

  destroy(): void {
    this.#near.destroy();
    this.#far?.destroy();
  }

  #pass(
    from: Socket,
    to: Socket | undefined,
    direction: Exclude<Swallowed, 'both'>,
    onBytes: (bytes: Buffer) => void = () => {},
  ): void {
    from.on('error', () => {});
    from.on('data', (bytes: Buffer) => {
      onBytes(bytes);
      if (this.#swallowed === direction || this.#swallowed === 'both' || !to) return;
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
    // A half-open network also swallows the news that an end was closed.
    from.on('end', () => {
      if (this.#swallowed === undefined) to?.end();
    });
    from.on('close', () => {
      if (this.#swallowed === undefined) to?.destroy();
    });
  }
}

/** Opens connections to the remote side of a URL. */
function dialler(remote: string): () => Socket {
  const { protocol, hostname, port, searchParams } = new URL(remote);
  const isPostgres = protocol.startsWith('postgres');
  const portNumber = Number(port || (isPostgres ? 5432 : 80));
  const directory = isPostgres && searchParams.get('host');
  const to = directory ? { path: `${directory}/.s.PGSQL.${portNumber}` } : { port: portNumber, host: hostname };
  return () => connect({ ...to, allowHalfOpen: true });
}

/** The same URL at a port of this machine. */
function throughPort(remote: string, port: number): string {
  const url = new URL(remote);
  if (url.protocol.startsWith('postgres')) url.searchParams.delete('host');
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return url.href;
}
