/**
 * Jobs. Only `saveState` writes their state, which src/jobs/states.ts decides. `wakeWaitingJobs` only changes when
 * they wake.
 */

import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { PartOfJob, StoredJob } from '../../contracts/job-store.ts';
import { type Job, type JobChange, type JobState, job, type NewJob } from '../../contracts/jobs.ts';
import { type FileOptions, fileOptionsKey } from '../../domain/files/file-options.ts';
import { deliveriesOfNew } from '../../domain/jobs/audiences.ts';
import { conditionOf, LONGEST_WAIT_MS } from '../../domain/jobs/conditions.ts';
import { keepingFile } from '../../domain/jobs/parts.ts';
import type { Actor } from '../../domain/people/people.ts';
import { changedMeanwhile } from '../../domain/text/localized.ts';
import { readTolerantly, withUnknownKeys } from '../../domain/values/tolerant.ts';
import type { Db, Tx } from '../database/database.ts';
import { json, jsonArray, type Schema } from '../database/schema.ts';
import { LOST } from '../secrets/lost-credentials.ts';
import { newId } from '../secrets/unguessable.ts';
import { notFound, unknownAuthorization } from './repository-errors.ts';

/** An arbitrary number that separates these advisory locks from others. */
const AUDIENCE_LOCKS = 4_190_283_771;

/** What another version may have stored in another form. */
const parts = job.pick({
  type: true,
  status: true,
  tags: true,
  configuration: true,
  sibling_audience_ids: true,
  error: true,
});

export function storedJob(row: Selectable<Schema['jobs']>): StoredJob {
  const { value, damaged, unknown } = readTolerantly(parts, row);
  return {
    id: row.id,
    type: value.type,
    name: row.name,
    description: row.description,
    tags: value.tags,
    authorizationId: row.authorization_id,
    sourceAuthorizationId: row.source_authorization_id,
    configuration: value.configuration,
    audienceId: row.audience_id,
    siblingAudienceIds: value.sibling_audience_ids,
    state: {
      status: value.status,
      sleepUntil: row.sleep_until,
      slot: row.slot,
      errors: row.errors_since && { count: row.error_count, since: row.errors_since },
      error: value.error,
      ...(row.trigger_state && {
        trigger: {
          seen: row.trigger_state.seen,
          firedAt: row.trigger_state.firedAt === null ? null : new Date(row.trigger_state.firedAt),
          ...(row.trigger_state.why && { why: row.trigger_state.why }),
          setAt: new Date(row.trigger_state.setAt),
          ...(row.trigger_state.reads && { reads: row.trigger_state.reads }),
        },
      }),
    },
    movedFrom:
      row.moved_from_id === null ? null : { id: row.moved_from_id, name: row.moved_from_name ?? row.moved_from_id },
    ...(row.part_of !== null && {
      part: { of: row.part_of, value: row.part_value ?? '', run: row.part_run ?? '' },
    }),
    revision: row.revision,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
    // An error only informs, so its further keys are no loss.
    damaged: [...damaged, ...unknown.filter((path) => path.startsWith('configuration.'))],
  };
}

/**
 * Whether a job has exactly this source.
 * @param exported only jobs that export all of these fields, and let the database hash them, or do not. @default all
 */
export async function isSourceOfJob(
  db: Db,
  {
    authorizationId,
    audienceId,
    options,
  }: { authorizationId: string | null; audienceId: string; options?: FileOptions | undefined },
  exported?: { readonly fields: readonly string[]; readonly hashed: boolean },
): Promise<boolean> {
  const found = await db
    .selectFrom('jobs')
    .select('configuration')
    .where('source_authorization_id', authorizationId === null ? 'is' : '=', authorizationId)
    .where(sql<string>`configuration->>'segment_id'`, '=', audienceId)
    .execute();
  const wanted = fileOptionsKey(options);
  return found.some(({ configuration: { file_options, hash_in_database, id_field, siblings = [] } }) => {
    if (fileOptionsKey(file_options) !== wanted) return false;
    const own = [id_field, ...siblings.map((sibling) => sibling.id_field)];
    return (
      !exported ||
      (exported.hashed === (hash_in_database ?? false) && exported.fields.every((field) => own.includes(field)))
    );
  });
}

