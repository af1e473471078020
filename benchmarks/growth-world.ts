/**
 * A large installation, made by the database itself: each job has a hundred runs, one an hour, and the newest of them
 * have journals. Everything follows from numbers, so two worlds of the same size and moment are the same.
 */
import { sql } from 'kysely';
import { initialState } from '../src/jobs/states.ts';
import type { Db } from '../src/store/database/database.ts';
import { json } from '../src/store/database/schema.ts';
import { createAuthorization } from '../src/store/repositories/authorizations.ts';
import { databaseJobStore } from '../src/store/repositories/job-store.ts';
import type { SecretBox } from '../src/store/secrets/secret-box.ts';
import { sentIn, time } from '../test/support/stored-runs.ts';
import { authorizationOf, jobOf, somebody } from './job.ts';

/** Runs of a job. */
const RUNS = 100;
/** The newest runs of a job, which have journals. */
const WITH_JOURNAL = 10;
/** Each job in so many has a second identifier. */
const SEVERAL = 20;
const HOUR = 3_600_000;

/** In no order, as ids are. */
const idOf = (n: string) => sql.raw(`'job_' || left(md5((${n})::text), 16)`);
const runIdOf = (n: string, k: string) =>
  sql.raw(`'20260101-' || lpad(${n}::text, 6, '0') || '-' || lpad((${k})::text, 6, '0')`);

/** Fills an empty database. @param now the newest runs ended shortly before */
export async function makeWorld(db: Db, box: SecretBox, jobs: number, now: Date): Promise<void> {
  const line = await createAuthorization(db, box, authorizationOf('LINE', 'KEY'), somebody, now);
  const other = await createAuthorization(db, box, authorizationOf('LINE of the second shop', 'KEY2'), somebody, now);
  const template = await templateJob(db, line.id, now);
  await makeJobs(db, template, jobs, [line.id, other.id], now);
  await makeRuns(db, jobs, now);
  await makeJournals(db, jobs, now);
  await makeLogs(db, jobs, now);
  await makeLists(db, now);
  await db.deleteFrom('jobs').where('id', '=', template).execute();
  await sql`analyze`.execute(db);
}

async function templateJob(db: Db, authorizationId: string, now: Date): Promise<string> {
  const store = databaseJobStore({ db, enqueue: async () => {}, publish: async () => {} });
  const later = new Date(now.getTime() + 365 * 24 * HOUR);
  const state = { ...initialState, status: 'sleeping', slot: later, sleepUntil: later } as const;
  return (await store.transaction((tx) => tx.createJob(jobOf('Template', authorizationId), state, somebody, now))).id;
}

/** Most are scheduled; some have failed, wait for a person, or are paused or terminated. None wakes by itself. */
async function makeJobs(
  db: Db,
  template: string,
  jobs: number,
  authorizations: readonly [string, string],
  now: Date,
): Promise<void> {
  const error = json({ code: 'source_failed', message: 'The source did not answer.', reason: null });
  const shrinks = json({ code: 'audience_shrinks', message: 'The audience would shrink.', reason: null });
  await sql`
    insert into lineup.jobs (id, type, name, description, tags, authorization_id, source_authorization_id, configuration,
      audience_id, sibling_audience_ids, status, sleep_until, slot, error_count, errors_since, error, condition, created_by,
      created_at, updated_by, updated_at)
    select ${idOf('n')}, like_this.type, 'Audience ' || n || ' of ' || (array['Tokyo', 'Osaka', 'Taipei', '台北', '東京'])[n % 5 + 1],
      '', jsonb_build_array('team ' || n % 12, (array['daily', 'VIP', 'churn'])[n % 3 + 1]),
      case n % 2 when 0 then ${authorizations[0]} else ${authorizations[1]} end, null,
      like_this.configuration
        || jsonb_build_object('adaccount_id', 'A' || n % 40, 'audience_name', 'Members ' || n, 'time_of_day', lpad((n % 24)::text, 2, '0') || ':00',
          'segment_id', '/data/segment-' || n || '.csv')
        || case when n % ${SEVERAL} = 0 then jsonb_build_object('siblings', jsonb_build_array(jsonb_build_object(
          'id_field', 'phone', 'identifier_type', 'phone', 'audience_name', 'Phones ' || n))) else '{}' end,
      (9000000000000 + n)::text,
      case when n % ${SEVERAL} = 0 then jsonb_build_array((8000000000000 + n)::text) else '[]' end,
      state.status, case state.status when 'sleeping' then ${now}::timestamptz + (1 + n % 48) * interval '1 hour' + interval '1 year' end,
      ${now}::timestamptz + (1 + n % 48) * interval '1 hour' + interval '1 year',
      case when state.condition = 'failed' then 2 else 0 end,
      case when state.condition = 'failed' then ${now}::timestamptz - interval '1 hour' end,
      case when state.condition = 'failed' then ${error}::jsonb when state.condition = 'needs_approval' then ${shrinks}::jsonb end,
      state.condition, 'Benchmark', ${now}::timestamptz - n * interval '1 minute' - interval '30 days', 'Benchmark', ${now}
    from generate_series(1, ${jobs}::int) as n
    cross join lateral (
      select case when n % 50 = 1 then 'failed' when n % 100 = 2 then 'killed' when n % 100 = 3 then 'paused'
          when n % 100 = 5 then 'failed' else 'sleeping' end as status,
        case when n % 50 = 1 then 'failed' when n % 100 = 2 then 'terminated' when n % 100 = 3 then 'paused'
          when n % 100 = 5 then 'needs_approval' else 'scheduled' end as condition
    ) as state
    cross join (select * from lineup.jobs where id = ${template}) as like_this`.execute(db);
}

