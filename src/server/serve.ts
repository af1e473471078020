/** Listening, and stopping without breaking what goes on. */
import type { FastifyInstance } from 'fastify';

export interface Listening {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /**
   * Takes no more connections, ends streams (their clients reconnect elsewhere), lets requests finish, and cuts those that
   * have not after `drainMs`.
   */
  stop(drainMs?: number): Promise<void>;
}

/** @param host 127.0.0.1 unless the operator says otherwise */
export async function listen(
  app: FastifyInstance,
  { host = '127.0.0.1', port }: { host?: string; port: number },
): Promise<Listening> {
  const url = await app.listen({ host, port });
  return {
    url,
    stop: async (drainMs = 10_000) => {
      const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
      try {
        await app.close();
      } finally {
        clearTimeout(cut);
      }
    },
  };
}
