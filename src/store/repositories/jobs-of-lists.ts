/** The jobs that use suppression lists. Terminated jobs use none, because they never run again. */
import { sql } from 'kysely';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import type { JobOfList, ListAppliesTo } from '../../domain/audiences/suppression-lists.ts';
import type { Db } from '../database/database.ts';
import { configurationsOf } from './jobs.ts';
import type { ListDefinition } from './suppression-lists.ts';

const choiceOf = sql<string[]>`coalesce(jobs.configuration->'suppression_lists', '[]')`;

const deliveriesOfJob = sql`jsonb_array_elements(${configurationsOf('jobs')})`;

const typesOf = sql<IdentifierType[]>`jsonb_path_query_array(${configurationsOf('jobs')}, '$[*].identifier_type')`;

/** The jobs of a list and what it kept out in the last run of each, by name. */
export async function jobsOfList(
  db: Db,
  { id, applies_to, fields }: Pick<ListDefinition, 'id' | 'applies_to' | 'fields'>,
): Promise<JobOfList[]> {
  const rows = await db
    .selectFrom('jobs')
    .leftJoin(
      // Of all identifier types, in one run.
      (eb) =>
        eb
          .selectFrom('suppression_results')
          .select(({ fn }) => [
            'job_id',
            fn.sum('kept_out').as('kept_out'),
            fn.max('run_id').as('run_id'),
            fn.max('at').as('at'),
          ])
          .where('list_id', '=', id)
          .groupBy('job_id')
          .as('result'),
      (join) => join.onRef('result.job_id', '=', 'jobs.id'),
    )
    .select([
      'jobs.id',
      'jobs.name',
      sql<IdentifierType>`jobs.configuration->>'identifier_type'`.as('identifier_type'),
      typesOf.as('identifier_types'),
      chooses(id).as('is_chosen'),
      'result.kept_out',
      'result.run_id',
      'result.at',
    ])
    .where('jobs.status', '<>', 'killed')
    .$if(applies_to === 'chosen_jobs', (query) => query.where(chooses(id)))
    .orderBy('jobs.name')
    .orderBy('jobs.id')
    .execute();
  return rows.map(({ kept_out, at, ...row }) => ({
    ...row,
    kept_out: kept_out === null ? null : Number(kept_out),
    at: at?.toISOString() ?? null,
    has_field: row.identifier_types.some((type) => fields[type] !== undefined),
  }));
}

const chooses = (id: string) => sql<boolean>`${choiceOf} @> jsonb_build_array(${id}::text)`;

/** The lists among `ids` that jobs choose, by name. */
export async function chosenAmong(
  db: Db,
  ids: readonly string[],
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('suppression_lists')
    .select(['id', 'name'])
    .where('id', 'in', ids)
    .where('applies_to', '=', 'chosen_jobs')
    .orderBy('name')
    .execute();
}

/** The number of jobs of each list, by its id. */
export async function jobCounts(
  db: Db,
  lists: readonly { readonly id: string; readonly applies_to: ListAppliesTo }[],
): Promise<ReadonlyMap<string, number>> {
  const jobs = await choices(db);
  return new Map(
    lists.map(({ id, applies_to }) => [
      id,
      jobs.filter(({ chosen }) => applies_to === 'all_jobs' || chosen.includes(id)).length,
    ]),
  );
}

/** All jobs, with the lists that each one chooses, by name. */
export const choices = (db: Db): Promise<{ id: string; name: string; chosen: string[] }[]> =>
  db
    .selectFrom('jobs')
    .select(['id', 'name', choiceOf.as('chosen')])
    .where('status', '<>', 'killed')
    .orderBy('name')
    .orderBy('id')
    .execute();

/** The jobs that name a list, by name. */
export const choosersOf = (db: Db, id: string): Promise<{ id: string; name: string }[]> =>
  db
    .selectFrom('jobs')
    .select(['id', 'name'])
    .where('status', '<>', 'killed')
    .where(chooses(id))
    .orderBy('name')
    .execute();

/** The jobs that export this audience of this source, once with each field that they export, by name. */
export const jobsExporting = (
  db: Db,
  source: { readonly authorizationId: string | null; readonly audienceId: string },
): Promise<{ name: string; type: IdentifierType; field: string; chosen: string[] }[]> =>
  db
    .selectFrom(['jobs', deliveriesOfJob.as<'its'>(sql`its (configuration)`)])
    .select([
      'name',
      sql<IdentifierType>`its.configuration->>'identifier_type'`.as('type'),
      sql<string>`its.configuration->>'id_field'`.as('field'),
      choiceOf.as('chosen'),
    ])
    .where('status', '<>', 'killed')
    .where('source_authorization_id', source.authorizationId === null ? 'is' : '=', source.authorizationId)
    .where(sql<string>`jobs.configuration->>'segment_id'`, '=', source.audienceId)
    .orderBy('name')
    .execute();