/** One each six hours. The oldest is `RUNS`. */
async function makeRuns(db: Db, jobs: number, now: Date): Promise<void> {
  const error = json({
    code: 'source_failed',
    message: 'The source did not answer.',
    resumable: false,
    allowShrinkTo: null,
  });
  const size = sql`1000 + (n * 37) % 50000 + k % 7 * 10`;
  // One insert after another, the oldest first, as an installation grows. A longer one would seem to be lost.
  for (let k = RUNS; k > 0; k--) {
    await sql`
      insert into lineup.runs (id, job_id, job_name, trigger, slot, status, queued_at, events, started_at, ended_at,
        last_write_at, mode, ad_account_id, audience_id, audience_name, scanned, missing, invalid, suppressed, held_out,
        duplicates, unique_count, uploaded, chunks, error, matching_status, matching_size, matching_at, at_line, deliveries)
      select ${runIdOf('n', 'k')}, ${idOf('n')}, 'Audience ' || n, 'schedule', its.at, its.status, its.at,
        case when k <= ${WITH_JOURNAL} then 6 else 0 end, its.at + interval '1 second', its.at + (10 + n % 300) * interval '1 second',
        case its.status when 'succeeded' then its.at + interval '9 seconds' end, 'replace', 'A' || n % 40, (9000000000000 + n)::text,
        'Members ' || n, ${size} + 10, 3, 2, null, null, 5, ${size}, case its.status when 'succeeded' then ${size} end, 1,
        case its.status when 'failed' then ${error}::jsonb end,
        case its.status when 'succeeded' then 'READY' end, case its.status when 'succeeded' then ((${size}) / 2)::text end,
        case its.status when 'succeeded' then its.at + interval '5 hours' end,
        case when its.status = 'succeeded' then 'whole' when k = 1 and n % 200 = 7 then 'part' else 'nothing' end,
        case when n % ${SEVERAL} = 0 then 2 else 1 end
      from generate_series(${k}::int, ${k}::int) as k cross join generate_series(1, ${jobs}::int) as n
      cross join lateral (
        select ${now}::timestamptz - k * interval '6 hours' + (n % 3600) * interval '1 second' as at,
          case when (n * 7 + k) % 16 = 0 then 'failed' when (n + k) % 200 = 0 then 'stopped'
            when k = 1 and n % 200 = 7 then 'failed' else 'succeeded' end as status
      ) as its`.execute(db);
  }
  await sql`
    insert into lineup.run_deliveries (run_id, delivery, identifier_type, id_field, audience_id, audience_name, last_write_at,
      at_line, scanned, missing, invalid, duplicates, unique_count, uploaded, chunks, matching_status, matching_size, matching_at)
    select run.id, delivery, case delivery when 1 then 'email' else 'phone' end, case delivery when 1 then 'email' else 'phone' end,
      case delivery when 1 then run.audience_id else '8' || substr(run.audience_id, 2) end, run.audience_name, run.last_write_at,
      run.at_line, run.scanned, run.missing, run.invalid, run.duplicates, run.unique_count, run.uploaded, 1,
      run.matching_status, run.matching_size, run.matching_at
    from lineup.runs as run cross join generate_series(1, 2) as delivery where run.deliveries > 1`.execute(db);
  await sql`analyze lineup.runs`.execute(db);
}

