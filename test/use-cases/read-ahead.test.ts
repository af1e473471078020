/** What a large installation reads before somebody asks for it. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { initialState } from '../../src/jobs/states.ts';
import { createJob } from '../../src/store/repositories/jobs.ts';
import { makeUseCases, type ServiceParts } from '../../src/use-cases/index.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';

const current = useDatabase(databases[0]!);

test('an overview and metrics are read ahead, and in a small installation they are not', async () => {
  const { db } = current.database;
  const { id } = await anAuthorization(db, await openBox(db, newKey()));
  const { id: first } = await db.transaction().execute((tx) => createJob(tx, aNewJob(id), initialState, aiko, at(0)));
  let minutes = 0;
  const parts = { db, now: () => at(minutes), queue: { oldestSeconds: async () => 0 }, uploads: { maxBytes: 1 } };
  const readAfter = async (later: number) => {
    minutes = 0;
    const { status, overview } = makeUseCases(parts as Partial<ServiceParts> as ServiceParts);
    await status.readAhead();
    minutes = later;
    const { points_at, series_at, calendar_at } = await overview.read(7, 'viewer');
    return [points_at, series_at, calendar_at].map((time) => time && Date.parse(time) - at(0).getTime());
  };
  expect(await readAfter(2)).toEqual([120_000, 120_000, 120_000]);
  await sql`
    insert into lineup.jobs (id, type, name, authorization_id, configuration, audience_id, status, condition,
      created_by, created_at, updated_by, updated_at)
    select 'job_' || n, type, 'Job ' || n, authorization_id, configuration, n::text, 'runnable', 'running',
      created_by, created_at, updated_by, updated_at
    from lineup.jobs, generate_series(1, 999) as n where id = ${first}`.execute(db);
  // Sums of many sizes alone take long.
  expect(await readAfter(2)).toEqual([0, 120_000, 0]);
});
