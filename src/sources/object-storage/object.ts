/** One version of an object, as a file that can be read in parts. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { fewAttempts } from '../files/http/attempts.ts';
import { type HttpFile, readFile, withoutLength } from '../files/http/read.ts';
import type { ByteOrigin } from '../files/location.ts';
import { assertReadable, nameOfObject } from './address.ts';
import { readTag } from './answers.ts';
import { ask, explainFailure } from './request.ts';
import { type ObjectStore, urlOf } from './store.ts';

/**
 * A whole object is read in two parts. The first one is what the format is detected from: to break off a larger answer
 * would cost the connection, for each of many objects.
 */
const HEAD = 1 << 16;

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** Undefined when the storage does not tell versions apart. */
  readonly tag: string | undefined;
  /** When it was changed last, in milliseconds since 1970. Undefined when the storage does not say it. */
  readonly modified: number | undefined;
}

/** @throws {LineupError} `source_unsupported` */
export function objectOrigin(store: ObjectStore, bucket: string, object: StoredObject): ByteOrigin {
  const { key, size, tag } = object;
  const name = nameOfObject(store.dialect.scheme, bucket, key);
  assertReadable(key, name);
  if (tag === undefined) {
    throw new LineupError(
      'source_unsupported',
      sentence`${name}: the storage does not say which version of the object it sends (ETag), so Lineup cannot read it in parts.`,
    );
  }
  const file = fileOf(store, { bucket, key, name, tag });
  const version = { tag, size };
  return {
    name,
    size,
    read: async function* ({ start = 0, end = size }, signal) {
      const first = start === 0 && end === size ? Math.min(size, HEAD) : start;
      // No part without bytes can be asked for.
      if (start < first) yield* readFile(file, signal, { part: { version, start, end: first } });
      if (first < end) yield* readFile(file, signal, { part: { version, start: first, end } });
    },
  };
}

/**
 * Asks the storage for the size and the version of an object. An answer to HEAD would have no error code.
 * @throws {LineupError} `source_not_found`, `source_*`
 */
export async function describeObject(
  store: ObjectStore,
  bucket: string,
  key: string,
  signal: AbortSignal,
): Promise<StoredObject> {
  const name = nameOfObject(store.dialect.scheme, bucket, key);
  assertReadable(key, name);
  const file = fileOf(store, { bucket, key, name, tag: undefined });
  const answer = await fewAttempts(store.clock, signal, () => file.ask({}, signal));
  answer.destroy();
  const length = answer.headers['content-length'];
  const modified = Date.parse(answer.headers['last-modified'] ?? '');
  const known = Number.isNaN(modified) ? undefined : modified;
  if (length !== undefined) return { key, tag: file.tagOf(answer.headers), size: Number(length), modified: known };
  throw withoutLength(name);
}

interface Place {
  readonly bucket: string;
  readonly key: string;
  readonly name: string;
  readonly tag: string | undefined;
}

function fileOf(store: ObjectStore, { bucket, key, name, tag }: Place): HttpFile {
  const { headers, query } = tag === undefined ? {} : store.dialect.only(tag);
  const pinned = tag !== undefined;
  return {
    name,
    access: store,
    ask: (range, signal) =>
      ask(store, { purpose: 'read', bucket, key, query, headers: { ...headers, ...range }, pinned, name }, signal),
    explain: (cause) => explainFailure(name, urlOf(store, bucket), cause),
    tagOf: (answer) => readTag(answer[store.dialect.version.header]?.toString()),
    // Every request already is.
    onlyFor: () => ({}),
  };
}
