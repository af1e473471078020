/** What every file of routes is given, and what their schemas share. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { knownId } from '../../contracts/bounds.ts';
import type { Service } from '../../contracts/service.ts';
import type { Auth } from '../auth/auth.ts';
import type { Streams } from '../streams.ts';

/** Paths are below `/api/v1` unless a file says otherwise. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface Deps {
  readonly service: Service;
  readonly auth: Auth;
  /** Where browsers find the server. */
  readonly publicUrl: string;
  /** Aborted when the server stops: whatever waits must end. */
  readonly stopping: AbortSignal;
  readonly streams: Streams;
  /** After how much silence a stream shows that it lives. */
  readonly heartbeatMs: number;
}

export const byId = z.object({ id: knownId });

/** The answer of a deletion. */
export const nothing = z.null().describe('No content.');

/** The revision that the editor saw: a change on top of somebody else's is refused. */
export const revision = z.number().int().positive().max(2_000_000_000);

/** Aborted when the client goes away or the server stops: nobody would read the answer. */
export function whileConnected(
  reply: Pick<FastifyReply, 'raw'>,
  { stopping }: Pick<Deps, 'stopping'>,
): AbortSignal {
  const gone = new AbortController();
  // It may have gone while the request was being understood.
  if (reply.raw.destroyed) gone.abort();
  reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, stopping]);
}
