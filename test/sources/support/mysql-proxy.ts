/**
 * A proxy between a client and the MariaDB server of the tests, on a port of 127.0.0.1. It ends TLS or offers none, and can cut
 * or freeze connections.
 */
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { mariadbSocket } from '../../support/mariadb.ts';
import type { Certificate } from './certificate.ts';

export interface MysqlProxyOptions {
  /** The certificate for TLS. Without it, TLS is not offered. */
  readonly certificate?: Certificate;
  /** Cuts the connection after the server has sent this many bytes. */
  readonly cutAfter?: number;
}

export interface MysqlProxy {
  /** The URL of a database through the proxy, at this host name. */
  url(host: string, database: string, parameters?: string, user?: string): string;
  /** The number of encrypted connections. */
  readonly encrypted: number;
  /** The number of opened connections. */
  readonly connections: number;
  /** Freezes the open connections: they stay open, and no data passes. With `all`, later ones, too. */
  freeze(all?: 'all'): void;
  close(): Promise<void>;
}

/** The flag that offers or requests TLS. */
const TLS = 0x08;

/** The length of a request for TLS, with its header. */
const REQUEST = 36;

/** Where the second byte of the server's flags is: after the version, its zero byte, and the first part of the challenge. */
const flagsIn = (greeting: Buffer): number => greeting.indexOf(0, 5) + 1 + 4 + 8 + 1 + 1;

export async function startMysqlProxy(options: MysqlProxyOptions = {}): Promise<MysqlProxy> {
  const sockets = new Set<Socket>();
  let encrypted = 0;
  let connections = 0;
  let deaf = false;

  const join = (client: Socket, server: Socket): void => {
    let sent = 0;
    server.on('data', (bytes: Buffer) => {
      sent += bytes.length;
      client.write(bytes);
      if (sent > (options.cutAfter ?? Number.POSITIVE_INFINITY)) client.destroy();
    });
    client.on('data', (bytes: Buffer) => server.write(bytes));
    server.resume();
    client.resume();
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  };

  const listener = createServer((raw) => {
    sockets.add(raw);
    connections += 1;
    raw.on('error', () => {});
    if (deaf) return;
    const server = dial(mariadbSocket);
    sockets.add(server);
    server.on('error', () => raw.destroy());
    raw.on('close', () => server.destroy());
    server.once('data', (greeting: Buffer) => {
      server.pause();
      const at = flagsIn(greeting);
      greeting[at] = options.certificate ? greeting[at]! | TLS : greeting[at]! & ~TLS;
      raw.write(greeting);
      if (!options.certificate) return join(raw, server);
      const { certificate } = options;
      raw.once('data', (request: Buffer) => {
        raw.pause();
        // Without the flag, the client signs in without TLS.
        if ((request[5]! & TLS) === 0) {
          raw.unshift(request);
          return join(raw, server);
        }
        encrypted += 1;
        // The client does not wait for an answer before it begins TLS.
        if (request.length > REQUEST) raw.unshift(request.subarray(REQUEST));
        const secure = new TLSSocket(raw, {
          isServer: true,
          secureContext: createSecureContext(certificate),
        });
        secure.on('error', () => raw.destroy());
        secure.once('data', (signIn: Buffer) => {
          secure.pause();
          // To the server it is the first packet, of a client that did not ask for TLS.
          signIn[3] = 1;
          signIn[5]! &= ~TLS;
          server.write(signIn);
          join(secure, server);
        });
      });
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));

  return {
    url(host, database, parameters = '', user = 'root') {
      const { port } = listener.address() as AddressInfo;
      return `mysql://${user}:@${host}:${port}/${database}?${parameters}`;
    },
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
