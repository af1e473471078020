/** A proxy between a client and the MariaDB server of the tests. */
import { mariadbSocket } from '../../support/mariadb.ts';
import { type ProxyOptions, startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export interface MysqlProxy extends TcpProxy {
  /** The URL of the database through the proxy, at this host name. */
  url(host: string, parameters?: string, user?: string): string;
}

/** The flag that offers or requests TLS. */
const TLS = 0x08;

/** The length of a request for TLS, with its header. */
const REQUEST = 36;

/**
 * Where the second byte of the server's flags is: after the version, its zero byte, and the first part of the
 * challenge.
 */
const flagsIn = (greeting: Buffer): number => greeting.indexOf(0, 5) + 1 + 4 + 8 + 1 + 1;

export async function startMysqlProxy(database: string, options: ProxyOptions = {}): Promise<MysqlProxy> {
  const { certificate } = options;
  const proxy = await startTcpProxy({ path: mariadbSocket }, options, (raw, { dial, encrypt, join }) => {
    const server = dial();
    server.on('error', () => raw.destroy());
    raw.on('close', () => server.destroy());
    server.once('data', (greeting: Buffer) => {
      server.pause();
      const at = flagsIn(greeting);
      greeting[at] = certificate ? greeting[at]! | TLS : greeting[at]! & ~TLS;
      raw.write(greeting);
      if (!certificate) return join(raw, server);
      raw.once('data', (request: Buffer) => {
        raw.pause();
        // Without the flag, the client signs in without TLS.
        if ((request[5]! & TLS) === 0) {
          raw.unshift(request);
          return join(raw, server);
        }
        // The client does not wait for an answer before it begins TLS.
        if (request.length > REQUEST) raw.unshift(request.subarray(REQUEST));
        const secure = encrypt(raw, certificate);
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
  return Object.assign(proxy, {
    url: (host: string, parameters = '', user = 'root') =>
      `mysql://${user}:@${host}:${proxy.port}/${database}?${parameters}`,
  });
}
