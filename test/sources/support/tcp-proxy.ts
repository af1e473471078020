/**
 * What the proxies of all protocols do in the same way. Such a proxy is between a client and a server of the tests, on
 * a port of 127.0.0.1. It ends TLS or offers none, and can cut or freeze connections.
 */
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificate.ts';

export interface ProxyOptions {
  /** The certificate for TLS. Without it, TLS is not offered. */
  readonly certificate?: Certificate;
  /** Cuts the connection after the server has sent this many bytes. */
  readonly cutAfter?: number;
  /** Gets everything that the server sends. */
  readonly witness?: (bytes: Buffer) => void;
}

export interface TcpProxy {
  readonly port: number;
  /** The number of opened connections. */
  readonly connections: number;
  /** The number of encrypted connections. */
  readonly encrypted: number;
  /** Freezes the open connections: they stay open, and no data passes. With `all`, later ones, too. */
  freeze(all?: 'all'): void;
  /** Also happens when the test ends. */
  close(): Promise<void>;
}

/** What a protocol can do with a new connection of a client. */
export interface Wiring {
  /** Opens a connection to the server. */
  dial(): Socket;
  /** Begins TLS with the client. */
  encrypt(client: Socket, certificate: Certificate): TLSSocket;
  /** From now on passes everything on between the two. */
  join(client: Socket, server: Socket): void;
}

/** @param wire connects a new client with the server, in the way of a protocol */
export async function startTcpProxy(
  server: NetConnectOpts,
  { cutAfter = Number.POSITIVE_INFINITY, witness }: ProxyOptions,
  wire: (client: Socket, wiring: Wiring) => void,
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let encrypted = 0;
  let deaf = false;

  const wiring: Wiring = {
    dial() {
      const socket = connect(server);
      sockets.add(socket);
      return socket;
    },
    encrypt(client, certificate) {
      encrypted += 1;
      return new TLSSocket(client, { isServer: true, secureContext: createSecureContext(certificate) });
    },
    join(client, remote) {
      let sent = 0;
      remote.on('data', (bytes: Buffer) => {
        sent += bytes.length;
        witness?.(bytes);
        client.write(bytes);
        if (sent > cutAfter) client.destroy();
      });
      client.on('data', (bytes: Buffer) => remote.write(bytes));
      for (const [socket, other] of [
        [client, remote],
        [remote, client],
      ] as const) {
        socket.on('error', () => {});
        socket.on('close', () => other.destroy());
        // A protocol may have paused it.
        socket.resume();
      }
    },
  };

  const listener = createServer((client) => {
    sockets.add(client);
    connections += 1;
    client.on('error', () => {});
    if (!deaf) wire(client, wiring);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => listener.close(resolve));
  };
  onTestFinished(close);

  return {
    port,
    get connections() {
      return connections;
    },
    get encrypted() {
      return encrypted;
    },
    freeze(all) {
      deaf = all === 'all';
      for (const socket of sockets) socket.pause();
    },
    close,
  };
}
