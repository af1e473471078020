/**
 * Runs statements through the SQL API, version 2.
 *
 * A POST to `/api/v2/statements` starts one. The answer is 200 with the result, or 202 with a handle; then a GET with
 * the handle is 202 until the result is there. A result comes in partitions: the first one with the description of all,
 * the others by their number. The same POST again needs the same `requestId` and `retry=true`, so that the statement
 * runs once. Snowflake keeps a result for 24 hours.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { retryDelay } from '../http.ts';
import { type Answer, attempt, type Call, type Failure, textOf } from './attempt.ts';
import type { Connection } from './connection.ts';
import { errorOf, expired, explain, notUnderstood, type Subject, tooLarge, tooLong } from './explain.ts';
import type { Column } from './relation.ts';

const PATH = '/api/v2/statements';
/** A result of a lookup: a page of tables, the columns of a table, a preview. */
const MAX_LOOKUP_BYTES = 16 << 20;
/** A lookup waits until a suspended warehouse has resumed. */
const LOOKUP_SECONDS = 60;
const FIRST_POLL_MS = 100;
const LONGEST_POLL_MS = 3_000;
const CANCEL_MS = 5_000;
/** Snowflake ends a statement at its limit. After this time more, nobody waits for it any longer. */
const SPARE_SECONDS = 60;
/** Less waits in memory, and less is lost when a connection breaks. In MB; Snowflake's own value is 160. */
const PARTITION_MB = 16;
/** A partition with its description, as it is sent. */
const MAX_PARTITION_BYTES = 256 << 20;
const MAX_COLUMNS = 10_000;
const MAX_PARTITIONS = 200_000;

const size = z.number().int().nonnegative();
const partition = z.object({
  rowCount: size,
  uncompressedSize: size.optional(),
  compressedSize: size.optional(),
});

const description = z.object({
  resultSetMetaData: z.object({
    numRows: size,
    rowType: z
      .array(
        z.object({
          name: z.string().max(1_000),
          type: z.string().max(100),
          precision: z.number().nullish(),
          scale: z.number().nullish(),
        }),
      )
      .max(MAX_COLUMNS),
    partitionInfo: z.array(z.unknown()).max(MAX_PARTITIONS).pipe(z.array(partition)).optional(),
  }),
});

export interface Description {
  readonly rows: number;
  readonly columns: readonly Column[];
  /** The rows of each partition, and its size in bytes, when Snowflake says it. */
  readonly partitions: readonly { readonly rows: number; readonly bytes: number | undefined }[];
}

/** Undefined when it is not one of a result. */
export function readDescription(body: unknown): Description | undefined {
  const found = description.safeParse(body).data?.resultSetMetaData;
  if (!found) return undefined;
  const { numRows, rowType, partitionInfo = [{ rowCount: numRows }] } = found;
  return {
    rows: numRows,
    columns: rowType.map(({ name, type, precision, scale }) => ({
      name,
      type: type.toLowerCase(),
      precision: precision ?? undefined,
      scale: scale ?? undefined,
    })),
    partitions: partitionInfo.map(({ rowCount, uncompressedSize, compressedSize }) => ({
      rows: rowCount,
      bytes: largestOf(compressedSize, uncompressedSize),
    })),
  };
}

/** The code of a result that is whole. Another one may say that rows are missing, although the status is 200. */
const WHOLE = '090001';
const TOO_LARGE = '391908';

/** @param body what an answer with rows says. Only the first partition must have a code */
export function assertWhole(body: unknown): void {
  const { code } = Object(body) as { readonly code?: unknown };
  if (code !== undefined && code !== WHOLE) throw errorOf(code === TOO_LARGE ? tooLarge : notUnderstood);
}

