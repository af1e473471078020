import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { vacuumChanged } from '../../src/store/database/vacuum.ts';
import { onPglite, useDatabase } from '../support/databases.ts';
import { at } from '../support/service.ts';

const current = useDatabase(onPglite);

test('the room of deleted rows of the embedded database is used again, once a lot has changed', async () => {
  const { db } = current.database;
  const fill = async () => {
    await sql`
      insert into lineup.runs (id, job_name, trigger, status, queued_at)
      select 'run_' || n, 'A job with a name', 'schedule', 'succeeded', ${at(0)} from generate_series(1, 3000) as n`.execute(
      db,
    );
    await sql`delete from lineup.runs`.execute(db);
  };
  const sizeOf = async () => {
    const { rows } = await sql<{ bytes: number }>`select pg_relation_size('lineup.runs')::int as bytes`.execute(db);
    return rows[0]!.bytes;
  };
  await vacuumChanged(db);
  await fill();
  const filled = await sizeOf();
  expect(await vacuumChanged(db)).toEqual(['lineup.runs']);
  expect(await vacuumChanged(db)).toEqual([]);
  await fill();
  expect(await sizeOf()).toBeLessThanOrEqual(filled);
});
