/** One call of the API: how a resource describes it, the options that every call takes, and what is logged of it. */
import type * as core from '../../client-core/src/request.ts';
import type { CallKind } from '../../client-core/src/retry.ts';
import type { JsonObject } from '../../client-core/src/validation.ts';
import type { LyAdsErrorCode } from './errors.ts';

/**
 * A file on the disk, or bytes that the caller reads.
 *
 * @example
 * import type { UploadFile } from '@lineup/ly-ads';
 *
 * const onDisk: UploadFile = { name: 'members.csv', path: 'hashes.csv' };
 * const content = new TextEncoder().encode(`Email\n${`${'a'.repeat(64)}\n`.repeat(100)}`);
 * const inMemory: UploadFile = {
 *   name: 'members.csv',
 *   bytes: content.length,
 *   read: async function* () {
 *     yield content;
 *   },
 * };
 */
export type UploadFile = core.UploadFile;

/** One call, as a resource describes it. The sender decides how it is authorized, sent and retried. */
export interface ApiRequest<T> {
  service: 'BaseAccountService' | 'AccountService' | 'AudienceListService';
  action: string;
  kind: CallKind;
  query?: core.Query | undefined;
  /** Sent as JSON, unless there is an upload. */
  body?: JsonObject | undefined;
  upload?: core.UploadSpec | undefined;
  /** Reads the `rval` of an answer; throws AnswerError. */
  parse: (rval: JsonObject) => T;
  /** As `requestOptions` has checked them. */
  options: RequestOptions;
  /** The request can wait for others (limiter.ts). */
  background?: boolean | undefined;
}

/** Rejects with LyAdsError. */
export type Send = <T>(request: ApiRequest<T>) => Promise<T>;

/**
 * Sends the requests of a client: the global `fetch`, or a test's own function.
 *
 * @example
 * import { type Fetch, LyAdsClient } from '@lineup/ly-ads';
 *
 * const fetch: Fetch = async () => Response.json({ rid: '1', errors: null, rval: { totalNumEntries: 0, values: [] } });
 * const client = new LyAdsClient({ clientId: 'test', baseAccountId: '1', token: async () => 'test', fetch });
 * console.log((await client.audienceLists.page('1')).items); // []
 */
export type Fetch = core.Fetch;

/**
 * Headers as `new Headers` takes them: an object, pairs, or `Headers`.
 *
 * @example
 * import { type HeadersLike, LyAdsClient } from '@lineup/ly-ads';
 *
 * const headers: HeadersLike = { 'x-gateway-team': 'crm' };
 * const client = new LyAdsClient({ clientId: 'my-client-id', token: async () => 'my-token', headers });
 */
export type HeadersLike = core.HeadersLike;

/**
 * The options that every call takes. They override those of the client.
 *
 * @example
 * import { LyAdsClient, type RequestOptions } from '@lineup/ly-ads';
 *
 * const client = new LyAdsClient({ clientId: 'my-client-id', token: async () => 'my-token' });
 * const soon: RequestOptions = { timeout: 5_000, maxRetries: 0, signal: AbortSignal.timeout(10_000) };
 * const { items } = await client.baseAccounts.page(soon);
 */
export type RequestOptions = core.RequestOptions;

/**
 * The options of a read that other requests may overtake.
 *
 * @example
 * import type { ReadOptions } from '@lineup/ly-ads';
 *
 * const patient: ReadOptions = { background: true };
 */
export interface ReadOptions extends RequestOptions {
  /** This request can wait and leaves LY's limit to others. @default false */
  background?: boolean | undefined;
}

/**
 * One attempt of one request. It contains no token, secret, query value or body.
 *
 * @example
 * import type { RequestLogEntry } from '@lineup/ly-ads';
 *
 * const line = ({ time, method, endpoint, status, error, reason }: RequestLogEntry): string =>
 *   [time, method, endpoint, status ?? '-', reason ?? error ?? ''].join(' ');
 */
export interface RequestLogEntry {
  /** When the attempt started: ISO 8601, UTC. */
  time: string;
  method: string;
  /** The path below the base URL, e.g. `/api/v20/AudienceListService/get`. */
  endpoint: string;
  /** HTTP status, when LY answered. */
  status?: number;
  /** Why the attempt failed; absent when it succeeded. */
  error?: LyAdsErrorCode;
  /** LY's code, also that of a refusal with 200. */
  reason?: string;
  /** LY's id of the request. */
  rid?: string;
  durationMs: number;
  /** From 1. */
  attempt: number;
}

/**
 * Called after every attempt.
 *
 * @example
 * import { LyAdsClient, type RequestLog } from '@lineup/ly-ads';
 *
 * const log: RequestLog = (entry) => console.error(JSON.stringify(entry));
 * const client = new LyAdsClient({ clientId: 'my-client-id', token: async () => 'my-token', log });
 */
export type RequestLog = (entry: RequestLogEntry) => void;
