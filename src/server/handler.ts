/** The types of handlers: what each is given and must answer follows from its endpoint. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Created, CreateOptions, UploadContent } from '../contracts/use-cases.ts';
import type { Endpoint, EndpointTable } from '../endpoints/endpoint.ts';
import type { Principal } from './auth/identify.ts';

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
  /** Whoever makes the request; nobody is known where everybody may call. */
  readonly principal: One['access'] extends 'public' ? undefined : Principal;
  /** How the client names this creation. */
  readonly creation: One extends { readonly idempotent: true } ? CreateOptions : undefined;
  /** The file that is uploaded. */
  readonly content: One extends { readonly consumes: string } ? UploadContent : undefined;
  /** Aborted when the client goes away or the server stops: nobody would read the answer. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A table to download. */
export interface CsvFile {
  readonly name: string;
  readonly text: string;
}

/** What a handler answers, by the kind of the response. */
type Result<One extends Endpoint> = One['response'] extends { readonly kind: 'none' }
  ? // biome-ignore lint/suspicious/noConfusingVoidType: use cases that answer nothing are handed on as they are
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
