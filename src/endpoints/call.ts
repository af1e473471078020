/** The types of a call for both clients: its input and its answer. */
import type { z } from 'zod';
import type { Endpoint } from './endpoint.ts';

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
  Answer<One> extends { readonly items: readonly (infer Item)[]; readonly next: string | null }
    ? Item
    : never;

/** The keys of the endpoints that return pages of a list. */
export type PageKeys<Table> = {
  [Key in keyof Table]: [PageItem<Table[Key]>] extends [never] ? never : Key;
}[keyof Table];
