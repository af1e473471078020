import type { RequestOptions } from './request-options.ts';
import type { CallKind } from './retry.ts';
import type { UploadFile } from './upload-file.ts';

export type FormField = readonly [name: string, value: string];

export interface UploadSpec {
  /** The form fields that go before the file, in order. */
  fields: readonly FormField[];
  file: UploadFile;
  /** Told the bytes of the file that were handed to the connection so far; from 0 again with each attempt. */
  onProgress?: ((bytesSent: number) => void) | undefined;
}

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
  /** As `requestOptions` has looked at them. */
  options: RequestOptions;
  /** It can wait for others (limiter.ts). */
  background?: boolean | undefined;
}

/**
 * What the client sends its requests with: the global `fetch` is one, and a test may hand in its own.
 *
 * @example
 * import { type Fetch, LineAdsClient } from '@lineup/line-ads';
 *
 * const fetch: Fetch = async (url) => Response.json({ jobs: [], asked: url.pathname });
 * const client = new LineAdsClient({ accessKey: 'test', secretKey: 'test', fetch });
 * console.log(await client.customAudiences.uploadJobs('A1', '5343822743475')); // []
 */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** Rejects with LineAdsError. */
export type Send = <T>(request: ApiRequest<T>) => Promise<T>;
