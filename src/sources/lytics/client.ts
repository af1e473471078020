/** The calls that a source needs, with retries. All of them only read. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { retryDelay } from '../http.ts';
import {
  type Coverage,
  type LyticsAudience,
  type LyticsField,
  type Page,
  readAudience,
  readAudiences,
  readCoverage,
  readFields,
  readPage,
} from './answers.ts';
import { attempt, explainFailure, type Failure } from './attempt.ts';
import type { Connection } from './connection.ts';

/** The largest page that Lytics gives. */
export const LARGEST_PAGE = 100;

/**
 * The longest answers, in bytes. They are enough for what Lytics documents, and small enough for many
 * requests at the same time. A list has all entries at once: 10,000 audiences of 1.6 kB. A page that is too
 * long is requested again with fewer members, so that even the largest profiles (1 MB) can be read. With the
 * few fields of a scan, a page has only some kB.
 */
const MAX_BYTES = { one: 1_000_000, list: 16_000_000, page: 8_000_000 } as const;

interface Call<T> {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly mostBytes: number;
  /** Undefined for an answer of an unknown form. */
  readonly read: (body: unknown) => T | undefined;
  /** The error for a failure with a special meaning in this call. Undefined for all others. */
  readonly explain?: (failure: Failure) => Error | undefined;
  /** Called with the failure of every attempt. */
  readonly onFailure?: (failure: Failure) => void;
}

/** @throws {LineupError} in every call: `source_unauthorized`, `source_failed`, `interrupted` */
export class LyticsClient {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All valid audiences of members, with their sizes. */
  audiences(signal?: AbortSignal): Promise<LyticsAudience[]> {
    return this.#get(
      {
        path: '/v2/segment',
        query: { table: 'user', kind: 'segment', valid: 'true', sizes: 'true' },
        mostBytes: MAX_BYTES.list,
        read: readAudiences,
      },
      signal,
    );
  }

  /** @param id an id or a slug @throws {LineupError} `source_not_found` */
  audience(id: string, signal?: AbortSignal): Promise<LyticsAudience> {
    return this.#get(
      {
        path: `/v2/segment/${segmentOf(id)}`,
        query: { sizes: 'true' },
        mostBytes: MAX_BYTES.one,
        read: readAudience,
        explain: ({ status }) => (status === 404 ? noAudience(id) : undefined),
      },
      signal,
    );
  }

  /** All fields of members. */
  fields(signal?: AbortSignal): Promise<LyticsField[]> {
    const path = '/v2/schema/user/field';
    const query = { filter: 'all' };
    return this.#get({ path, query, mostBytes: MAX_BYTES.list, read: readFields }, signal);
  }

  /** How many members have the field. @param id not a slug: Lytics answers a slug with a 500 */
  coverage(id: string, field: string, signal?: AbortSignal): Promise<Coverage> {
    return this.#get(
      {
        path: `/api/segment/${segmentOf(id)}/fieldinfo`,
        query: { fields: field, limit: '1' },
        mostBytes: MAX_BYTES.one,
        read: (body) => readCoverage(body, field),
        explain: ({ status }) => (status === 404 ? noAudience(id) : undefined),
      },
      signal,
    );
  }

  /**
   * One page of a scan, with these fields of each member. Every retry uses the same cursor.
   * @param cursor undefined for the first page
   * @throws {LineupError} `source_expired` when Lytics no longer accepts the cursor, `source_not_found`
   */
  async page(
    { id, name }: Pick<LyticsAudience, 'id' | 'name'>,
    { fields, limit, cursor }: { fields: readonly string[]; limit: number; cursor: string | undefined },
    signal?: AbortSignal,
  ): Promise<FetchedPage> {
    let lost = false;
    const request = (size: number) =>
      this.#get(
        {
          path: `/api/segment/${segmentOf(id)}/scan`,
          query: {
            limit: String(size),
            fields: fields.join(','),
            ...(cursor !== undefined && { start: cursor }),
          },
          mostBytes: MAX_BYTES.page,
          read: readPage,
          explain: ({ status, reason, tooLarge }) => {
            if (tooLarge && size > 1) return new PageTooLargeError();
            if (status === 404) return noAudience(id);
            // Only the cursor is new in this request, so a 400 must be about it.
            return status === 400 && cursor !== undefined ? expired(name, reason) : undefined;
          },
          onFailure: (failure) => {
            lost ||= failure.lost ?? false;
          },
        },
        signal,
      );
    for (let size = limit; ; size = Math.ceil(size / 4)) {
      try {
        return { ...(await request(size)), lost };
      } catch (error) {
        if (!(error instanceof PageTooLargeError)) throw error;
      }
    }
  }

  async #get<T>(call: Call<T>, signal: AbortSignal | undefined): Promise<T> {
    const { clock, random } = this.#connection;
    const url = `${call.path}?${new URLSearchParams(call.query)}`;
    const name = `GET ${call.path}`;
    try {
      for (let attempts = 1; ; attempts += 1) {
        const result = await attempt(this.#connection, url, call.mostBytes, signal);
        if (result.ok) return parseBody(call, name, result.body);
        call.onFailure?.(result.failure);
        const wait = retryDelay(result.failure, attempts, random());
        if (wait === undefined) {
          throw call.explain?.(result.failure) ?? explainFailure(result.failure, name, attempts);
        }
        await clock.sleep(wait, signal);
      }
    } catch (error) {
      if (error instanceof LineupError || !signal?.aborted) throw error;
      throw new LineupError('interrupted', sentence`The request to Lytics was stopped.`);
    }
  }
}

/** A page, and whether an earlier answer to the same request may have got lost. */
export interface FetchedPage extends Page {
  readonly lost: boolean;
}

/** A page with fewer members may be short enough. */
class PageTooLargeError extends Error {
  override readonly name = 'PageTooLargeError';
}

function parseBody<T>(call: Call<T>, name: string, body: unknown): T {
  const value = call.read(body);
  if (value !== undefined) return value;
  throw new LineupError(
    'source_failed',
    sentence`Lytics sent an answer that Lineup does not understand (${name}). Check that the origin is correct.`,
  );
}

/** One segment of a path. The id can neither change the path nor add a query. */
function segmentOf(id: string): string {
  if (id === '' || id === '.' || id === '..') throw noAudience(id);
  return encodeURIComponent(id);
}

function noAudience(id: string): LineupError {
  return new LineupError(
    'source_not_found',
    sentence`The account of this token has no audience "${id.slice(0, 100)}" in Lytics. It was deleted, or belongs to another account.`,
  );
}

function expired(name: string, reason: string): LineupError {
  return new LineupError(
    'source_expired',
    sentence`Lytics no longer knows the position of the scan of "${name}". The scan must start over.`,
    { reason, retryable: true },
  );
}
