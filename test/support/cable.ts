/** The connection to a remote side. When it is pulled out, connections are refused, as if the host were down. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Cable {
  /** The URL of the remote side through the cable. It never changes. */
  readonly url: string;
  /** Refuses new connections and breaks open ones. */
  pull(): Promise<void>;
  plug(): Promise<void>;
}

export async function cableTo(remote: string): Promise<Cable> {
  const { hostname, port: remotePort, pathname } = new URL(remote);
  const open = new Set<Socket>();
  let port = 0;
  let server: Server | undefined;
  const plug = async () => {
    server = createServer((near) => {
      const far = connect(Number(remotePort), hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(one);
        one.on('error', () => other.destroy()).on('close', () => open.delete(one));
        one.pipe(other);
      }
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const pull = async () => {
    const closed = server?.listening ? once(server, 'close') : undefined;
    server?.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  await plug();
  return { url: `http://127.0.0.1:${port}${pathname}`, pull, plug };
}
