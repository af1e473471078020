/** The jobs that use suppression lists. Terminated jobs use none, because they never run again. */
import { sql } from 'kysely';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import type { JobOfList, ListAppliesTo, UseOfList } from '../../domain/audiences/suppression-lists.ts';
import type { Db } from '../database/database.ts';
import { configurationsOf } from './jobs.ts';
import { stayOfJob } from './member-days.ts';
import type { ListDefinition } from './suppression-lists.ts';

const choiceOf = sql<string[]>`coalesce(jobs.configuration->'suppression_lists', '[]')`;

const deliveriesOfJob = sql`jsonb_array_elements(${configurationsOf('jobs')})`;

/** The identifier types of the further audiences; empty for most jobs. */
const furtherTypes = sql<IdentifierType[]>`jsonb_path_query_array(jobs.configuration, '$.siblings[*].identifier_type')`;

const jobsWith = (db: Db, { id, applies_to }: Pick<ListDefinition, 'id' | 'applies_to'>) =>
  db
    .selectFrom('jobs')
    .where('jobs.status', '<>', 'killed')
    .$if(applies_to === 'chosen_jobs', (query) => query.where(chooses(id)));

/** The first jobs of a list: those that choose it, then by name. */
export async function jobsOfList(
  db: Db,
  { id, applies_to, fields }: Pick<ListDefinition, 'id' | 'applies_to' | 'fields'>,
  limit: number,
  now: Date,
): Promise<JobOfList[]> {
  const first = jobsWith(db, { id, applies_to })
    .select(['jobs.id', 'jobs.name', 'jobs.configuration'])
    .orderBy(chooses(id), 'desc')
    .orderBy('jobs.name')
    .orderBy('jobs.id')
    .limit(limit);
  const rows = await db
    .selectFrom(first.as('jobs'))
    .leftJoinLateral(
      (eb) =>
        // Of all identifier types, in one run.
        eb
          .selectFrom('suppression_results as its')
          .select(({ fn }) => [fn.sum('kept_out').as('kept_out'), fn.max('run_id').as('run_id'), fn.max('at').as('at')])
          .where('list_id', '=', id)
          .whereRef('its.job_id', '=', 'jobs.id')
          .as('result'),
      (join) => join.onTrue(),
    )
    .select([
      'jobs.id',
      'jobs.name',
      sql<IdentifierType>`jobs.configuration->>'identifier_type'`.as('identifier_type'),
      furtherTypes.as('further_types'),
      chooses(id).as('is_chosen'),
      stayOfJob(now).as('member_days'),
      'result.kept_out',
      'result.run_id',
      'result.at',
    ])
    .orderBy(chooses(id), 'desc')
    .orderBy('jobs.name')
    .orderBy('jobs.id')
    .execute();
  return rows.map(({ kept_out, at, further_types, ...row }) => {
    const identifier_types = [row.identifier_type, ...further_types];
    return {
      ...row,
      identifier_types,
      kept_out: kept_out === null ? null : Number(kept_out),
      at: at?.toISOString() ?? null,
      has_field: identifier_types.some((type) => fields[type] !== undefined),
    };
  });
}

/** The most days that somebody on a list stays in an audience of its jobs. Null where nobody leaves by age. */
export async function longestStay(
  db: Db,
  list: Pick<ListDefinition, 'id' | 'applies_to'>,
  now: Date,
): Promise<number | null> {
  const { days } = await jobsWith(db, list)
    .select(({ fn }) => fn.max(stayOfJob(now)).as('days'))
    .executeTakeFirstOrThrow();
  return days;
}

/** All jobs of a list, counted by what they have in common. */
export async function usesOfList(
  db: Db,
  { id, applies_to }: Pick<ListDefinition, 'id' | 'applies_to'>,
): Promise<UseOfList[]> {
  const rows = await jobsWith(db, { id, applies_to })
    .leftJoin('suppression_results as its', (join) =>
      join.onRef('its.job_id', '=', 'jobs.id').on('its.list_id', '=', id),
    )
    .select(({ fn }) => [
      chooses(id).as('is_chosen'),
      sql<IdentifierType>`jobs.configuration->>'identifier_type'`.as('first_type'),
      furtherTypes.as('further_types'),
      // A job has a result for each of its identifier types.
      fn.count<number>('jobs.id').distinct().as('jobs'),
      fn.count<number>('its.job_id').distinct().as('jobs_with_result'),
      fn.coalesce(fn.sum<number>('its.kept_out'), sql<number>`0`).as('kept_out'),
    ])
    .groupBy(['is_chosen', 'first_type', 'further_types'])
    .orderBy('is_chosen', 'desc')
    .orderBy('first_type')
    .orderBy('further_types')
    .execute();
  return rows.map(({ is_chosen, first_type, further_types, ...counts }) => ({
    is_chosen,
    identifier_types: [first_type, ...further_types],
    jobs: Number(counts.jobs),
    jobs_with_result: Number(counts.jobs_with_result),
    kept_out: Number(counts.kept_out),
  }));
}

const chooses = (id: string) => sql<boolean>`coalesce(jobs.configuration->'suppression_lists' ? ${id}::text, false)`;

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
