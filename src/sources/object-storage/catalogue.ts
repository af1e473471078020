/** The list of audiences: the objects of a bucket, or of all buckets that the credentials may list. */

import type { SourceAudience, SourceAudiencePage } from '../../contracts/sources.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { splitSheet } from '../../domain/files/file-names.ts';
import type { PageRequest } from '../../domain/values/paging.ts';
import { isPattern } from '../files/glob.ts';
import { isShown, nameOfObject, readAddress, type Scheme } from './address.ts';
import type { ListedObject, ObjectList } from './answers.ts';
import { isOfBucket, listBuckets, listPages } from './list.ts';
import type { ObjectStore } from './store.ts';

/** The part of the storage that the list shows. */
export interface Place {
  /** Empty for all buckets. */
  readonly bucket: string;
  readonly prefix: string;
}

/** How many lists of 1,000 objects are read for one page. A person can go on with the next page. */
const MAX_LISTS = 10;

/**
 * A search is a part of the key. With a slash in it, it is the beginning of the key, so that the storage can search.
 * The cursor is a bucket and a key.
 */
export async function listAudiences(
  store: ObjectStore,
  place: Place,
  { limit, cursor, search = '' }: PageRequest & { search?: string },
  signal: AbortSignal,
): Promise<SourceAudiencePage> {
  const { scheme } = store.dialect;
  const [, fromBucket = '', fromKey = ''] = /^([^/]*)\/(.*)$/s.exec(cursor ?? '') ?? [];
  const isChosen = place.bucket !== '';
  const all = isChosen ? [place.bucket] : await listBuckets(store, signal);
  const wanted = search.trim().toLowerCase();
  const found: { readonly audience: SourceAudience; readonly cursor: string }[] = [];
  let lists = 0;
  for (const bucket of all.filter((bucket) => bucket >= fromBucket)) {
    const prefix = prefixOf(scheme, bucket, place, search.trim());
    let after = bucket === fromBucket ? fromKey : '';
    const stop = () => ({ items: found.map(({ audience }) => audience), next: `${bucket}/${after}` });
    if (lists === MAX_LISTS) return stop();
    const pages = listPages(store, { bucket, prefix, after }, signal);
    for await (const page of isChosen ? pages : open(pages)) {
      lists += 1;
      for (const object of page.objects) {
        const { key } = object;
        if (!isChoice(scheme, bucket, place, key)) continue;
        if (!wanted.includes('/') && !key.toLowerCase().includes(wanted)) continue;
        found.push({ audience: audienceOf(scheme, bucket, place, object), cursor: `${bucket}/${key}` });
        if (found.length > limit) {
          const items = found.slice(0, limit).map(({ audience }) => audience);
          return { items, next: found[limit - 1]?.cursor ?? null };
        }
      }
      after = page.objects.at(-1)?.key ?? after;
      if (page.more && lists === MAX_LISTS) return stop();
    }
  }
  return { items: found.map(({ audience }) => audience), next: null };
}

/** Nothing of a bucket that is in another region, or closed. */
async function* open(pages: AsyncGenerator<ObjectList, void>): AsyncGenerator<ObjectList, void> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof LineupError) || !isOfBucket(error)) throw error;
  }
}

/** The beginning of all keys that the storage lists. */
function prefixOf(scheme: Scheme, bucket: string, { prefix }: Place, search: string): string {
  if (!search.includes('/')) return prefix;
  const whole = `${scheme}://${bucket}/`;
  const key = search.startsWith(whole) ? search.slice(whole.length) : search;
  return key.startsWith(prefix) ? key : `${prefix}${key}`;
}

/** Whether the list shows an object: its text names this object and nothing else. */
function isChoice(scheme: Scheme, bucket: string, { prefix }: Place, key: string): boolean {
  const id = nameOfObject(scheme, bucket, key);
  return key.startsWith(prefix) && isShown(key.slice(prefix.length)) && !/[{}]/.test(key) && splitSheet(id).file === id;
}

function audienceOf(
  scheme: Scheme,
  bucket: string,
  { prefix }: Place,
  { key, size, modified }: ListedObject,
): SourceAudience {
  return {
    id: nameOfObject(scheme, bucket, key),
    name: key.slice(prefix.length),
    description: '',
    size: null,
    updated_at: new Date(modified).toISOString(),
    file: { folder: nameOfObject(scheme, bucket, prefix), bytes: size },
  };
}

/**
 * Whether the list shows the audience. Only of a bucket that the authorization names: without one, a person who may
 * only look could make the service read every object that the credentials reach.
 */
export function isListed(scheme: Scheme, place: Place, audienceId: string): boolean {
  try {
    const { bucket, key, newest } = readAddress(scheme, audienceId);
    return bucket === place.bucket && !newest && !isPattern(key) && isChoice(scheme, bucket, place, key);
  } catch (error) {
    if (error instanceof LineupError) return false;
    throw error;
  }
}
