/** Lists the objects of a bucket, in the order of their keys. */
import type { LineupError } from '../../contracts/errors.ts';
import { type ListedObject, PAGE, readBuckets, readObjects } from './answers.ts';
import { askList } from './request.ts';
import type { ObjectStore } from './store.ts';

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  /** Only keys behind this one. */
  readonly after?: string | undefined;
  /** The most objects of one page. @default 1000 */
  readonly most?: number;
}

export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  /** The `after` of the next page. Undefined on the last one. */
  readonly next: string | undefined;
}

/** @throws {LineupError} */
export async function listPage(
  store: ObjectStore,
  { bucket, prefix, after, most = PAGE }: ListRequest,
  signal: AbortSignal,
): Promise<ObjectPage> {
  const { dialect } = store;
  const query = {
    'list-type': '2',
    'encoding-type': 'url',
    'max-keys': String(most),
    prefix,
    ...(after !== undefined && { 'start-after': after }),
  };
  const { objects, more } = await askList(
    store,
    { purpose: 'list', bucket, query, name: `${dialect.scheme}://${bucket}` },
    (text) => readObjects(text, dialect.version.element),
    signal,
  );
  const last = objects.at(-1)?.key;
  // A server that repeats itself would be asked forever.
  return { objects, next: more && last !== after ? last : undefined };
}

/**
 * The names of all buckets that the credentials may list.
 * @throws {LineupError}
 */
export const listBuckets = (store: ObjectStore, signal: AbortSignal): Promise<string[]> =>
  askList(store, { purpose: 'buckets', name: store.dialect.label }, readBuckets, signal);

/** Whether a failure concerns this bucket alone, so that others may work. */
export const isOfBucket = ({ code }: LineupError): boolean =>
  code === 'source_unauthorized' || code === 'source_unreadable' || code === 'source_not_found';
