/** A proxy between a client and the test server, on a port of 127.0.0.1. It speaks TLS or refuses it, and can cut the connection. */
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from './certificate.ts';

/** Length 8, and the number that requests TLS. */
const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex');

export interface TestProxyOptions {
  /** The certificate for TLS. Without it, TLS is refused. */
  readonly certificate?: Certificate;
  /** Cuts the connection after the server has sent this many bytes. */
  readonly cutAfter?: number;
}

export interface TestProxy {
  /** The URL of the database through the proxy, at this host name. */
  url(host: string, parameters?: string): string;
  /** The number of encrypted connections. */
  readonly encrypted: number;
  /** The last state that the server reported on each closed connection: `I`, no transaction is open; `T`, one is open. */
  readonly ends: readonly string[];
  /** The number of opened connections. */
  readonly connections: number;
  /** Freezes the open connections: they stay open, and no data passes. With `all`, later ones, too. */
  freeze(all?: 'all'): void;
  close(): Promise<void>;
}

/** @param database a URL of the test server */
export async function startProxy(database: string, options: TestProxyOptions = {}): Promise<TestProxy> {
  const real = new URL(database);
  const directory = real.searchParams.get('host');
  const port = Number(real.port || 5432);
  const sockets = new Set<Socket>();
  let encrypted = 0;
  let connections = 0;
  let deaf = false;
  const ends: string[] = [];

  const serve = (client: Socket): void => {
    const server = directory ? dial(`${directory}/.s.PGSQL.${port}`) : dial(port, real.hostname);
    let sent = 0;
    let last = '';
    sockets.add(server);
    server.on('data', (bytes: Buffer) => {
      sent += bytes.length;
      last = bytes.toString('latin1', bytes.length - 1);
      client.write(bytes);
      if (sent > (options.cutAfter ?? Number.POSITIVE_INFINITY)) client.destroy();
    });
    client.on('data', (bytes) => server.write(bytes));
    client.on('close', () => ends.push(last));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  };

  const listener: Server = createServer((raw) => {
    sockets.add(raw);
    connections += 1;
    raw.on('error', () => {});
    if (deaf) return;
    raw.once('data', (first: Buffer) => {
      if (!first.equals(SSL_REQUEST)) {
        raw.unshift(first);
        serve(raw);
      } else if (options.certificate) {
        raw.write('S');
        encrypted += 1;
        serve(
          new TLSSocket(raw, { isServer: true, secureContext: createSecureContext(options.certificate) }),
        );
      } else {
        raw.end('N');
      }
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));

  return {
    url(host, parameters = '') {
      const { port: own } = listener.address() as AddressInfo;
      return `postgres://${real.username}:hunter2@${host}:${own}${real.pathname}?${parameters}`;
    },
    ends,
    get encrypted() {
      return encrypted;
    },
    get connections() {
      return connections;
    },
    freeze(all) {
      deaf = all === 'all';
      for (const socket of sockets) socket.pause();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
