/**
 * One endpoint of the HTTP API as data, the schemas that endpoints share, and the types of a call for both clients. The
 * server makes its routes and the OpenAPI document from it. The command line and the web app take the types of their
 * calls from it.
 */
import { z } from 'zod';
import type { Operation } from '../domain/people/people.ts';
import { knownId } from '../domain/values/bounds.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The method and the path below `/api/v1`. A parameter of the path is a name after a colon. */
export type EndpointKey = `${Method} /${string}`;

/** Who may call it: users and tokens with the operation, everybody who is signed in, or everybody. */
export type Access = Operation | 'signed_in' | 'public';

interface JsonResponse<Schema extends z.ZodType = z.ZodType> {
  readonly kind: 'json';
  readonly status: 200 | 201;
  readonly schema: Schema;
}

interface NoContent {
  readonly kind: 'none';
  readonly status: 204;
}

interface CsvResponse {
  readonly kind: 'csv';
  readonly status: 200;
  readonly description?: string;
}

interface EventsResponse<Schema extends z.ZodType = z.ZodType> {
  readonly kind: 'events';
  readonly status: 200;
  /** The data of one event. */
  readonly schema: Schema;
}

export interface Endpoint {
  /** The name in the OpenAPI document. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodType;
  readonly body?: z.ZodType;
  /** The body is a file instead of JSON. */
  readonly consumes?: 'application/octet-stream';
  /** The body may be anything of at most so many bytes, or missing. The handler takes it from the request. */
  readonly anyBody?: number;
  /** The client may send the header `idempotency-key`; then sending the request twice creates once. */
  readonly idempotent?: true;
  /** The answer is about runs that may leave members out, and does not say so itself (src/domain/runs/left-out.ts). */
  readonly leftOut?: true;
  /** The answer is large. It holds no secret, because its size would tell of one (the attack BREACH). */
  readonly compressed?: true;
  readonly response: JsonResponse | NoContent | CsvResponse | EventsResponse;
}

/** Endpoints by method and path. */
export type EndpointTable = Readonly<Record<EndpointKey, Endpoint>>;

/** Checks a definition and keeps its exact type. */
export const endpoint = <const Definition extends Endpoint>(definition: Definition): Definition => definition;

export const ok = <Schema extends z.ZodType>(schema: Schema): JsonResponse<Schema> => ({
  kind: 'json',
  status: 200,
  schema,
});

export const created = <Schema extends z.ZodType>(schema: Schema): JsonResponse<Schema> => ({
  kind: 'json',
  status: 201,
  schema,
});

export const noContent: NoContent = { kind: 'none', status: 204 };

export const csv = (description?: string): CsvResponse => ({ kind: 'csv', status: 200, description });

export const events = <Schema extends z.ZodType>(schema: Schema): EventsResponse<Schema> => ({
  kind: 'events',
  status: 200,
  schema,
});

export const byId = z.object({ id: knownId });

/** The revision that the client has seen. When somebody else has changed the object since, the change is refused. */
export const revision = z.number().int().positive().max(2_000_000_000);

/** What a person confirms whose change lets people back into live audiences: src/domain/jobs/let-in.ts. */
export const letIn = z
  .number()
  .int()
  .nonnegative()
  .max(Number.MAX_SAFE_INTEGER)
  .optional()
  .describe(
    'For a change that lets people into a live audience whom a hold-out or a suppression list kept out: how many they are. A request without it is refused with the number.',
  );

/** Whether every key of a type may be left out. */
type IsOptional<Type> = Partial<Type> extends Type ? true : false;

/** One part of a request. Parameters and queries without required keys may be left out; a body is always sent. */
type Part<One, Name extends 'params' | 'query' | 'body'> = One extends {
  readonly [Key in Name]: infer Schema extends z.ZodType;
}
  ? Name extends 'body'
    ? { readonly [Key in Name]: z.input<Schema> }
    : IsOptional<z.input<Schema>> extends true
      ? { readonly [Key in Name]?: z.input<Schema> }
      : { readonly [Key in Name]: z.input<Schema> }
  : { readonly [Key in Name]?: undefined };

/** Only an idempotent endpoint accepts a key. */
type Idempotency<One> = One extends { readonly idempotent: true }
  ? { readonly idempotencyKey?: string }
  : { readonly idempotencyKey?: undefined };

/** The input of a call. */
export type CallInput<One> = Part<One, 'params'> & Part<One, 'query'> & Part<One, 'body'> & Idempotency<One>;

/** The arguments of a call after its key. An endpoint without input needs none. */
export type CallArguments<One, More = unknown> =
  IsOptional<CallInput<One>> extends true ? [input?: CallInput<One> & More] : [input: CallInput<One> & More];

/** The answer of an endpoint: JSON, or nothing. */
export type Answer<One> = One extends {
  readonly response: { readonly kind: 'json'; readonly schema: infer Schema };
}
  ? z.output<Schema>
  : undefined;

/** The data of an event that an endpoint streams. */
export type EventData<One> = One extends {
  readonly response: { readonly kind: 'events'; readonly schema: infer Schema };
}
  ? z.output<Schema>
  : never;

/** The keys of the endpoints with one kind of response. */
export type KeysOf<Table, Kind extends Endpoint['response']['kind']> = {
  [Key in keyof Table]: Table[Key] extends { readonly response: { readonly kind: Kind } } ? Key : never;
}[keyof Table];

/** The keys of the endpoints that take no file and answer with JSON or nothing. */
export type CallKeys<Table> = Exclude<KeysOf<Table, 'json' | 'none'>, UploadKeys<Table>>;

/** The keys of the endpoints that take a file. */
export type UploadKeys<Table> = {
  [Key in keyof Table]: Table[Key] extends { readonly consumes: string } ? Key : never;
}[keyof Table];

/** The item type of a page of a list; `never` for other answers. */
export type PageItem<One> =
  Answer<One> extends { readonly items: readonly (infer Item)[]; readonly next: string | null } ? Item : never;

/** The keys of the endpoints that return pages of a list. */
export type PageKeys<Table> = {
  [Key in keyof Table]: [PageItem<Table[Key]>] extends [never] ? never : Key;
}[keyof Table];