/** A job in the form of the API. */
export const describeJob = (job: StoredJob): Job => ({
  id: job.id,
  type: job.type,
  name: job.name,
  description: job.description,
  tags: job.tags,
  authorization_id: job.authorizationId,
  source_authorization_id: job.sourceAuthorizationId,
  configuration: job.configuration,
  audience_id: job.audienceId,
  sibling_audience_ids: job.siblingAudienceIds,
  status: job.state.status,
  sleep_until: job.state.sleepUntil?.toISOString() ?? null,
  error_count: job.state.errors?.count ?? 0,
  errors_since: job.state.errors?.since.toISOString() ?? null,
  error: job.state.error,
  revision: job.revision,
  created_by: job.createdBy,
  created_at: job.createdAt.toISOString(),
  updated_by: job.updatedBy,
  updated_at: job.updatedAt.toISOString(),
  ...(job.damaged.length > 0 && { damaged: job.damaged }),
});

const stateColumns = (state: JobState) => ({
  status: state.status,
  sleep_until: state.sleepUntil,
  slot: state.slot,
  error_count: state.errors?.count ?? 0,
  errors_since: state.errors?.since ?? null,
  error: state.error && json(state.error),
  condition: conditionOf(state),
  trigger_state: state.trigger ? json(state.trigger) : null,
});

const nameOfJob = (id: string) => sql<string | null>`(select name from lineup.jobs where id = ${id})`;

/** @throws {LineupError} `not_found` when the authorization does not exist (any more) */
export async function createJob(
  tx: Tx,
  input: NewJob,
  state: JobState,
  actor: Actor,
  now: Date,
  part?: PartOfJob,
): Promise<StoredJob> {
  const [audience_id = null, ...sibling_audience_ids] = deliveriesOfNew(input).map(({ audience }) => audience.id);
  const row = await tx
    .insertInto('jobs')
    .values({
      id: newId('job'),
      type: input.type,
      name: input.name,
      description: input.description,
      tags: json(input.tags ?? []),
      authorization_id: input.authorization_id,
      source_authorization_id: input.source_authorization_id,
      configuration: json(input.configuration),
      audience_id,
      sibling_audience_ids: json(sibling_audience_ids),
      ...(input.moved_from && {
        moved_from_id: input.moved_from,
        moved_from_name: nameOfJob(input.moved_from),
      }),
      ...(part && { part_of: part.of, part_value: part.value, part_run: part.run }),
      ...stateColumns(state),
      created_by: actor.name,
      created_at: now,
      updated_by: actor.name,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(unknownAuthorization);
  return storedJob(row);
}

/** @throws {LineupError} `not_found` */
export async function getJob(db: Db, id: string): Promise<StoredJob> {
  const row = await db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('job', id);
  return storedJob(row);
}

/** Those of these jobs that exist. */
export async function getJobs(db: Db, ids: readonly string[]): Promise<StoredJob[]> {
  if (ids.length === 0) return [];
  return (await db.selectFrom('jobs').selectAll().where('id', 'in', ids).execute()).map(storedJob);
}

/** Whether there are so many jobs, or more. */
export async function hasJobs(db: Db, count: number): Promise<boolean> {
  const last = await db
    .selectFrom('jobs')
    .select('id')
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst();
  return last !== undefined;
}

/** Reads and locks a job until the transaction ends. Every change of a job's state begins with this. */
export const lockJob = async (tx: Tx, id: string): Promise<StoredJob> => storedJob(await lockRow(tx, id));

async function lockRow(tx: Tx, id: string): Promise<Selectable<Schema['jobs']>> {
  const row = await tx.selectFrom('jobs').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) throw notFound('job', id);
  return row;
}

/** The same for all of these that exist, in an order that no other process reverses. */
export async function lockJobs(tx: Tx, ids: readonly string[]): Promise<Map<string, StoredJob>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.selectFrom('jobs').selectAll().where('id', 'in', ids).orderBy('id').forUpdate().execute();
  return new Map(rows.map((row) => [row.id, storedJob(row)]));
}

