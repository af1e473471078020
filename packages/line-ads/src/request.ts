import type { FormField } from './multipart.ts';
import type { CallKind } from './retry.ts';
import type { UploadSpec } from './upload-body.ts';

/** One call of the API, as a resource describes it; how it is sent, signed and retried is the sender's affair. */
export interface ApiRequest<T> {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL, from `/v3` on, its segments encoded. */
  path: string;
  kind: CallKind;
  /** Values that are undefined are left out. */
  query?: Record<string, string | number | boolean | undefined> | undefined;
  /** Sent as JSON. */
  body?: Record<string, unknown> | undefined;
  /** Sent as a form without a file. */
  form?: readonly FormField[] | undefined;
  /** Sent as a form with a file. */
  upload?: UploadSpec | undefined;
  /** Reads the body of a 2xx answer; throws UnreadableAnswer. */
  parse: (text: string) => T;
  signal?: AbortSignal | undefined;
  /** It can wait for others (limiter.ts). */
  background?: boolean | undefined;
}

/** Rejects with LineAdsError. */
export type Send = <T>(request: ApiRequest<T>) => Promise<T>;

/** What every call takes beside its own options. */
export interface CallOptions {
  /** Ends the call at any point, also while it waits for its turn or for a retry. */
  signal?: AbortSignal | undefined;
}
