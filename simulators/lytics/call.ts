import type { Version } from './answers.ts';
import type { Fault } from './faults.ts';
import type { RequestRecord, World } from './world.ts';

/** A request whose token was found right. */
export interface Call {
  readonly world: World;
  /** The segment of the path that names an audience; empty where there is none. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly version: Version;
  /** Of a request that has one. */
  readonly body: string;
  /** What goes wrong with it, on order. */
  readonly faults: readonly Fault[];
  readonly record: RequestRecord;
}

/** The field names of `fields=a,b`; nothing when all are wanted. */
export function wantedFields(query: URLSearchParams): string[] | undefined {
  const names = (query.get('fields') ?? '').split(',').filter((name) => name !== '');
  return names.length > 0 ? names : undefined;
}
