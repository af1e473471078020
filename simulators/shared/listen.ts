import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  /** E.g. `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** Stops at once; open connections are torn down. */
  close(): Promise<void>;
}

/** Lets the server listen; port 0 takes any free port. Rejects when the port or the address cannot be had. */
export async function listen(server: Server, port: number, host: string): Promise<Listening> {
  server.listen(port, host);
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
