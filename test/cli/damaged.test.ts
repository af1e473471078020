/** The command line shows what the service cannot read whole, and the rest as ever. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { members } from '../support/cli.ts';
import { serving } from '../support/serving.ts';

test('lists of jobs and runs mark damaged rows, and warn', async () => {
  const scene = await serving();
  const ids: string[] = [];
  for (const name of ['Whole', 'Broken']) {
    const segment_id = scene.write(`${name}.csv`, members(5, name).csv);
    const { id } = await scene.createJob({ segment_id, audience_name: name }, name);
    await scene.waitForJob(id, ({ status }) => status === 'sleeping');
    ids.push(id);
  }
  const { db } = scene.database.database;
  await sql`update lineup.jobs set configuration = configuration || '{"identifier_type": 7}' where id = ${ids[1]!}`.execute(
    db,
  );
  await sql`update lineup.runs set error = '"broken"' where job_id = ${ids[1]!}`.execute(db);

  const jobs = await scene.lineup(['jobs', 'list']);
  expect(jobs.code).toBe(0);
  expect(jobs.stdout).toMatch(/Broken\s+Damaged · Scheduled/);
  expect(jobs.stdout).toMatch(/Whole\s+Scheduled/);
  expect(jobs.stderr).toContain(
    'Warning: "Broken" is damaged. This version of the service cannot read a part of it: configuration.identifier_type.',
  );
  const runs = await scene.lineup(['runs', 'list']);
  expect(runs.stdout).toMatch(/damaged · succeeded/);
  expect(runs.stdout.match(/succeeded/g)).toHaveLength(2);
  const shown = await scene.lineup(['jobs', 'show', ids[1]!]);
  expect(shown.stdout).toMatch(/Damaged\s+configuration\.identifier_type/);
});
