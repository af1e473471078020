/** The types of handlers. An endpoint decides what its handler gets and what it must return. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Created, CreateOptions, UploadContent, UseCases } from '../contracts/use-cases.ts';
import type { CsvRow } from '../domain/text/csv.ts';
import type { Endpoint, EndpointTable } from '../endpoints/endpoint.ts';
import type { Auth } from './auth/auth.ts';
import type { Principal } from './auth/identify.ts';
import type { Streams } from './streams.ts';

/** One part of a request, parsed: defaults are filled in. */
type Parsed<One, Name extends 'params' | 'query' | 'headers' | 'body'> = One extends {
  readonly [Key in Name]: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : undefined;

export interface HandlerInput<One extends Endpoint> {
  readonly params: Parsed<One, 'params'>;
  readonly query: Parsed<One, 'query'>;
  readonly headers: Parsed<One, 'headers'>;
  readonly body: Parsed<One, 'body'>;
  /** The user or token that makes the request; undefined for public endpoints. */
  readonly principal: One['access'] extends 'public' ? undefined : Principal;
  /** The idempotency key of the client. */
  readonly creation: One extends { readonly idempotent: true } ? CreateOptions : undefined;
  /** The file that is uploaded. */
  readonly content: One extends { readonly consumes: string } ? UploadContent : undefined;
  /** Aborted when the client goes away or the server stops, because nobody reads the answer then. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A table to download. */
export interface CsvFile {
  readonly name: string;
  readonly rows: readonly CsvRow[];
}

/** What a handler answers, by the kind of the response. */
type Result<One extends Endpoint> = One['response'] extends { readonly kind: 'none' }
  ? // biome-ignore lint/suspicious/noConfusingVoidType: use cases that return nothing are passed on unchanged
    void
  : One['response'] extends { readonly kind: 'csv' }
    ? CsvFile
    : One['response'] extends { readonly kind: 'events'; readonly schema: infer Schema }
      ? AsyncIterable<z.output<Schema>>
      : One['response'] extends { readonly schema: infer Schema }
        ? One extends { readonly idempotent: true }
          ? Created<z.output<Schema>>
          : z.output<Schema>
        : never;

type Handler<One extends Endpoint> = (input: HandlerInput<One>) => Result<One> | Promise<Result<One>>;

/** A handler for each endpoint of a table, and no other. */
export type Handlers<Table extends EndpointTable> = {
  readonly [Key in keyof Table]: Table[Key] extends Endpoint ? Handler<Table[Key]> : never;
};

/** For the few routes that are not in the API: health, metrics, the callback of single sign-on. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What routes and handlers get. */
export interface Deps {
  readonly useCases: UseCases;
  readonly auth: Auth;
  /** The URL at which browsers find the server. */
  readonly publicUrl: string;
  /** Aborted when the server stops. Everything that waits must then end. */
  readonly stopping: AbortSignal;
  readonly streams: Streams;
  /** Ms of silence after which a stream sends a comment. */
  readonly heartbeatMs: number;
}
