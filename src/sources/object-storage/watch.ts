/** What a trigger compares of the objects that an address names: the newest time, and which objects have it. */
import { LineupError } from '../../domain/errors/errors.ts';
import { digestOf } from '../watch.ts';
import type { ObjectAddress } from './address.ts';
import { isOneKey, matchingObjects } from './find.ts';
import { describeObject, type StoredObject } from './object.ts';
import type { ObjectStore } from './store.ts';

/**
 * The time of the newest objects, how many have it, and a digest of their keys and versions: storages tell times by the
 * second, and several objects may come in one. `isNewerObject` (src/domain) compares two of these texts. Null when
 * there is no object.
 * @throws {LineupError} `source_*`
 */
export async function newestOf(
  store: ObjectStore,
  address: ObjectAddress,
  signal: AbortSignal,
): Promise<string | null> {
  let newest: { readonly modified: number; readonly objects: string[] } | undefined;
  for await (const { key, tag = '', size, modified = 0 } of objectsOf(store, address, signal)) {
    const object = digestOf(JSON.stringify([key, tag, size]));
    const isExact = key === address.key;
    if (isExact || newest === undefined || modified > newest.modified) newest = { modified, objects: [object] };
    else if (modified === newest.modified) newest.objects.push(object);
    // An object with exactly this key is read alone.
    if (isExact) break;
  }
  if (newest === undefined) return null;
  const { modified, objects } = newest;
  return [new Date(modified).toISOString(), objects.length, digestOf(objects.sort().join())].join(' ');
}

async function* objectsOf(
  store: ObjectStore,
  address: ObjectAddress,
  signal: AbortSignal,
): AsyncGenerator<StoredObject, void> {
  const { bucket, key } = address;
  if (!isOneKey(key)) return yield* matchingObjects(store, address, signal);
  try {
    yield await describeObject(store, bucket, key, signal);
  } catch (error) {
    // It is not there yet, and the bucket is.
    if (!(error instanceof LineupError) || error.code !== 'source_not_found' || error.reason === 'NoSuchBucket')
      throw error;
  }
}
