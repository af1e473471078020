/** A proxy between a client and the PostgreSQL server of the tests. */
import type { Socket } from 'node:net';
import { type ProxyOptions, startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Length 8, and the number that requests TLS. */
const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex');

export interface PostgresProxy extends TcpProxy {
  /** The URL of the database through the proxy, at this host name. */
  url(host: string, parameters?: string): string;
  /**
   * The last state that the server reported on each closed connection: `I`, no transaction is open; `T`, one is open.
   */
  readonly ends: readonly string[];
}

/** @param database a URL of the test server */
export async function startPostgresProxy(database: string, options: ProxyOptions = {}): Promise<PostgresProxy> {
  const real = new URL(database);
  const directory = real.searchParams.get('host');
  const port = Number(real.port || 5432);
  const address = directory ? { path: `${directory}/.s.PGSQL.${port}` } : { port, host: real.hostname };
  const ends: string[] = [];
  const proxy = await startTcpProxy(address, options, (raw, { dial, encrypt, join }) => {
    const serve = (client: Socket): void => {
      const server = dial();
      let last = '';
      server.on('data', (bytes: Buffer) => {
        last = bytes.toString('latin1', bytes.length - 1);
      });
      client.on('close', () => ends.push(last));
      join(client, server);
    };
    raw.once('data', (first: Buffer) => {
      if (!first.equals(SSL_REQUEST)) {
        raw.unshift(first);
        serve(raw);
      } else if (options.certificate) {
        raw.write('S');
        serve(encrypt(raw, options.certificate));
      } else {
        raw.end('N');
      }
    });
  });
  return Object.assign(proxy, {
    url: (host: string, parameters = '') =>
      `postgres://${real.username}:hunter2@${host}:${proxy.port}${real.pathname}?${parameters}`,
    ends,
  });
}
