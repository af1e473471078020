/**
 * Lists the objects of a bucket, in the order of their keys. A list that does not reach its end is an error, because
 * the audience would be too small.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { type ObjectList, PAGE, readBuckets, readObjects } from './answers.ts';
import { askList } from './request.ts';
import type { ObjectStore } from './store.ts';

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  /** Only keys behind this one. */
  readonly after?: string | undefined;
  /** Instead of `after`: the token of the page before. */
  readonly token?: string | undefined;
  /** The most objects of one page. @default 1000 */
  readonly most?: number;
}

/** One page. @throws {LineupError} */
export async function listPage(
  store: ObjectStore,
  { bucket, prefix, after, token, most = PAGE }: ListRequest,
  signal: AbortSignal,
): Promise<ObjectList> {
  const { dialect } = store;
  const query = {
    'list-type': '2',
    'encoding-type': 'url',
    'max-keys': String(most),
    prefix,
    ...(token !== undefined ? { 'continuation-token': token } : after && { 'start-after': after }),
  };
  return askList(
    store,
    { purpose: 'list', bucket, query, name: `${dialect.scheme}://${bucket}` },
    (text) => readObjects(text, dialect.version.element),
    signal,
  );
}

/**
 * All pages.
 * @throws {LineupError} also when the server says that more objects follow, but does not send them
 */
export async function* listPages(
  store: ObjectStore,
  { bucket, prefix, after }: Pick<ListRequest, 'bucket' | 'prefix' | 'after'>,
  signal: AbortSignal,
): AsyncGenerator<ObjectList, void> {
  const tokens = new Set<string>();
  const firsts = new Set<string>();
  let from: Pick<ListRequest, 'after' | 'token'> = { after };
  for (;;) {
    const page = await listPage(store, { bucket, prefix, ...from }, signal);
    const { objects, more, token } = page;
    const first = objects[0]?.key;
    if (first !== undefined && isAgain(firsts, first)) throw incomplete(bucket);
    yield page;
    if (!more) return;
    const last = objects.at(-1)?.key;
    // Some servers send no token. Then the next list begins behind the last key.
    if (token === undefined ? last === undefined : isAgain(tokens, token)) throw incomplete(bucket);
    from = token === undefined ? { after: last } : { token };
  }
}

function isAgain(seen: Set<string>, text: string): boolean {
  if (seen.has(text)) return true;
  seen.add(text);
  return false;
}

/** Not a failure of this bucket alone: the server makes the same mistake in others. */
const incomplete = (bucket: string): LineupError =>
  new LineupError(
    'source_failed',
    sentence`The objects of the bucket ${bucket} cannot be listed: the server says that more objects follow, but does not send them. Check the endpoint in the authorization, or ask the operator of the storage.`,
    { reason: 'incomplete list' },
  );

/**
 * The names of all buckets that the credentials may list.
 * @throws {LineupError}
 */
export const listBuckets = (store: ObjectStore, signal: AbortSignal): Promise<string[]> =>
  askList(store, { purpose: 'buckets', name: store.dialect.label }, readBuckets, signal);

/** Whether a failure concerns this bucket alone, so that others may work. */
export const isOfBucket = ({ code }: LineupError): boolean =>
  code === 'source_unauthorized' || code === 'source_unreadable' || code === 'source_not_found';
