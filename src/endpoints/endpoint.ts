/**
 * One endpoint of the HTTP API as data, and the schemas that endpoints share. The server makes its routes and the OpenAPI document
 * from it. The command line and the web app take the types of their calls from it.
 */
import { z } from 'zod';
import { knownId } from '../contracts/bounds.ts';
import type { Operation } from '../contracts/permissions.ts';

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
  /** The client may send the header `idempotency-key`; then sending the request twice creates once. */
  readonly idempotent?: true;
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

/** A list without pages. */
export const itemsOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item).readonly() });
