/** The list of all runs: filters, totals and positions, and what is read for them. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { RunFilter } from '../../src/domain/runs/filter.ts';
import { initialState } from '../../src/jobs/states.ts';
import { latestPoints } from '../../src/store/repositories/health-report.ts';
import { createJob, deleteJob } from '../../src/store/repositories/jobs.ts';
import { listRuns } from '../../src/store/repositories/run-list.ts';
import { queueRuns } from '../../src/store/repositories/runs.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { readingsOf, rowsRead } from '../support/plans.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';

const key = newKey();

describe.each(databases)('the list of runs on $kind', (kind) => {
  const current = useDatabase(kind);

  const makeJob = async () => {
    const { db } = current.database;
    const authorization = await anAuthorization(db, await openBox(db, key));
    return db.transaction().execute((tx) => createJob(tx, aNewJob(authorization.id), initialState, aiko, at(0)));
  };

  /** Runs of one job with their minutes as numbers, of two ad accounts and three statuses. */
  const someRuns = async (count: number, jobId: string | null, from = 0) => {
    await sql`
      insert into lineup.runs (id, job_id, job_name, trigger, status, queued_at, ad_account_id)
      select 'r' || lpad(n::text, 6, '0'), ${jobId}, 'VIP', 'schedule',
        case when n % 10 = 0 then 'failed' when n % 10 = 1 then 'stopped' else 'succeeded' end,
        ${at(0)}::timestamptz + n * interval '1 minute', case when n % 2 = 0 then 'A1' else 'A2' end
      from generate_series(${from}::int, ${from + count - 1}::int) as n`.execute(current.database.db);
  };

  const found = async (filter: RunFilter) => {
    const { items, total } = await listRuns(current.database.db, { limit: 200, ...filter });
    expect(total).toBe(items.length);
    return items.map(({ id }) => Number(id.slice(1)));
  };

  test('can be filtered by status, job, ad account and time, newest first', async () => {
    const job = await makeJob();
    const gone = await makeJob();
    await someRuns(20, job.id);
    await someRuns(4, gone.id, 20);
    await current.database.db.transaction().execute((tx) => deleteJob(tx, gone.id));
    expect(await found({})).toEqual(Array.from({ length: 24 }, (_, n) => 23 - n));
    expect(await found({ status: ['failed', 'stopped'] })).toEqual([21, 20, 11, 10, 1, 0]);
    expect(await found({ jobId: job.id, status: ['failed'] })).toEqual([10, 0]);
    expect(await found({ adAccountId: 'A2', from: at(17) })).toEqual([23, 21, 19, 17]);
    expect(await found({ from: at(3), to: at(6) })).toEqual([5, 4, 3]);
    expect(await found({ adAccountId: 'A3' })).toEqual([]);
    // The runs of a deleted job are still there, with the name of the job.
    expect(await found({ deletedJob: true })).toEqual([23, 22, 21, 20]);
    expect(await found({ deletedJob: false, from: at(18) })).toEqual([19, 18]);
    const { items } = await listRuns(current.database.db, { limit: 1, deletedJob: true });
    expect(items[0]?.summary).toMatchObject({ job_id: null, job_name: 'VIP' });
  });

  test('has the total and the number of earlier runs on each page', async () => {
    await someRuns(5, null);
    const { db } = current.database;
    const filter = { adAccountId: 'A1', limit: 2 };
    const first = await listRuns(db, filter);
    expect(first).toMatchObject({ total: 3, before: 0, items: [{ id: 'r000004' }, { id: 'r000002' }] });
    const second = await listRuns(db, { ...filter, cursor: first.next ?? '' });
    expect(second).toMatchObject({ total: 3, before: 2, next: null, items: [{ id: 'r000000' }] });
  });

  test('finds a waiting run by the ad account of its job', async () => {
    const { db } = current.database;
    const job = await makeJob();
    await db
      .transaction()
      .execute((tx) =>
        queueRuns(tx, [
          [{ id: 'r1', jobId: job.id, jobName: job.name, trigger: 'manual', slot: null, approval: null }, at(1)],
        ]),
      );
    const { adaccount_id: adAccountId } = job.configuration;
    expect((await listRuns(db, { limit: 9, adAccountId })).items.map(({ id }) => id)).toEqual(['r1']);
  });

  test('reads only what it shows and counts, out of 20,000 runs', async () => {
    const job = await makeJob();
    await someRuns(19_950, null);
    await someRuns(50, job.id, 19_950);
    const { db } = current.database;
    await sql`vacuum analyze lineup.runs`.execute(db);
    const deep = (await listRuns(db, { limit: 200 })).next ?? undefined;
    const all = 20_000;
    // A page of 50 needs one row more, which shows that there is a next page.
    const filters: readonly [
      RunFilter & { cursor?: string },
      most: { page: number; before?: number; count: number },
    ][] = [
      [{}, { page: 51, count: all }],
      [{ cursor: deep }, { page: 51, before: 200, count: all }],
      [{ status: ['running', 'queued'] }, { page: 0, count: 0 }],
      // One of ten runs fits, so ten are read for each one.
      [
        { status: ['failed'], adAccountId: 'A1' },
        { page: 510, count: all / 2 },
      ],
      [{ adAccountId: 'A3' }, { page: 0, count: 0 }],
      [{ jobId: job.id }, { page: 50, count: 50 }],
      // The newest 50 runs have a job.
      [{ deletedJob: true }, { page: 101, count: all }],
      [
        { from: at(19_000), to: at(19_060) },
        { page: 51, count: 60 },
      ],
    ];
    for (const [filter, most] of filters) {
      const read = await readingsOf(db, (seen) => listRuns(seen, { limit: 50, ...filter }));
      const rows = read.map((plan) => rowsRead(plan, 'runs'));
      const shown = JSON.stringify([filter, read]);
      const allowed = [most.page, ...(most.before === undefined ? [] : [most.before]), most.count];
      expect(rows, shown).toHaveLength(allowed.length);
      for (const [n, count] of rows.entries()) expect(count, shown).toBeLessThanOrEqual(allowed[n]!);
    }
    // The health report needs the latest eight runs of each job, and half of them are to another ad account.
    const [facts] = await readingsOf(db, (seen) => latestPoints(seen, 8));
    expect(rowsRead(facts!, 'runs'), JSON.stringify(facts)).toBeLessThanOrEqual(30);
  });
});
