/** What the list of a job will hold, on both databases. */
import { describe, expect, test } from 'vitest';
import type { OutlookRequest } from '../../src/contracts/outlook.ts';
import { initialState } from '../../src/jobs/states.ts';
import { createJob } from '../../src/store/repositories/jobs.ts';
import { outlookOf } from '../../src/use-cases/jobs/outlook.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';

const DAY = 24 * 60;
const weekly = {
  run_frequency: 'weekly',
  day_of_week: 'monday',
  time_of_day: '09:00',
  timezone: 'Asia/Tokyo',
} as const;

describe.each(databases)('the outlook of a job on $kind', (kind) => {
  const current = useDatabase(kind);
  const key = newKey();
  const outlook = (asked: Partial<OutlookRequest>) =>
    outlookOf(
      { db: current.database.db, now: () => at(20 * DAY) },
      { job_id: null, schedule: weekly, member_days: 30, members: null, further_members: [], ...asked },
    );

  test('that is new begins with a run, and warns of too few days', async () => {
    const found = await outlook({ member_days: 5, members: 200 });
    expect(found).toMatchObject({ longest_gap: 7, needed_days: 10 });
    expect(found.warning?.message).toContain('Members leave after 5 days, but 7 days may pass between two runs.');
    expect(found.with_runs[0]?.members).toBe(200);
    expect(found.with_runs.map(({ members }) => members)).toContain(0);
    expect(found.empty_without_runs_at).toBe(at(25 * DAY).toISOString());
    expect(await outlook({ member_days: 10, members: 200 })).toMatchObject({ warning: null, empty_at: null });
  });

  test('with two identifiers in one list counts who may have both once, and says so', async () => {
    const found = await outlook({ members: 200, further_members: [150] });
    expect(found.run).toEqual({ least: 200, most: 350 });
    expect(found.with_runs[0]?.members).toBe(200);
    expect((await outlook({ members: 150, further_members: [200] })).with_runs[0]?.members).toBe(200);
  });

  test('without a number says only what the schedule says', async () => {
    expect(await outlook({})).toMatchObject({ longest_gap: 7, with_runs: [], without_runs: [] });
    expect(await outlook({ schedule: null })).toMatchObject({ longest_gap: null, needed_days: null, warning: null });
  });

  test('that runs once is empty after its days', async () => {
    const found = await outlook({ schedule: null, members: 7 });
    expect(found.empty_at).toBe(at(50 * DAY).toISOString());
  });

  test('that is saved counts what its runs have sent to its present list', async () => {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key));
    const job = await db.transaction().execute((tx) => createJob(tx, aNewJob(id), initialState, aiko, at(0)));
    await db.updateTable('jobs').set({ audience_id: '7' }).where('id', '=', job.id).execute();
    const run = (name: string, day: number, uploaded: number, audience_id: string) =>
      db
        .insertInto('runs')
        .values({
          ...{ id: name, job_id: job.id, job_name: job.name, trigger: 'schedule', slot: null, status: 'succeeded' },
          ...{ mode: 'append', ad_account_id: 'A1', audience_id, uploaded, unique_count: uploaded },
          ...{ queued_at: at(day * DAY), started_at: at(day * DAY), ended_at: at(day * DAY) },
        })
        .execute();
    await run('r1', 10, 900, '7');
    await run('r2', 15, 800, '7');
    await run('r3', 16, 5_000, '8');
    const found = await outlook({ job_id: job.id, schedule: null });
    const held = new Map(found.without_runs.map(({ at: moment, members }) => [moment, members]));
    expect([20, 39, 40, 44, 45].map((day) => held.get(at(day * DAY).toISOString()))).toEqual([900, 900, 800, 800, 0]);
    expect(found.empty_without_runs_at).toBe(at(45 * DAY).toISOString());
    // Also a further identifier that shares the list.
    await run('r4', 18, 700, '7');
    await db.updateTable('runs').set({ deliveries: 2 }).where('id', '=', 'r4').execute();
    const part = { run_id: 'r4', id_field: 'x', at_line: 'whole', audience_id: '7' } as const;
    await db
      .insertInto('run_deliveries')
      .values([
        { ...part, delivery: 1, identifier_type: 'email', uploaded: 700 },
        { ...part, delivery: 2, identifier_type: 'phone', uploaded: 950 },
      ])
      .execute();
    const both = await outlook({ job_id: job.id, schedule: null });
    expect(both.run).toEqual({ least: 950, most: 1_650 });
    expect(both.without_runs[0]?.members).toBe(950);
    await db.deleteFrom('runs').where('id', '=', 'r4').execute();
    // The next run sends as many as the last one.
    const daily = await outlook({ job_id: job.id, schedule: { ...weekly, run_frequency: 'weekly' } });
    expect(daily.with_runs.at(-1)?.members).toBe(800);
  });
});
