/** The types of a call, as both clients use them: what it takes, and what it answers. */
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

/** Only an idempotent endpoint takes a key. */
type Idempotency<One> = One extends { readonly idempotent: true }
  ? { readonly idempotencyKey?: string }
  : { readonly idempotencyKey?: undefined };

/** What a call of an endpoint takes. */
export type CallInput<One> = Part<One, 'params'> & Part<One, 'query'> & Part<One, 'body'> & Idempotency<One>;

/** The arguments of a call after its key; none are needed where the endpoint takes none. */
export type CallArguments<One, More = unknown> =
  IsOptional<CallInput<One>> extends true ? [input?: CallInput<One> & More] : [input: CallInput<One> & More];

/** What an endpoint answers: JSON, or nothing. */
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

/** The keys that a client calls for one answer: no file is sent, and the answer is JSON or nothing. */
export type CallKeys<Table> = Exclude<KeysOf<Table, 'json' | 'none'>, UploadKeys<Table>>;

/** The keys of the endpoints that a file is sent to. */
export type UploadKeys<Table> = {
  [Key in keyof Table]: Table[Key] extends { readonly consumes: string } ? Key : never;
}[keyof Table];

/** The item of an answer that is a page of a list; never for any other answer. */
export type PageItem<One> =
  Answer<One> extends { readonly items: readonly (infer Item)[]; readonly next: string | null }
    ? Item
    : never;

/** The keys of the endpoints that answer page by page. */
export type PageKeys<Table> = {
  [Key in keyof Table]: [PageItem<Table[Key]>] extends [never] ? never : Key;
}[keyof Table];
