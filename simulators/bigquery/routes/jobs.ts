/** Jobs that test or run a query. */
import { ok } from '../../shared/admin.ts';
import type { Reply } from '../../shared/http.ts';
import { jobShape, readBody } from '../body.ts';
import { RefusalError } from '../refusals.ts';
import { readStatement, type Statement } from '../sql.ts';
import type { Table } from '../tables.ts';
import { type Call, findTable, type Job, ownerOf, type World } from '../world.ts';
import { schemaOf } from './tables.ts';

interface Wanted {
  readonly jobReference?: { readonly jobId?: string; readonly location?: string };
  readonly configuration?: {
    readonly dryRun?: boolean;
    readonly query?: { readonly query?: string; readonly maximumBytesBilled?: string };
  };
}

/** What BigQuery would read: whole columns, also with a LIMIT. */
const BYTES_OF_A_VALUE = 20;

export async function insertJob({ world, body, params }: Call): Promise<Reply> {
  const { project = '' } = params;
  const { jobReference = {}, configuration = {} } = readBody<Wanted>(body, jobShape, 'job');
  const text = configuration.query?.query ?? '';
  const id = jobReference.jobId ?? `job_${world.requests.count}`;
  const statement = await readStatement(text, {
    find: (name) => findTable(world, name, project),
    project,
    id: `anon_${id}`,
    dry: configuration.dryRun ?? false,
  });
  const location = locationOf(statement, jobReference.location);
  const bytes = (statement.result?.base.size ?? 0) * (statement.result?.read ?? 0) * BYTES_OF_A_VALUE;
  const statistics = {
    totalBytesProcessed: String(bytes),
    query: {
      statementType: statement.type,
      totalBytesProcessed: String(bytes),
      ...(statement.result && {
        schema: { fields: schemaOf(statement.result.fields) },
        referencedTables: [referenceOf(statement.result.base)],
      }),
    },
  };
  if (configuration.dryRun) {
    const reference = { projectId: project, location };
    return ok({
      kind: 'bigquery#job',
      jobReference: reference,
      configuration,
      status: { state: 'DONE' },
      statistics,
    });
  }
  if (world.jobs.has(id)) throw new RefusalError(409, 'duplicate', `Already Exists: Job ${project}:${id}`);
  if (bytes > Number(configuration.query?.maximumBytesBilled ?? Number.POSITIVE_INFINITY))
    throw new RefusalError(400, 'bytesBilledLimitExceeded', 'Query exceeded limit for bytes billed');
  if (!statement.result) throw new RefusalError(400, 'invalidQuery', 'The simulator runs only SELECT at [1:1]');
  const destination = { datasetId: '_simulated', tableId: `anon_${id}` };
  world.results.set(`${destination.datasetId}.${destination.tableId}`, statement.result);
  const job = { project, id, location, until: world.clock.time() + world.settings.queryMs, destination };
  world.jobs.set(id, job);
  return ok(described(world, job));
}

export const showJob = ({ world, params }: Call): Reply => ok(described(world, find(world, params)));

export const cancelJob = ({ world, params }: Call): Reply => ok({ job: described(world, find(world, params)) });

/** Whether a job has ended. Its rows are read through the Storage Read API. */
export function showResults({ world, params }: Call): Reply {
  const job = find(world, params);
  const complete = isDone(world, job);
  const jobReference = { projectId: job.project, jobId: job.id, location: job.location };
  return ok({ kind: 'bigquery#getQueryResultsResponse', jobReference, jobComplete: complete });
}

const isDone = (world: World, { until }: Job): boolean => world.clock.time() >= until;

function described(world: World, job: Job) {
  return {
    kind: 'bigquery#job',
    jobReference: { projectId: job.project, jobId: job.id, location: job.location },
    status: { state: isDone(world, job) ? 'DONE' : 'RUNNING' },
    configuration: { query: { destinationTable: { projectId: job.project, ...job.destination } } },
    statistics: {},
  };
}

function find(world: World, { project, job: id = '' }: Call['params']): Job {
  const job = world.jobs.get(id);
  if (job?.project !== project || !job) throw new RefusalError(404, 'notFound', `Not found: Job ${project}:${id}`);
  return job;
}

/** A query runs where its data is. */
function locationOf({ result }: Statement, wanted: string | undefined): string {
  if (!result) return wanted ?? 'US';
  const { dataset, location = 'US' } = result.base.spec;
  if (wanted !== undefined && wanted !== location)
    throw new RefusalError(
      404,
      'notFound',
      `Not found: Dataset ${ownerOf(result.base)}:${dataset} was not found in location ${wanted}`,
    );
  return location;
}

const referenceOf = (table: Table) => ({
  projectId: ownerOf(table),
  datasetId: table.spec.dataset,
  tableId: table.spec.table,
});
