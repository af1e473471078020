/** What lists of jobs are sorted by is kept beside the runs. It must be what they say, after each change of them. */

import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { migrate, readMigrations } from '../../src/store/database/migrate.ts';
import { listJobs } from '../../src/store/repositories/job-list.ts';
import { changeJob, deleteJob } from '../../src/store/repositories/jobs.ts';
import { purgeRuns } from '../../src/store/repositories/run-history.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { storeOn } from '../support/journals.ts';
import { wrongLatestRuns } from '../support/latest-runs.ts';
import { ended } from '../support/runs.ts';
import { aiko, anAuthorization, at, newKey, openBox } from '../support/service.ts';
import { addEvents, aRun, makeJob, queueRun, resumed, sentIn, time } from '../support/stored-runs.ts';

const MIGRATION = 39;
const JOBS = 4;
const STEPS = 150;

/** A row of whole numbers below `most` that is always the same. */
function numbersOf(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * most);
  };
}

describe.each(databases)('what is noted of the latest runs on $kind', (kind) => {
  const current = useDatabase(kind);
  const key = newKey();

  async function jobs(count: number) {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key));
    const store = storeOn(db);
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push((await makeJob(store, id)).id);
    return { db, store, ids };
  }

  /** By the last run and by the size, from the runs themselves. */
  async function assertOrders(): Promise<void> {
    const { db } = current.database;
    expect(await wrongLatestRuns(db)).toEqual([]);
    for (const [sort, column] of [
      ['last_run', sql`extract(epoch from coalesce(ended_at, started_at, queued_at))`],
      ['size', sql`uploaded`],
    ] as const) {
      const counted = sort === 'size' ? sql`status = 'succeeded'` : sql`true`;
      const { rows } = await sql<{ id: string }>`
        select id from lineup.jobs order by (
          select ${column} from lineup.runs where runs.job_id = jobs.id and ${counted}
          order by queued_at desc, runs.id desc limit 1) desc nulls last, id desc`.execute(db);
      const listed = await listJobs(db, { limit: 50, sort }, { sizesInTens: false });
      expect(listed.items.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    }
  }

  test('follows a run from its start to its end, and its deletion by retention', async () => {
    const { db, store, ids } = await jobs(2);
    const [first, second] = ids as [string, string];
    await queueRun(store, 'r1', first, 1);
    await assertOrders();
    await queueRun(store, 'r2', second, 2);
    await assertOrders();
    const all = sentIn('r1', 5);
    for (const event of all) {
      await addEvents(store, 'r1', [event]);
      await assertOrders();
    }
    await addEvents(store, 'r2', sentIn('r2', 6, 'failed'));
    await assertOrders();
    const noted = await db.selectFrom('latest_runs').select(['at', 'size']).orderBy('at').execute();
    expect(noted.map(({ at, size }) => [at, size === null ? null : Number(size)])).toEqual([
      [at(5), 100],
      [at(6), null],
    ]);
    await queueRun(store, 'r3', first, 7);
    await addEvents(store, 'r3', [sentIn('r3', 7)[0]!, ended(time(8), 'failed')]);
    await assertOrders();
    // The only runs of its job, and the newest of another one.
    expect(await purgeRuns(db, at(9), undefined, 1)).toBe(1);
    await assertOrders();
    await sql`delete from lineup.runs where id in ('r1', 'r2')`.execute(db);
    await assertOrders();
    expect(await db.selectFrom('latest_runs').select(['at', 'size']).execute()).toEqual([
      { at: null, size: null },
      { at: null, size: null },
    ]);
    const change = { name: 'Other', audience_id: null, sibling_audience_ids: [] };
    await db.transaction().execute((tx) => changeJob(tx, second, 1, change, aiko, at(10)));
    await assertOrders();
  });

  test('stays true over a long history of changes', async () => {
    const { db, store, ids } = await jobs(JOBS);
    const below = numbersOf(11);
    const newest = new Map<string, string>();
    for (let step = 0; step < STEPS; step++) {
      const job = ids[below(JOBS)]!;
      const run = newest.get(job);
      const status = run && (await store.getRun(run)).status;
      const isActive = status === 'queued' || status === 'running';
      switch (below(7)) {
        case 0:
        case 1:
          if (isActive) break;
          newest.set(job, `r${step}`);
          // Machines have different clocks, and two runs may have the same time.
          await queueRun(store, `r${step}`, job, step - below(3));
          break;
        case 2:
        case 3: {
          if (!run || !isActive) break;
          const done = await store.runEvents(run);
          const end = (['succeeded', 'failed', 'interrupted'] as const)[below(3)]!;
          const all = sentIn(run, step, end);
          await addEvents(store, run, all.slice(done.length, done.length + 1 + below(all.length)));
          break;
        }
        case 4:
          if (!run || status !== 'interrupted') break;
          await store.transaction((tx) => tx.requeueRun(run));
          await addEvents(store, run, [resumed(step), ended(time(step))]);
          break;
        case 5:
          if (!run || !isActive) break;
          await store.transaction((tx) => tx.requestStop(run, 'end', at(step)));
          break;
        default: {
          // The newest run, the newest success, or an old one.
          const { rows } = await sql<{ id: string }>`
            select id from lineup.runs where job_id = ${job} order by queued_at desc limit 3`.execute(db);
          const old = rows[below(3)];
          if (old) await db.deleteFrom('runs').where('id', '=', old.id).execute();
          if (old?.id === run) newest.delete(job);
        }
      }
      expect(await wrongLatestRuns(db), `step ${step}`).toEqual([]);
    }
    await assertOrders();
    await db.transaction().execute((tx) => deleteJob(tx, ids[0]!));
    await assertOrders();
    expect(await db.selectFrom('latest_runs').select('job_id').where('job_id', '=', ids[0]!).execute()).toEqual([]);
  });

  test('is noted for many runs that one statement adds or deletes', async () => {
    const { db, store, ids } = await jobs(JOBS);
    const queued = ids.map((id, n) => [aRun(`r${n}`, id), at(n)] as const);
    await store.transaction(async (tx) => {
      for (const [run, now] of queued) await tx.queueRun(run, now);
    }, ids);
    await assertOrders();
    await sql`update lineup.runs set status = 'succeeded', ended_at = queued_at + interval '1 hour', uploaded = 5`.execute(
      db,
    );
    await assertOrders();
    await sql`delete from lineup.runs`.execute(db);
    await assertOrders();
  });

  test('is not written for deleted runs that were not the newest', async () => {
    const { db, ids } = await jobs(2);
    await sql`
      insert into lineup.runs (id, job_id, job_name, trigger, status, queued_at, ended_at, uploaded)
      select 'run_' || n || job.id, job.id, 'VIP', 'schedule', case n when 9 then 'failed' else 'succeeded' end,
        ${at(0)}::timestamptz + n * interval '1 hour', ${at(9)}::timestamptz + n * interval '1 hour', 100
      from lineup.jobs as job cross join generate_series(1, 9) as n`.execute(db);
    const versions = async () =>
      (await sql<{ xmin: string }>`select xmin::text from lineup.latest_runs order by job_id`.execute(db)).rows;
    const before = await versions();
    await sql`delete from lineup.runs where queued_at <= ${at(7 * 60)}`.execute(db);
    expect(await versions()).toEqual(before);
    await sql`delete from lineup.runs where id = ${`run_8${ids[0]}`}`.execute(db);
    await assertOrders();
    expect(await versions()).not.toEqual(before);
  });

  if (kind.kind === 'PostgreSQL')
    test('is that of both, when two processes change runs of a job at once', async () => {
      const { db, store, ids } = await jobs(1);
      const [job] = ids as [string];
      const other = (await current.another()).db;
      await queueRun(store, 'r1', job, 1);
      await sql`update lineup.runs set status = 'running' where id = 'r1'`.execute(db);
      const [first, second] = [await db.startTransaction().execute(), await other.startTransaction().execute()];
      const pid = async (tx: typeof first) =>
        (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)).rows[0]!.pid;
      const waiting = await pid(second);
      await sql`
      insert into lineup.runs (id, job_id, job_name, trigger, status, queued_at)
      values ('r2', ${job}, 'VIP', 'manual', 'failed', ${at(9)})`.execute(first);
      // It does not see the new run, and waits for it.
      const change =
        sql`update lineup.runs set status = 'succeeded', uploaded = 7, ended_at = ${at(3)} where id = 'r1'`.execute(
          second,
        );
      await expect
        .poll(async () => {
          const { rows } = await sql<{ n: number }>`
          select count(*)::int as n from pg_locks where pid = ${waiting} and not granted`.execute(db);
          return rows[0]!.n;
        })
        .toBe(1);
      await first.commit().execute();
      await change;
      await second.commit().execute();
      expect(await db.selectFrom('latest_runs').select(['at', 'size']).execute()).toMatchObject([{ at: at(9) }]);
      await assertOrders();
    });

  test('is made for the runs that are there before the migration', async () => {
    const opened = await kind.empty();
    onTestFinished(() => opened.drop());
    const { db } = opened.database;
    const migrations = await readMigrations();
    await migrate(opened.database, migrations.slice(0, MIGRATION - 1));
    await sql`
      with made as (insert into lineup.secret_keys (key_id, check_value, created_at) values ('key_1', '', now()))
      insert into lineup.authorizations (id, provider, method, label, configuration, key_id, created_by, created_at, updated_by, updated_at)
      values ('aut_1', 'line_ads', 'line_ads_api_key', 'LINE', '', 'key_1', 'Aiko', now(), 'Aiko', now())`.execute(db);
    await sql`
      insert into lineup.jobs (id, type, name, authorization_id, configuration, status, condition, created_by, created_at,
        updated_by, updated_at)
      select 'job_' || n, 'line_ads_audience_export', 'Job ' || n, 'aut_1', '{}', 'paused', 'paused', 'Aiko', now(), 'Aiko', now()
      from generate_series(1, 3) as n`.execute(db);
    await sql`
      insert into lineup.runs (id, job_id, job_name, trigger, status, queued_at, ended_at, uploaded)
      select 'run_' || n || '_' || r, 'job_' || n, 'Job', 'schedule', case when r < 3 then 'succeeded' else 'failed' end,
        ${at(0)}::timestamptz + r * interval '1 hour', ${at(5)}::timestamptz + r * interval '1 hour', n * r
      from generate_series(1, 2) as n, generate_series(1, 3) as r`.execute(db);
    await migrate(opened.database, migrations);
    expect(await wrongLatestRuns(db)).toEqual([]);
    const { rows } = await sql`select job_id, size::int from lineup.latest_runs order by job_id`.execute(db);
    expect(rows).toEqual([
      { job_id: 'job_1', size: 2 },
      { job_id: 'job_2', size: 4 },
    ]);
  });
});
