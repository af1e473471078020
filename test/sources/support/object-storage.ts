/** A simulator of object storage for one test, and providers that reach it without real waits. */
import { onTestFinished } from 'vitest';
import { type Intercepted, type Interception, startS3Simulator } from '../../../simulators/s3/index.ts';
import type { Watched } from '../../../src/contracts/watched.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { gcsProvider } from '../../../src/sources/gcs/provider.ts';
import { type S3ProviderOptions, s3Provider } from '../../../src/sources/s3/provider.ts';
import type { ReadingOptions } from '../../../src/sources/source.ts';
import { latestOf } from '../../../src/sources/watch.ts';
import { swiftClock } from './swift-clock.ts';

export const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret+/key=' };

export interface StorageOptions {
  readonly sessionToken?: string;
  /** Bearer tokens that are accepted. */
  readonly tokens?: readonly string[];
  /** @default any */
  readonly region?: string;
  readonly now?: () => number;
  readonly fault?: (request: Intercepted) => Interception | undefined;
}

/** The simulator without its sample, and what it was asked. */
export async function startStorage({ fault, region = '*', ...options }: StorageOptions = {}) {
  const requests: Intercepted[] = [];
  const sim = await startS3Simulator({
    ...key,
    ...options,
    region,
    members: 0,
    intercept: (request) => {
      requests.push(request);
      return fault?.(request);
    },
  });
  onTestFinished(() => sim.close());
  return {
    origin: sim.endpoint,
    port: Number(new URL(sim.endpoint).port),
    requests,
    close: () => sim.close(),
    put: (bucket: string, name: string, content: string | Uint8Array, modified?: Date) =>
      sim.put(bucket, name, content, modified?.getTime()),
    remove: (bucket: string, name: string) => sim.delete(bucket, name),
  };
}

export const never = new AbortController().signal;

/** S3 at the simulator. */
export function s3At(
  { origin }: { readonly origin: string },
  changes: Readonly<Record<string, string>> = {},
  options: S3ProviderOptions = {},
) {
  const provider = s3Provider({ clock: swiftClock(), ...options });
  const credentials = new Secret<Record<string, string>>({
    access_key_id: key.accessKeyId,
    secret_access_key: key.secretAccessKey,
    endpoint: origin,
    ...changes,
  });
  return {
    open: (audience: string, reading?: ReadingOptions) => provider.open(credentials, audience, never, reading),
    audiences: (page: { limit: number; cursor?: string; search?: string }) =>
      provider.audiences(credentials, page, never),
    lists: (audience: string) => provider.lists(audience, credentials),
    latest: (audience: string, watched: Watched) => latestOf(provider, credentials, audience, watched, never),
    verify: () => provider.verify(credentials, never),
    hosts: () => provider.hosts?.(credentials),
  };
}

/** What a trigger sees of Google Cloud Storage at the simulator, with an HMAC key. */
export function latestInGcs({ origin }: { readonly origin: string }) {
  const provider = gcsProvider({ origin, clock: swiftClock() });
  const credentials = new Secret({ access_key_id: key.accessKeyId, secret_access_key: key.secretAccessKey });
  return (audience: string, watched: Watched) => latestOf(provider, credentials, audience, watched, never);
}