/** Snowflake may send a partition in either form. */
function largestOf(...sizes: readonly (number | undefined)[]): number | undefined {
  const known = sizes.filter((size) => size !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

export type Rows = readonly (readonly (string | null)[])[];

export interface Lookup {
  readonly columns: readonly Column[];
  readonly rows: Rows;
}

const rowsSchema = z.object({ data: z.array(z.array(z.string().nullable())) });
const status = z.object({ statementHandle: z.string().regex(/^[0-9A-Za-z-]{1,64}$/) });

export interface Body {
  readonly gzip: boolean;
  readonly bytes: readonly Buffer[];
}

/** @throws {LineupError} in every call: `source_*`, `invalid_argument`, `interrupted` */
export class Statements {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Runs a short statement. @param values for the question marks in it */
  lookup(
    statement: string,
    { values = [], subject, signal }: { values?: readonly string[]; subject?: Subject; signal?: AbortSignal },
  ): Promise<Lookup> {
    return this.#interruptible(signal, async () => {
      const started = await this.#submit(statement, { values, seconds: LOOKUP_SECONDS }, subject, signal);
      const answer =
        started.status === 200
          ? started
          : await this.#whileRunning(
              handleIn(await this.#parse(started)),
              { seconds: LOOKUP_SECONDS, mostBytes: MAX_LOOKUP_BYTES },
              subject,
              signal,
            );
      const body = await this.#parse(answer);
      assertWhole(body);
      const found = readDescription(body);
      const rows = rowsSchema.safeParse(body).data?.data;
      if (!found || !rows?.every((row) => row.length === found.columns.length)) throw errorOf(notUnderstood);
      return { columns: found.columns, rows };
    });
  }

  /** Starts a long statement, and returns its handle. */
  start(statement: string, seconds: number, subject: Subject, signal?: AbortSignal): Promise<string> {
    return this.#interruptible(signal, async () => {
      const answer = await this.#submit(statement, { values: [], seconds, async: true }, subject, signal);
      return handleIn(await this.#parse(answer));
    });
  }

  /** Waits for a statement, and returns the first partition with the description. @param seconds as of `start` */
  first(handle: string, seconds: number, subject: Subject, signal?: AbortSignal): Promise<Body> {
    return this.#interruptible(signal, async () => {
      const { gzip, body } = await this.#whileRunning(
        handle,
        { seconds, mostBytes: MAX_PARTITION_BYTES },
        subject,
        signal,
      );
      return { gzip, bytes: body };
    });
  }

  /** @param bytes its size, when Snowflake has said it */
  partition(handle: string, number: number, bytes: number | undefined, signal: AbortSignal): Promise<Body> {
    return this.#interruptible(signal, async () => {
      // The sizes are not exact: they may leave out what stands around the values.
      const mostBytes = Math.min(MAX_PARTITION_BYTES, bytes === undefined ? Infinity : 4 * bytes + (1 << 20));
      const pathAndQuery = `${PATH}/${handle}?partition=${number}`;
      const answer = await this.#send(() => ({ pathAndQuery, mostBytes }), {}, signal, true);
      return { gzip: answer.gzip, bytes: answer.body };
    });
  }

  /** Cancels a statement that nobody waits for. Never fails. */
  async #cancel(handle: string): Promise<void> {
    const call: Call = { pathAndQuery: `${PATH}/${handle}/cancel`, json: '{}', mostBytes: 100_000 };
    await attempt({ ...this.#connection, timeoutMs: CANCEL_MS }, call, undefined).catch(() => {});
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.#connection.agent.destroy();
  }

  async #submit(
    statement: string,
    { values, seconds, async = false }: { values: readonly string[]; seconds: number; async?: boolean },
    subject: Subject | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const { place } = this.#connection;
    const given = Object.entries(place).filter(([, name]) => name !== '');
    const json = JSON.stringify({
      statement,
      timeout: seconds,
      // Snowflake takes these names as it stores them, in their case and without quotes.
      ...Object.fromEntries(given),
      resultSetMetaData: { format: 'jsonv2' },
      bindings: Object.fromEntries(values.map((value, index) => [String(index + 1), { type: 'TEXT', value }])),
      parameters: {
        multi_statement_count: 1,
        client_result_chunk_size: PARTITION_MB,
        // All rows. Otherwise a limit of the user or the account would cut the result.
        rows_per_resultset: 0,
        query_tag: 'lineup',
      },
    });
    const path = `${PATH}?requestId=${randomUUID()}&nullable=true`;
    const call = (more: string): Call => ({
      pathAndQuery: `${path}${more}`,
      json,
      mostBytes: MAX_LOOKUP_BYTES,
    });
    const kind = async ? '&async=true' : '';
    signal?.throwIfAborted();
    try {
      return await this.#send((attempts) => call(attempts === 1 ? kind : `${kind}&retry=true`), subject, signal);
    } catch (error) {
      const refused = error instanceof LineupError && !error.retryable;
      if (!refused) await this.#cancelLost(call('&async=true&retry=true'));
      throw error;
    }
  }

  /** Cancels a statement that may have started, although no answer came. Never fails. */
  async #cancelLost(again: Call): Promise<void> {
    const answer = await attempt({ ...this.#connection, timeoutMs: CANCEL_MS }, again, undefined).catch(() => {});
    if (!answer?.ok) return;
    const handle = await this.#parse(answer).then(handleIn, () => undefined);
    if (handle !== undefined) await this.#cancel(handle);
  }

  /** The result of a statement that may still run. The statement is cancelled when nobody waits any more. */
  async #whileRunning(
    handle: string,
    { seconds, mostBytes }: { seconds: number; mostBytes: number },
    subject: Subject | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const call = (): Call => ({ pathAndQuery: `${PATH}/${handle}`, mostBytes });
    const { clock } = this.#connection;
    const until = clock.now().getTime() + 1000 * (seconds + SPARE_SECONDS);
    let waits = true;
    try {
      for (let wait = FIRST_POLL_MS; ; wait = Math.min(2 * wait, LONGEST_POLL_MS)) {
        const answer = await this.#send(call, subject, signal, true);
        waits = answer.status === 202;
        if (!waits) return answer;
        if (clock.now().getTime() > until) throw errorOf(tooLong);
        await clock.sleep(wait, signal);
      }
    } finally {
      if (waits) await this.#cancel(handle);
    }
  }

  /** @param kept whether the request is about a result that Snowflake may have forgotten */
  async #send(
    call: (attempts: number) => Call,
    subject: Subject | undefined,
    signal: AbortSignal | undefined,
    kept = false,
  ): Promise<Answer> {
    const { clock, random } = this.#connection;
    for (let attempts = 1; ; attempts += 1) {
      const result = await attempt(this.#connection, call(attempts), signal);
      if (result.ok) return result;
      const wait = retryDelay(result, attempts, random());
      if (wait === undefined) throw this.#explain(result, subject, kept);
      await clock.sleep(wait, signal);
    }
  }

  #explain(failure: Failure, subject: Subject | undefined, kept: boolean): LineupError {
    const { status } = failure;
    if (kept && (status === 404 || status === 410)) return errorOf(expired);
    return explain(failure, this.#connection, subject);
  }

  async #parse({ body, gzip }: Answer): Promise<unknown> {
    try {
      return JSON.parse(await textOf(body, gzip, MAX_LOOKUP_BYTES));
    } catch {
      throw errorOf(notUnderstood);
    }
  }

  async #interruptible<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof LineupError || !signal?.aborted) throw error;
      throw new LineupError('interrupted', sentence`The request to Snowflake was stopped.`);
    }
  }
}

function handleIn(body: unknown): string {
  const found = status.safeParse(body).data;
  if (!found) throw errorOf(notUnderstood);
  return found.statementHandle;
}