/** Locks an audience until the transaction ends, so that no other job takes it in the meantime. */
export async function lockAudience(tx: Tx, audienceId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${audienceId}, ${AUDIENCE_LOCKS}::bigint))`.execute(tx);
}

/**
 * What a job sends, as JSON: one configuration for each identifier, in order.
 * @param alias of the table `jobs` in the query
 */
export const configurationsOf = (alias: string) => {
  const configuration = sql.ref(`${alias}.configuration`);
  return sql`(jsonb_build_array(${configuration}) || ${jsonArray(sql`${configuration}->'siblings'`)})`;
};

/**
 * The ids of all audiences of a job, as JSON; null for one that is not there yet.
 * @param alias of the table `jobs` in the query
 */
export const audienceIdsOf = (alias: string) =>
  sql`(jsonb_build_array(${sql.ref(`${alias}.audience_id`)}) || ${jsonArray(sql.ref(`${alias}.sibling_audience_ids`))})`;

/**
 * The id of the audience of one delivery, also where it is that of the first one; null for one that is not there yet.
 * @param alias of the table `jobs` in the query
 * @param configuration of the delivery
 * @param place from 1
 */
export const audienceIdOf = (alias: string, configuration: RawBuilder<unknown>, place: RawBuilder<unknown>) =>
  sql<string | null>`case when ${configuration}->>'shares' = 'true' then ${sql.ref(`${alias}.audience_id`)}
    else ${audienceIdsOf(alias)}->>(${place}::int - 1) end`;

/** The jobs that fill these audiences with any of their identifiers, without terminated ones. */
export async function jobsOfAudiences(
  db: Db,
  audienceIds: readonly string[],
): Promise<{ id: string; name: string; audienceId: string; isFirst: boolean }[]> {
  if (audienceIds.length === 0) return [];
  const ids = sql.join(audienceIds);
  const { rows } = await sql<{ id: string; name: string; audienceId: string; isFirst: boolean }>`
    select id, name, "audienceId", place = 0 as "isFirst" from (
      select id, name, audience_id as "audienceId", 0 as place from lineup.jobs
      where audience_id in (${ids}) and status <> 'killed'
      union all
      select jobs.id, name, its.id, its.place from lineup.jobs
      cross join jsonb_array_elements_text(${jsonArray(sql`sibling_audience_ids`)}) with ordinality as its (id, place)
      where sibling_audience_ids <> '[]' and sibling_audience_ids ?| array[${ids}] and its.id in (${ids})
        and status <> 'killed'
    ) as found order by name, id, place`.execute(db);
  return rows;
}

/**
 * A job that waits for a key does not try while its own credentials are lost: only a person who enters them again can
 * help. It keeps its slot, and runs for it then.
 */
const canRun = sql<boolean>`not (condition = 'waiting' and exists (
  select from lineup.authorizations as its
  where its.configuration = ${LOST} and its.id in (jobs.authorization_id, jobs.source_authorization_id)))`;

/**
 * The sleeping jobs whose time has come, the longest overdue first. A job that waits for the clock to be right may
 * have calculated its time with the wrong clock. So it is due when that time is too far away (see `isDue` in
 * src/jobs/slots.ts).
 */
export async function dueJobs(db: Db, now: Date, limit: number): Promise<string[]> {
  const tooFar = new Date(now.getTime() + LONGEST_WAIT_MS);
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('status', '=', 'sleeping')
    .where(canRun)
    .where(({ or, and, eb }) =>
      or([
        eb('sleep_until', '<=', now),
        and([eb('condition', '=', 'waiting'), eb('error_count', '>', 0), eb('sleep_until', '>', tooFar)]),
      ]),
    )
    .orderBy('sleep_until')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Wakes the jobs that wait for this authorization: of LINE, of the source, or of a suppression list that applies. */
export async function wakeWaitingJobs(db: Db, authorizationId: string, now: Date): Promise<void> {
  await db
    .updateTable('jobs')
    .set({ sleep_until: now })
    .where('condition', '=', 'waiting')
    .where(({ or, eb }) =>
      or([
        eb('authorization_id', '=', authorizationId),
        eb('source_authorization_id', '=', authorizationId),
        sql<boolean>`exists (
          select from lineup.suppression_lists as list where list.source_authorization_id = ${authorizationId}
            and (list.applies_to = 'all_jobs' or jobs.configuration->'suppression_lists' @> jsonb_build_array(list.id)))`,
      ]),
    )
    .execute();
}

/** When the next sleeping job wakes. Undefined when none sleeps. */
export async function nextWake(db: Db, after?: Date): Promise<Date | undefined> {
  const row = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.min('sleep_until').as('at'))
    .where('status', '=', 'sleeping')
    .where(canRun)
    .$if(after !== undefined, (query) => query.where('sleep_until', '>', after!))
    .executeTakeFirst();
  return row?.at ?? undefined;
}

/** The jobs that sleep until a moment after `after`. */
export async function sleepingJobs(db: Db, after: Date): Promise<StoredJob[]> {
  const rows = await db
    .selectFrom('jobs')
    .selectAll()
    .where('status', '=', 'sleeping')
    .where('sleep_until', '>', after)
    .orderBy('id')
    .execute();
  return rows.map(storedJob);
}

/** The jobs must be locked in `tx`. */
export async function saveStates(tx: Tx, changes: readonly (readonly [id: string, state: JobState])[]): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(([id, state]) => ({
    id,
    ...stateColumns(state),
    error: state.error,
    trigger_state: state.trigger ?? null,
  }));
  await sql`
    update lineup.jobs as job set status = its.status, sleep_until = its.sleep_until, slot = its.slot,
      error_count = its.error_count, errors_since = its.errors_since, error = its.error, condition = its.condition,
      trigger_state = its.trigger_state
    from jsonb_to_recordset(${json(rows)}::jsonb) as its (id text, status text, sleep_until timestamptz,
      slot timestamptz, error_count int, errors_since timestamptz, error jsonb, condition text, trigger_state jsonb)
    where job.id = its.id`.execute(tx);
}

/** Whether another run must follow the present one. Says it once. */
export async function takeRunAgain(tx: Tx, id: string): Promise<boolean> {
  const taken = await tx
    .updateTable('jobs')
    .set({ run_again: false })
    .where('id', '=', id)
    .where('run_again', '=', true)
    .returning('id')
    .execute();
  return taken.length > 0;
}

/**
 * Changes a job.
 * @param revision that the editor saw
 * @param change.audience_id LINE's audience from now on
 * @throws {LineupError} `not_found` (the job, or an authorization), `changed_meanwhile`
 */
export async function changeJob(
  tx: Tx,
  id: string,
  revision: number,
  change: Omit<JobChange, 'another_audience'> & {
    readonly audience_id: string | null;
    readonly sibling_audience_ids: readonly (string | null)[];
  },
  actor: Actor,
  now: Date,
): Promise<StoredJob> {
  const before = await lockRow(tx, id);
  if (before.revision !== revision) throw changedMeanwhile();
  const { configuration: edited, tags, sibling_audience_ids, ...plain } = change;
  const isPart = before.part_of !== null && edited !== undefined;
  const configuration = isPart ? keepingFile(edited, before.configuration) : edited;
  const row = await tx
    .updateTable('jobs')
    .set({
      ...plain,
      sibling_audience_ids: json(sibling_audience_ids),
      ...(tags && { tags: json(tags) }),
      ...(configuration && {
        configuration: json(withUnknownKeys(job.shape.configuration, before.configuration, configuration)),
      }),
      revision: revision + 1,
      updated_by: actor.name,
      updated_at: now,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(unknownAuthorization);
  return storedJob(row);
}

/** With its parts. The runs stay: the guard of later runs to the same audience needs them. */
export async function deleteJob(tx: Tx, id: string): Promise<void> {
  // The jobs that it went on as keep its last name.
  await tx
    .updateTable('jobs')
    .set({ moved_from_name: nameOfJob(id) })
    .where('moved_from_id', '=', id)
    .execute();
  await tx
    .deleteFrom('jobs')
    .where(({ or, eb }) => or([eb('id', '=', id), eb('part_of', '=', id)]))
    .execute();
}

/** A job that went on as another one at another destination. */
export interface Move {
  readonly from: string;
  readonly to: { readonly id: string; readonly name: string };
}

/** The moves of these jobs to others, the oldest first. */
export async function movesFrom(db: Db, ids: readonly string[]): Promise<Move[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('jobs')
    .select(['id', 'name', 'moved_from_id'])
    .where('moved_from_id', 'in', ids)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(({ id, name, moved_from_id: from }) => ({ from: from!, to: { id, name } }));
}
