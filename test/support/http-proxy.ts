/** An HTTP proxy, and servers with TLS behind it whose names no DNS knows. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { makeCertificate } from '../sources/support/certificate.ts';
import { directoryOfTest } from './directory.ts';

export interface Proxied {
  /** Where the clients of the proxy asked to be led, as `host:port`. */
  readonly targets: readonly string[];
  /** HTTPS_PROXY, and the authority of the servers behind it. */
  readonly environment: { readonly HTTPS_PROXY: string; readonly NODE_EXTRA_CA_CERTS: string };
  /** `https://<name>.cloud.invalid` leads to a server of this machine. @param origin of that server, with http */
  lead(name: string, origin: string): string;
}

/** The proxy wants a name and a password. Everything is closed when the test ends. */
export async function startProxy(): Promise<Proxied> {
  const { key, cert } = makeCertificate('*.cloud.invalid');
  const authority = join(directoryOfTest('proxy'), 'ca.pem');
  writeFileSync(authority, cert);
  const ports = new Map<string, number>();
  const sockets = new Set<Socket>();
  const pipe = (from: Socket, to: Socket) => {
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
    from.pipe(to).pipe(from);
  };
  const tls = createTlsServer({ key, cert }, (socket) => {
    pipe(socket, connect(ports.get(String(socket.servername)) ?? 0, '127.0.0.1'));
  });
  const targets: string[] = [];
  const password = `Basic ${Buffer.from('aiko:p@ss').toString('base64')}`;
  const proxy = createServer((_, response) => response.writeHead(405).end());
  proxy.on('connect', ({ url = '', headers }, socket: Socket) => {
    if (headers['proxy-authorization'] !== password) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    targets.push(url);
    if (!ports.has(url.replace(/:443$/, ''))) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const to = connect(portOf(tls), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    pipe(socket, to);
  });
  const servers = [proxy, tls];
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    targets,
    environment: {
      HTTPS_PROXY: `http://aiko:p%40ss@127.0.0.1:${portOf(proxy)}`,
      NODE_EXTRA_CA_CERTS: authority,
    },
    lead: (name, origin) => {
      ports.set(`${name}.cloud.invalid`, Number(new URL(origin).port));
      return `https://${name}.cloud.invalid`;
    },
  };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
