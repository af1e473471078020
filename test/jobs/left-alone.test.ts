/** Jobs, runs and notifications of a newer version: this version leaves them alone, and does not fail them. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { members } from '../support/cli.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const change = (bench: ServiceBench, statement: string) => sql.raw(statement).execute(bench.database.database.db);

async function sleepingJob(bench: ServiceBench) {
  const segment_id = bench.write('members.csv', members(20).csv);
  const { id } = await bench.createJob({ segment_id });
  return bench.waitForJob(id, ({ status }) => status === 'sleeping');
}

/** Other jobs go on, so the workers and the scheduler have had their chance. */
async function anotherRuns(bench: ServiceBench): Promise<void> {
  const segment_id = bench.write('others.csv', members(20, 'other').csv);
  const { id } = await bench.createJob({ segment_id, audience_name: 'Others' }, 'Others');
  await bench.waitForJob(id, ({ status }) => status === 'sleeping');
}

describe('a job with a key that this version does not know', () => {
  test('neither wakes nor runs, whoever asks; and it does when the key asks for nothing', async () => {
    const bench = await serviceBench();
    const { id, last_run } = await sleepingJob(bench);
    await change(
      bench,
      `update lineup.jobs set configuration = configuration || '{"two_people": true}' where id = '${id}'`,
    );
    for (const action of ['run_now', 'restart'] as const) {
      await expect(bench.service.jobs.act(id, action, aiko)).rejects.toMatchObject({ code: 'data_newer' });
    }
    bench.clock.advance(24 * 3_600_000);
    await anotherRuns(bench);
    const after = await bench.service.jobs.get(id);
    expect(after).toMatchObject({ status: 'sleeping', error: null, damaged: ['configuration.two_people'] });
    expect(after.last_run?.id).toBe(last_run?.id);
    expect(bench.errors).toEqual([]);

    await change(
      bench,
      `update lineup.jobs set configuration = configuration || '{"two_people": false}' where id = '${id}'`,
    );
    bench.clock.advance(1_000);
    await bench.waitForJob(id, (job) => job.last_run?.id !== last_run?.id && job.status === 'sleeping');
    // An edit keeps the key.
    const { revision } = await bench.service.jobs.get(id);
    const { siblings: _, audience_id: __, ...configuration } = after.configuration;
    const asked = { ...configuration, audience_id: after.audience_id, max_shrink: 0.4, siblings: [] };
    await bench.service.jobs.change(id, revision, { configuration: asked as never }, aiko);
    const { rows } = await sql<{
      configuration: object;
    }>`select configuration from lineup.jobs where id = ${id}`.execute(bench.database.database.db);
    expect(rows[0]?.configuration).toMatchObject({ max_shrink: 0.4, two_people: false });
  });
});

test('a run whose journal has an event that this version does not know waits for the newer version', async () => {
  const bench = await serviceBench();
  bench.simulator.configure({ jobMs: 5_000 });
  const segment_id = bench.write('members.csv', members(20).csv);
  const { id } = await bench.createJob({ segment_id });
  const { last_run } = await bench.waitForJob(id, (job) => (job.last_run?.uploaded ?? 0) > 0);
  await bench.running.close();
  const runId = last_run!.id;
  await change(
    bench,
    `insert into lineup.run_events select '${runId}', max(seq) + 1, '{"type":"approved","at":"2026-03-02T00:00:00.000Z"}'
     from lineup.run_events where run_id = '${runId}'`,
  );
  await change(bench, `update lineup.runs set status = 'running', ended_at = null where id = '${runId}'`);
  const count = async () =>
    (
      await sql<{
        n: number;
      }>`select count(*)::int as n from lineup.run_events where run_id = ${runId}`.execute(bench.database.database.db)
    ).rows[0]!.n;
  const before = await count();
  bench.simulator.configure({ jobMs: 60 });
  await bench.restart();
  await anotherRuns(bench);
  expect(await count()).toBe(before);
  expect(await bench.service.runs.get(runId)).toMatchObject({ status: 'running' });
  // Queued, it is offered to the workers again and again.
  await change(bench, `update lineup.runs set status = 'queued' where id = '${runId}'`);
  await anotherRuns(bench).catch(() => {});
  expect(await bench.service.runs.get(runId)).toMatchObject({
    status: 'queued',
    error: { code: 'interrupted' },
  });
  await change(bench, `delete from lineup.run_events where run_id = '${runId}' and event->>'type' = 'approved'`);
  await bench.waitForJob(id, (job) => job.last_run?.status === 'succeeded');
});

test('a notification of an unknown type or to an unknown kind of channel stays for the newer version', async () => {
  const bench = await serviceBench();
  await change(bench, `alter table lineup.notification_channels drop constraint notification_channels_kind_check`);
  await change(
    bench,
    `insert into lineup.notifications (channel_id, event_key, event, due_at, created_at)
     select id, 'moon', '{"type":"moon_full","at":"2026-03-02T00:00:00.000Z"}', now(), now() from lineup.notification_channels`,
  );
  await sleepingJob(bench);
  await bench.service.jobs.act((await bench.service.jobs.list({ limit: 1 })).items[0]!.id, 'run_now', aiko);
  const statuses = async () =>
    await bench.database.database.db.selectFrom('notifications').select(['status', 'attempts', 'event_key']).execute();
  await until(statuses, (all) => all.length > 0);
  await anotherRuns(bench);
  expect((await statuses()).find(({ event_key }) => event_key === 'moon')).toMatchObject({
    status: 'waiting',
    attempts: 0,
  });
});

test('a run whose authorization or suppression list this version does not know waits for the newer version', async () => {
  const bench = await serviceBench();
  const { id } = await sleepingJob(bench);
  await change(bench, `update lineup.authorizations set method = 'passkey'`);
  await bench.service.jobs.act(id, 'run_now', aiko);
  const { last_run } = await bench.service.jobs.get(id);
  // A worker has taken the message of the run.
  const messages = async () =>
    (
      await sql<{
        state: string;
      }>`select state::text from lineup_queue.job where data->>'runId' = ${last_run!.id}`.execute(
        bench.database.database.db,
      )
    ).rows;
  await until(messages, (all) => all.some(({ state }) => state === 'completed'));
  expect(await bench.service.jobs.get(id)).toMatchObject({ error: null, last_run: { status: 'queued' } });

  await bench.service.suppressionLists.create(
    {
      name: 'Buyers',
      description: '',
      source_authorization_id: null,
      segment_id: bench.write('buyers.csv', members(20, 'buyer').csv),
      fields: { email: 'email' },
      applies_to: 'all_jobs',
      max_shrink: 0.5,
    },
    aiko,
  );
  await change(bench, `update lineup.suppression_lists set fields = fields || '{"postcode": "zip"}'`);
  await change(bench, `update lineup.authorizations set method = 'line_ads_api_key'`);
  const taken = (await messages()).length;
  await until(messages, (all) => all.length > taken && all.every(({ state }) => state !== 'active'));
  expect(await bench.service.jobs.get(id)).toMatchObject({ error: null, last_run: { status: 'queued' } });

  await change(bench, `update lineup.suppression_lists set fields = fields - 'postcode'`);
  await bench.waitForJob(id, (job) => job.last_run?.status === 'succeeded');
});
