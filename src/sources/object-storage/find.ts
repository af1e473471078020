/** Finds the objects that an address names. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { expandBraces, isPattern, MAX_ENTRIES, MAX_FILES, tooLongSearch, tooManyFiles } from '../files/glob.ts';
import type { ObjectAddress } from './address.ts';
import type { ListedObject } from './answers.ts';
import { listPages } from './list.ts';
import { describeObject, type StoredObject } from './object.ts';
import { keyPattern } from './pattern.ts';
import type { ObjectStore } from './store.ts';

/** How long one search may take. A run has the time; for a person the request ends before. */
const MAX_MS = 60_000;

/**
 * At least one object, sorted by key.
 * @throws {LineupError} `source_not_found`; `source_unsupported` for a search that takes too long
 */
export async function findObjects(
  store: ObjectStore,
  address: ObjectAddress,
  signal: AbortSignal,
): Promise<readonly StoredObject[]> {
  const { bucket, key, text } = address;
  if (isOneKey(key)) return [await describeObject(store, bucket, key, signal)];
  const found = await search(store, address, signal);
  if (found.length === 0) throw new LineupError('source_not_found', sentence`No object matches ${text}.`);
  return found;
}

/** Whether a key names one object, and no pattern or folder. */
export const isOneKey = (key: string): boolean => !isPattern(key) && !isFolder(key);

/** In an address with `newest:`. It means every object below it. */
const isFolder = (key: string): boolean => key === '' || key.endsWith('/');

const newer = (first: ListedObject, other: ListedObject): ListedObject =>
  other.modified > first.modified || (other.modified === first.modified && other.key > first.key) ? other : first;

async function search(store: ObjectStore, address: ObjectAddress, signal: AbortSignal): Promise<ListedObject[]> {
  const { key, text, newest } = address;
  let found: ListedObject[] = [];
  for await (const object of matchingObjects(store, address, signal)) {
    // An object with exactly this key goes first, as for files.
    if (object.key === key) return [object];
    const [best] = found;
    if (newest) found = [best ? newer(best, object) : object];
    else found.push(object);
    if (found.length > MAX_FILES) throw tooManyFiles(text.slice(0, 200));
  }
  return found.sort((first, other) => (first.key < other.key ? -1 : 1));
}

/**
 * The objects that match a pattern or are in a folder, and one with exactly this key.
 * @throws {LineupError} `source_unsupported` for a search that takes too long
 */
export async function* matchingObjects(
  store: ObjectStore,
  { bucket, key, text, newest }: ObjectAddress,
  signal: AbortSignal,
): AsyncGenerator<ListedObject, void> {
  const { prefixes, matches } = await wanted(key, newest);
  const ends = performance.now() + MAX_MS;
  let seen = 0;
  for (const prefix of prefixes) {
    for await (const { objects } of listPages(store, { bucket, prefix }, signal)) {
      seen += objects.length;
      yield* objects.filter((object) => object.key === key || matches(object.key));
      if (seen > MAX_ENTRIES || performance.now() > ends) throw tooLongSearch(text.slice(0, 200));
    }
  }
}

interface Wanted {
  /** What is listed. No prefix begins with another one. */
  readonly prefixes: readonly string[];
  matches(key: string): boolean;
}

/** @param key a pattern, or a folder */
async function wanted(key: string, newest: boolean): Promise<Wanted> {
  const text = isFolder(key) ? `${key}**` : key;
  const patterns = [...(await expandBraces(text))].map((pattern) => keyPattern(pattern, newest));
  const prefixes: string[] = [];
  for (const prefix of [...new Set(patterns.map((pattern) => pattern.prefix))].sort()) {
    const before = prefixes.at(-1);
    if (before === undefined || !prefix.startsWith(before)) prefixes.push(prefix);
  }
  return {
    prefixes,
    matches: (object) => !isMarker(object) && patterns.some((pattern) => pattern.matches(object)),
  };
}

/** Consoles of storages show folders by empty objects with such keys. */
const isMarker = (key: string): boolean => key.endsWith('/');
