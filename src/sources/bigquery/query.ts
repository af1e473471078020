/** Queries: what one would read and cost, and its result as a table. */
import { LineupError } from '../../domain/errors/errors.ts';
import { joinSentences, type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Account } from './account.ts';
import type { BigQueryClient, Job, SchemaField } from './client.ts';
import { type Asked, explain, jobRefusal, strangeAnswer, type WrittenLines } from './failure.ts';
import type { TableName } from './names.ts';
import { pause } from './retries.ts';

/** What BigQuery says about a query without running it. */
export interface QueryPlan {
  readonly fields: readonly SchemaField[];
  readonly bytes: number;
  readonly location: string | undefined;
  /** The tables that it reads. */
  readonly tables: readonly TableName[];
}

export interface Query {
  readonly query: string;
  readonly label: string;
  /** Which part of it a person wrote. @default all */
  readonly lines?: WrittenLines | undefined;
}

const askedFor = ({ label, lines }: Query): Asked => ({ label, permission: 'bigquery.jobs.create', lines });

/**
 * Tests a query without running it: nothing is read, and it costs nothing.
 * @throws {LineupError} `invalid_argument` for anything but one SELECT, and for one that would read more than the limit
 */
export async function planQuery(client: BigQueryClient, planned: Query, signal?: AbortSignal): Promise<QueryPlan> {
  const { location, byteLimit } = client.account;
  const { query } = planned;
  const asked = askedFor(planned);
  const job = await client.insertJob(
    {
      jobReference: { projectId: client.account.billingProject, location },
      // Without the cache, so that the bytes are those of the first run.
      configuration: { dryRun: true, query: { query, useLegacySql: false, useQueryCache: false } },
    },
    asked,
    signal,
  );
  throwIfFailed(client, job, asked);
  const { statementType, totalBytesProcessed: bytes, schema, referencedTables = [] } = job.statistics?.query ?? {};
  if (statementType !== 'SELECT' || bytes === undefined) throw notOneSelect(statementType ?? '');
  if (bytes > byteLimit) {
    throw new LineupError(
      'invalid_argument',
      sentence`The query would read ${size(bytes)}, which is more than the limit of ${size(byteLimit)}. Read fewer columns or partitions, or raise the limit in the authorization.`,
    );
  }
  const tables = referencedTables.map(({ projectId, datasetId, tableId }) => ({
    project: projectId,
    dataset: datasetId,
    table: tableId,
  }));
  return { fields: schema?.fields ?? [], bytes, location: job.jobReference.location ?? location, tables };
}

function notOneSelect(statement: string): LineupError {
  const several = statement === 'SCRIPT' ? sentence`It has several statements.` : undefined;
  return new LineupError(
    'invalid_argument',
    joinSentences(several, sentence`The query must be exactly one SELECT that only reads.`),
  );
}

/** The price of on-demand queries in most regions, in US dollars. */
const USD_PER_TIB = 6.25;

/** What a person should know before saving. */
export function costNotice(bytes: number): Sentence {
  const cost = (bytes / 2 ** 40) * USD_PER_TIB;
  return cost < 0.01
    ? sentence`This query reads ${size(bytes)}, less than USD 0.01 at list price.`
    : sentence`This query reads ${size(bytes)}, about USD ${cost.toFixed(2)} at list price.`;
}

/** BigQuery looks for a table without a project in the project that pays, and not in that of the authorization. */
export function projectNotice(
  { project, billingProject }: Pick<Account, 'project' | 'billingProject'>,
  tables: readonly TableName[],
): Sentence | undefined {
  const found = tables.find((table) => table.project === billingProject);
  if (project === billingProject || !found) return undefined;
  return sentence`It reads ${`${found.dataset}.${found.table}`} of ${billingProject}, the project that pays. A table without a project is one of that project. For a table of ${project}, write this project before its name.`;
}

function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${units[power]}`;
}

export interface QueryRun extends Query {
  readonly location: string | undefined;
}

/** The time after which Lineup gives a query up. BigQuery itself ends it after six hours. */
const LONGEST_MS = 2 * 3_600_000;

/**
 * Runs a query. Its result is a table that BigQuery keeps for about a day, and that only these credentials may read.
 * @throws {LineupError} as `planQuery`, `source_failed`, `interrupted`
 */
export async function runQuery(client: BigQueryClient, run: QueryRun, signal?: AbortSignal): Promise<TableName> {
  const { query, location } = run;
  // The query itself can write the text of an error of a run, with numbers of members as a position.
  const asked = { ...askedFor(run), isRun: true };
  const { billingProject: projectId, byteLimit, random, clock } = client.account;
  const jobId = `lineup_${Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(36)).join('_')}_${clock.now().getTime().toString(36)}`;
  const body = {
    jobReference: { projectId, jobId, location },
    configuration: { query: { query, useLegacySql: false, maximumBytesBilled: String(byteLimit) } },
  };
  let isRefused = false;
  try {
    await client.insertJob(body, asked, signal).catch((error: unknown) => {
      // An earlier attempt, whose answer was lost, has started it.
      if (error instanceof LineupError && error.reason === 'duplicate') return;
      isRefused = error instanceof LineupError && !error.retryable && error.code !== 'interrupted';
      throw error;
    });
    const until = clock.now().getTime() + LONGEST_MS;
    while (!(await client.isComplete(jobId, location, asked, signal))) {
      if (clock.now().getTime() > until) throw tooLong();
      await pause(client.account, 500, signal);
    }
    const job = await client.job(jobId, location, asked, signal);
    throwIfFailed(client, job, asked);
    const result = job.configuration?.query?.destinationTable;
    if (!result) throw strangeAnswer('no result');
    return { project: result.projectId, dataset: result.datasetId, table: result.tableId };
  } catch (error) {
    // Without an answer, it may have started.
    if (!isRefused) await client.cancelJob(jobId, location);
    throw error;
  }
}

function throwIfFailed(client: BigQueryClient, job: Job, asked: Asked): void {
  const failed = job.status?.errorResult;
  if (failed) throw explain(jobRefusal(failed.reason, failed.message), asked, client.account.location);
}

const tooLong = (): LineupError =>
  new LineupError(
    'source_failed',
    sentence`The query did not end within two hours, so Lineup stopped it. Store its result in a table, and choose this table.`,
  );
