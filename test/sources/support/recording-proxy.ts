/** A proxy between a client and a simulator. It keeps what the server sends, and may change it. */
import type { Socket } from 'node:net';
import { startTcpProxy } from './tcp-proxy.ts';

export interface RecordingProxy {
  readonly origin: string;
  /** What the server has sent so far. */
  sent(): Buffer;
  /** From now on, changes what the server sends. The length must stay. */
  change(block: (bytes: Buffer) => Buffer): void;
}

/** @param origin of the server, without TLS */
export async function startRecordingProxy(origin: string): Promise<RecordingProxy> {
  const { hostname: host, port } = new URL(origin);
  const blocks: Buffer[] = [];
  let changed = (bytes: Buffer): Buffer => bytes;
  const proxy = await startTcpProxy({ host, port: Number(port) }, {}, (client, { dial }) => {
    const server = dial();
    const end = (socket: Socket) => () => socket.destroy();
    client.on('error', end(server)).on('close', end(server));
    server.on('error', end(client)).on('close', end(client));
    client.pipe(server);
    server.on('data', (bytes: Buffer) => {
      blocks.push(bytes);
      client.write(changed(bytes));
    });
  });
  return {
    origin: `http://127.0.0.1:${proxy.port}`,
    sent: () => Buffer.concat(blocks),
    change(block) {
      changed = block;
    },
  };
}
