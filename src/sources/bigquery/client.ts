/** The requests to the REST API that a source needs, with retries. */
import { z } from 'zod';
import type { Account } from './account.ts';
import { type Answer, exchange } from './exchange.ts';
import { type Asked, explain, isTemporary, refusalIn, strangeAnswer } from './failure.ts';
import type { TableName } from './names.ts';
import { AttemptError, withRetries } from './retries.ts';

interface Call<T> {
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** With a body it is a POST. */
  readonly body?: object;
  readonly answer: z.ZodType<T>;
  readonly asked?: Asked;
}

const count = z.coerce.number().int().nonnegative();

/** Lists are bounded by the length of an answer. Names only go into paths, as encoded segments. */
const datasetList = z.object({
  datasets: z.array(z.object({ datasetReference: z.object({ datasetId: z.string() }) })).default([]),
  nextPageToken: z.string().optional(),
});

const tableList = z.object({
  tables: z
    .array(z.object({ type: z.string().default('TABLE'), tableReference: z.object({ tableId: z.string() }) }))
    .default([]),
  nextPageToken: z.string().optional(),
});

const schemaField = z.object({ name: z.string(), type: z.string(), mode: z.string().default('NULLABLE') });
export type SchemaField = z.infer<typeof schemaField>;
const schema = z.object({ fields: z.array(schemaField).max(10_000).default([]) });

const table = z.object({
  type: z.string().default('TABLE'),
  description: z.string().default(''),
  numRows: count.optional(),
  lastModifiedTime: count.optional(),
  schema: schema.default({ fields: [] }),
});
export type Table = z.infer<typeof table>;

const tableReference = z.object({ projectId: z.string(), datasetId: z.string(), tableId: z.string() });

const job = z.object({
  jobReference: z.object({ jobId: z.string().default(''), location: z.string().optional() }),
  status: z
    .object({
      state: z.string(),
      errorResult: z.object({ reason: z.string().default(''), message: z.string().default('') }).optional(),
    })
    .optional(),
  configuration: z.object({ query: z.object({ destinationTable: tableReference.optional() }).optional() }).optional(),
  statistics: z
    .object({
      query: z
        .object({
          statementType: z.string().default(''),
          totalBytesProcessed: count.default(0),
          schema: schema.optional(),
          referencedTables: z.array(tableReference).default([]),
        })
        .optional(),
    })
    .optional(),
});
export type Job = z.infer<typeof job>;

export class BigQueryClient {
  readonly account: Account;

  constructor(account: Account) {
    this.account = account;
  }

  datasets(pageToken: string | undefined, signal?: AbortSignal) {
    const { project } = this.account;
    return this.#call(
      {
        path: ['projects', project, 'datasets'],
        query: { maxResults: '1000', pageToken },
        answer: datasetList,
      },
      signal,
    );
  }

  tables(dataset: string, pageToken: string | undefined, signal?: AbortSignal) {
    return this.#call(
      {
        path: ['projects', this.account.project, 'datasets', dataset, 'tables'],
        query: { maxResults: '1000', pageToken },
        answer: tableList,
        asked: { label: dataset, permission: 'bigquery.tables.list' },
      },
      signal,
    );
  }

  /** @throws {LineupError} `source_not_found` */
  table({ project, dataset, table: id }: TableName, signal?: AbortSignal): Promise<Table> {
    return this.#call(
      {
        path: ['projects', project, 'datasets', dataset, 'tables', id],
        answer: table,
        asked: { label: `${dataset}.${id}`, permission: 'bigquery.tables.get' },
      },
      signal,
    );
  }

  /** Which of the permissions the credentials have on a table. */
  async permissions({ project, dataset, table: id }: TableName, wanted: readonly string[], signal?: AbortSignal) {
    const answer = z.object({ permissions: z.array(z.string()).default([]) });
    const path = ['projects', project, 'datasets', dataset, 'tables', `${id}:testIamPermissions`];
    return (await this.#call({ path, body: { permissions: wanted }, answer }, signal)).permissions;
  }

  /** Starts a job. A second request with the same id starts nothing. */
  insertJob(body: object, asked: Asked, signal?: AbortSignal): Promise<Job> {
    const path = ['projects', this.account.billingProject, 'jobs'];
    return this.#call({ path, body, answer: job, asked }, signal);
  }

  job(id: string, location: string | undefined, asked: Asked, signal?: AbortSignal): Promise<Job> {
    const path = ['projects', this.account.billingProject, 'jobs', id];
    return this.#call({ path, query: { location }, answer: job, asked }, signal);
  }

  /** Waits some seconds for the end of a job. */
  async isComplete(id: string, location: string | undefined, asked: Asked, signal?: AbortSignal): Promise<boolean> {
    const answer = z.object({ jobComplete: z.boolean() });
    const path = ['projects', this.account.billingProject, 'queries', id];
    const query = { location, maxResults: '0', timeoutMs: '20000' };
    return (await this.#call({ path, query, answer, asked }, signal)).jobComplete;
  }

  /** A job that nobody waits for any more. A failure changes nothing for the caller. */
  async cancelJob(id: string, location: string | undefined): Promise<void> {
    const path = ['projects', this.account.billingProject, 'jobs', id, 'cancel'];
    await this.#attempt({ path, query: { location }, body: {}, answer: z.unknown() }).catch(() => undefined);
  }

  async #call<T>(call: Call<T>, signal: AbortSignal | undefined): Promise<T> {
    return withRetries(this.account, signal, async () => {
      const { status, body, retryAfterMs } = await this.#attempt(call, signal);
      if (status >= 200 && status <= 299) {
        const read = call.answer.safeParse(body);
        if (read.success) return read.data;
        throw strangeAnswer('form');
      }
      const refusal = refusalIn(status, body);
      const error = explain(refusal, call.asked ?? {}, this.account.location);
      throw new AttemptError(error, isTemporary(refusal), retryAfterMs);
    });
  }

  async #attempt({ path, query = {}, body }: Call<unknown>, signal?: AbortSignal): Promise<Answer> {
    const { restOrigin, network, clock, silenceMs, tokens } = this.account;
    const url = new URL(`/bigquery/v2/${path.map(segment).join('/')}`, restOrigin);
    for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${await tokens(signal)}`,
      ...(body && { 'content-type': 'application/json' }),
    };
    return exchange({ url, headers, body: body && JSON.stringify(body), network, clock, silenceMs, signal });
  }
}

/** One segment of a path. A colon stands before the name of a special request, and after the domain of a project. */
const segment = (text: string): string => encodeURIComponent(text).replaceAll('%3A', ':');
