/** Object storage as a provider of audiences. The folders s3 and gcs say how its requests look. */

import { sentence } from '../../domain/text/sentence.ts';
import { openFiles } from '../files/open.ts';
import { webHost } from '../http.ts';
import { type Credentials, credential, type SourceProvider, type Verified } from '../source.ts';
import { readAddress, type Scheme } from './address.ts';
import { isListed, listAudiences, type Place } from './catalogue.ts';
import { BucketsDeniedError } from './failures.ts';
import { findObjects } from './find.ts';
import { listBuckets, listPage } from './list.ts';
import { objectOrigin } from './object.ts';
import type { ObjectStore } from './store.ts';
import { newestOf } from './watch.ts';

/** @param connect makes the store of credentials. It sends nothing yet. */
export function objectStorage(scheme: Scheme, connect: (credentials: Credentials) => ObjectStore): SourceProvider {
  return {
    open: async (credentials, audienceId, signal, reading) => {
      const address = readAddress(scheme, audienceId);
      const store = connect(credentials);
      const objects = await findObjects(store, address, signal);
      const locations = objects.map((object) => ({
        kind: 'origin' as const,
        ...objectOrigin(store, address.bucket, object),
      }));
      return openFiles({ ...reading, source: address.text, locations, sheet: address.sheet, signal });
    },
    audiences: async (credentials, page, signal) =>
      listAudiences(connect(credentials), placeOf(credentials), page, signal),
    lists: async (audienceId, credentials) => isListed(scheme, placeOf(credentials), audienceId),
    verify: async (credentials, signal) => verify(connect(credentials), placeOf(credentials), signal),
    watch: {
      object: async (credentials, audienceId, signal) =>
        newestOf(connect(credentials), readAddress(scheme, audienceId), signal),
    },
    hosts: (credentials) => {
      const store = connect(credentials);
      const { bucket } = placeOf(credentials);
      const url = store.base(bucket === '' ? undefined : bucket);
      return [webHost(store.dialect.label, url)];
    },
  };
}

const placeOf = (credentials: Credentials): Place => ({
  bucket: credential(credentials, 'bucket') ?? '',
  prefix: credential(credentials, 'prefix') ?? '',
});

async function verify(store: ObjectStore, { bucket, prefix }: Place, signal: AbortSignal): Promise<Verified> {
  const { label } = store.dialect;
  if (bucket !== '') {
    await listPage(store, { bucket, prefix, most: 1 }, signal);
    return {
      works: sentence`${label} accepts the credentials, and the objects of the bucket ${bucket} can be listed.`,
    };
  }
  try {
    const buckets = await listBuckets(store, signal);
    const works =
      buckets.length === 1
        ? sentence`${label} accepts the credentials and shows one bucket.`
        : sentence`${label} accepts the credentials and shows ${buckets.length} buckets.`;
    return { works };
  } catch (error) {
    if (!(error instanceof BucketsDeniedError)) throw error;
    return {
      works: sentence`${label} accepts the credentials, but they may not list the buckets. For a list of audiences, enter a bucket.`,
    };
  }
}