async function makeJournals(db: Db, jobs: number, now: Date): Promise<void> {
  const uploadJob = {
    type: 'job',
    at: time(0),
    chunk: 1,
    uploadJobId: 'u1',
    jobStatus: 'FINISHED',
    failedType: null,
    audienceCount: 1000,
  };
  const events = sentIn('RUN', 0).toSpliced(4, 0, uploadJob as never);
  for (let k = WITH_JOURNAL; k > 0; k--) {
    await sql`
      insert into lineup.run_events (run_id, seq, event)
      select its.id, seq, replace(event::text, '"RUN"', '"' || its.id || '"')::jsonb
      from generate_series(1, ${jobs}::int) as n
      cross join lateral (select ${runIdOf('n', `${k}`)} as id) as its
      cross join jsonb_array_elements(${json(events)}::jsonb) with ordinality as of_run (event, seq)`.execute(db);
  }
  await sql`
    insert into lineup.run_requests (run_id, at, method, endpoint, status, error, attempt, duration_ms)
    select ${runIdOf('n', 'k')}, ${now}, 'POST', 'upload', case when (n + k + r) % 50 = 0 then null else 200 end, null, 1, 120
    from generate_series(1, ${jobs}::int) as n cross join generate_series(1, ${WITH_JOURNAL}::int) as k
    cross join generate_series(1, 3) as r`.execute(db);
  await sql`
    insert into lineup.matching_observations (run_id, at, status, estimated_size)
    select ${runIdOf('n', 'k')}, ${now}::timestamptz - k * interval '6 hours', 'READY', '1200'
    from generate_series(1, ${jobs}::int) as n cross join generate_series(1, ${WITH_JOURNAL}::int) as k`.execute(db);
}

/** What happened to the jobs, what people did, and what they were told. */
async function makeLogs(db: Db, jobs: number, now: Date): Promise<void> {
  await sql`
    insert into lineup.job_transitions (job_id, at, action, from_status, to_status, to_condition, actor_id, actor, run_id)
    select ${idOf('n')}, ${now}::timestamptz - k * interval '3 hours', case k % 2 when 0 then 'wake' else 'run_succeeded' end,
      case k % 2 when 0 then 'sleeping' else 'runnable' end, case k % 2 when 0 then 'runnable' else 'sleeping' end,
      case k % 2 when 0 then 'running' else 'scheduled' end, 'system', 'Lineup', ${runIdOf('n', '(k + 1) / 2')}
    from generate_series(40, 1, -1) as k cross join generate_series(1, ${jobs}::int) as n`.execute(db);
  await sql`
    insert into lineup.audit_log (at, actor_id, actor, action, subject_type, subject_id, detail)
    select ${now}::timestamptz - n * interval '1 minute', 'somebody', (array['Aiko', 'Ming', 'Ploy'])[n % 3 + 1],
      case n % 3 when 0 then 'job.change' when 1 then 'job.create' else 'authorization.verify' end,
      case n % 3 when 2 then 'authorization' else 'job' end, ${idOf(`n % ${jobs} + 1`)},
      '{"name": "Audience", "changes": {"name": ["a", "b"]}}'
    from generate_series(${jobs * 10}::int, 1, -1) as n`.execute(db);
  await sql`
    insert into lineup.alerts (job_id, rule, threshold, measured, message, raised_at, cleared_at)
    select ${idOf('n')}, 'late', 1, 2, 'The run is late.', ${now}::timestamptz - n * interval '1 minute',
      case when n % 60 = 0 then null else ${now}::timestamptz end
    from generate_series(1, ${jobs}::int) as n where n % 6 = 0`.execute(db);
}

/** What people have entered. */
async function makeLists(db: Db, now: Date): Promise<void> {
  await sql`
    insert into lineup.suppression_lists (id, name, segment_id, fields, applies_to, max_shrink, created_by, created_at,
      updated_by, updated_at)
    select 'sup_' || n, 'Opted out ' || n, '/data/out-' || n || '.csv', '{"email": "email"}',
      case n when 1 then 'all_jobs' else 'chosen_jobs' end, 0.3, 'Aiko', ${now}, 'Aiko', ${now}
    from generate_series(1, 20) as n`.execute(db);
  await sql`
    insert into lineup.suppression_results (list_id, job_id, run_id, identifier_type, kept_out, at)
    select 'sup_1', id, 'run', 'email', 3, ${now} from lineup.jobs`.execute(db);
}
