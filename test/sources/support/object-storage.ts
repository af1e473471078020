/** A simulator of object storage for one test, and providers that reach it without real waits. */
import { onTestFinished } from 'vitest';
import {
  type StorageSimulator,
  type StorageSimulatorOptions,
  startStorageSimulator,
} from '../../../simulators/object-storage/index.ts';
import { Secret } from '../../../src/contracts/secret.ts';
import { type S3ProviderOptions, s3Provider } from '../../../src/sources/s3/provider.ts';
import type { ReadingOptions } from '../../../src/sources/source.ts';

export const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret+/key=' };

export async function startStorage(
  options: Partial<StorageSimulatorOptions> = {},
): Promise<StorageSimulator> {
  const sim = await startStorageSimulator({ now: () => new Date(), keys: [key], ...options });
  onTestFinished(() => sim.close());
  return sim;
}

/** A clock of now, on which every wait ends at once. It records the waits. */
export function briskClock() {
  const waits: number[] = [];
  return {
    waits,
    now: () => new Date(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      waits.push(ms);
    },
  };
}

export const never = new AbortController().signal;

/** S3 at the simulator. */
export function s3At(
  { origin }: Pick<StorageSimulator, 'origin'>,
  changes: Readonly<Record<string, string>> = {},
  options: S3ProviderOptions = {},
) {
  const provider = s3Provider({ clock: briskClock(), ...options });
  const credentials = new Secret<Record<string, string>>({
    access_key_id: key.accessKeyId,
    secret_access_key: key.secretAccessKey,
    endpoint: origin,
    ...changes,
  });
  return {
    open: (audience: string, reading?: ReadingOptions) =>
      provider.open(credentials, audience, never, reading),
    audiences: (page: { limit: number; cursor?: string; search?: string }) =>
      provider.audiences(credentials, page, never),
    lists: (audience: string) => provider.lists(audience, credentials),
    verify: () => provider.verify(credentials, never),
    hosts: () => provider.hosts?.(credentials),
  };
}
