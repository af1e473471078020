/** The calls that a source needs, each with its retries. All are reads. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { retryDelay } from '../remote/retry.ts';
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
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';
import { explainFailure, type Failure } from './failure.ts';

/** The most that Lytics gives at once. */
export const LARGEST_PAGE = 100;

interface Call<T> {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Undefined for an answer of an unknown form. */
  readonly read: (body: unknown) => T | undefined;
  /** The error for a failure that means something special here; undefined for all others. */
  readonly explain?: (failure: Failure) => LineupError | undefined;
}

/** @throws of every call: {LineupError} `source_unauthorized`, `source_failed`, `interrupted` */
export class LyticsClient {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All sound audiences of members, with their sizes. */
  audiences(signal?: AbortSignal): Promise<LyticsAudience[]> {
    return this.#get(
      {
        path: '/v2/segment',
        query: { table: 'user', kind: 'segment', valid: 'true', sizes: 'true' },
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
        read: readAudience,
        explain: ({ status }) => (status === 404 ? noAudience(id) : undefined),
      },
      signal,
    );
  }

  /** All fields of members. */
  fields(signal?: AbortSignal): Promise<LyticsField[]> {
    return this.#get({ path: '/v2/schema/user/field', query: { filter: 'all' }, read: readFields }, signal);
  }

  /** How many members have the field. @param id never a slug: Lytics answers that with a 500 */
  coverage(id: string, field: string, signal?: AbortSignal): Promise<Coverage> {
    return this.#get(
      {
        path: `/api/segment/${segmentOf(id)}/fieldinfo`,
        query: { fields: field, limit: '1' },
        read: (body) => readCoverage(body, field),
        explain: ({ status }) => (status === 404 ? noAudience(id) : undefined),
      },
      signal,
    );
  }

  /**
   * One page of a scan. Whatever is tried again is tried with the same cursor.
   * @param cursor undefined for the first page
   * @throws {LineupError} `source_expired` when Lytics takes the cursor no more, `source_not_found`
   */
  page(
    { id, name }: Pick<LyticsAudience, 'id' | 'name'>,
    { field, limit, cursor }: { field: string; limit: number; cursor: string | undefined },
    signal?: AbortSignal,
  ): Promise<Page> {
    return this.#get(
      {
        path: `/api/segment/${segmentOf(id)}/scan`,
        query: { limit: String(limit), fields: field, ...(cursor !== undefined && { start: cursor }) },
        read: readPage,
        explain: ({ status, reason }) => {
          if (status === 404) return noAudience(id);
          // Of a request whose only new part is the cursor, a 400 can mean nothing else.
          return status === 400 && cursor !== undefined ? expired(name, reason) : undefined;
        },
      },
      signal,
    );
  }

  async #get<T>(call: Call<T>, signal: AbortSignal | undefined): Promise<T> {
    const { clock, random } = this.#connection;
    const url = `${call.path}?${new URLSearchParams(call.query)}`;
    const name = `GET ${call.path}`;
    try {
      for (let attempts = 1; ; attempts += 1) {
        const result = await attempt(this.#connection, url, signal);
        if (result.ok) return understood(call, name, result.body);
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

function understood<T>(call: Call<T>, name: string, body: unknown): T {
  const value = call.read(body);
  if (value !== undefined) return value;
  throw new LineupError(
    'source_failed',
    sentence`Lytics answered in a form that Lineup does not understand (${name}). Is the origin that of Lytics?`,
  );
}

/** One segment of a path: it can neither leave its place nor bring a query. */
function segmentOf(id: string): string {
  if (id === '' || id === '.' || id === '..') throw noAudience(id);
  return encodeURIComponent(id);
}

function noAudience(id: string): LineupError {
  return new LineupError(
    'source_not_found',
    sentence`Lytics has no audience "${id.slice(0, 100)}" in the account of this token: it was deleted, or belongs to another account.`,
  );
}

function expired(name: string, reason: string): LineupError {
  return new LineupError(
    'source_expired',
    sentence`Lytics no longer knows where the scan of "${name}" stood. It must begin anew.`,
    { reason, retryable: true },
  );
}
