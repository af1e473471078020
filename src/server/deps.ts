/** What the routes and handlers are given. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { UseCases } from '../contracts/use-cases.ts';
import type { Auth } from './auth/auth.ts';
import type { Streams } from './streams.ts';

/** For the few routes that are no endpoints of the API: health, metrics, the return from single sign-on. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface Deps {
  readonly useCases: UseCases;
  readonly auth: Auth;
  /** Where browsers find the server. */
  readonly publicUrl: string;
  /** Aborted when the server stops: whatever waits must end. */
  readonly stopping: AbortSignal;
  readonly streams: Streams;
  /** After how much silence a stream shows that it lives. */
  readonly heartbeatMs: number;
}
