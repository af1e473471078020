/** One version of an object, as a file that can be read in parts. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { type HttpFile, readFile } from '../files/http/read.ts';
import type { ByteOrigin } from '../files/location.ts';
import { assertReadable, nameOfObject } from './address.ts';
import { readTag } from './answers.ts';
import { ask, explainFailure } from './request.ts';
import { type ObjectStore, urlOf } from './store.ts';

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** Undefined when the storage does not tell versions apart. */
  readonly tag: string | undefined;
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
  return {
    name,
    size,
    read: ({ start = 0, end = size }, signal) =>
      start < end ? readFile(file, signal, { part: { version: { tag, size }, start, end } }) : nothing(),
  };
}

// No part of an empty file can be asked for.
async function* nothing(): AsyncGenerator<Uint8Array, void> {}

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
  const answer = await file.ask({}, signal);
  answer.destroy();
  const length = answer.headers['content-length'];
  if (length !== undefined) return { key, tag: file.tagOf(answer.headers), size: Number(length) };
  throw new LineupError(
    'source_unsupported',
    sentence`${name}: the server does not send the length of the file, so Lineup cannot detect a lost connection. Let the server send Content-Length.`,
  );
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
      ask(
        store,
        { purpose: 'read', bucket, key, query, headers: { ...headers, ...range }, pinned, name },
        signal,
      ),
    explain: (cause) => explainFailure(name, urlOf(store, bucket), cause),
    tagOf: (answer) => readTag(answer[store.dialect.version.header]?.toString()),
    // Every request already is.
    onlyFor: () => ({}),
  };
}
