/** The audience that campaigns target stays the job’s own after every edit, unless a person asks for another. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JobChange, JobView } from '../../src/contracts/jobs.ts';
import { held, members } from '../support/cli.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';
import { serving } from '../support/serving.ts';

const atRest = ({ status }: { status: string }) => status !== 'runnable';
const { csv, hashes } = members(9);

/** A job that has created its audience, VIP. */
async function madeVip() {
  const bench = await serviceBench();
  const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv) });
  const job = await bench.waitForJob(id, atRest);
  const edit = (configuration: Partial<JobView['configuration']>, change: JobChange = {}, revision = job.revision) =>
    bench.service.jobs.change(
      id,
      revision,
      { configuration: { ...job.configuration, ...configuration }, ...change },
      aiko,
    );
  return { bench, job, edit, audience: job.audience_id! };
}

const AUDIENCE_MADE = 4_712;

/** Prevents runs from storing which audience they have created, until it is released. */
async function holdAudiences({ database }: ServiceBench) {
  const { connection } = database.database;
  if (connection.kind !== 'postgres') throw new Error('this is not PostgreSQL');
  const { pool } = connection;
  await pool.query(`
    create function public.hold() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(${AUDIENCE_MADE}); return new; end $$;
    create trigger hold before update on lineup.jobs for each row
      when (old.audience_id is null and new.audience_id is not null) execute function public.hold()`);
  const holder = await pool.connect();
  onTestFinished(() => holder.release(true));
  await holder.query('select pg_advisory_lock($1)', [AUDIENCE_MADE]);
  const waiting = (event: string, query: string) =>
    until(
      async () =>
        (
          await pool.query(
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
             and wait_event = $1 and query like $2`,
            [event, query],
          )
        ).rowCount,
      (count) => count === 1,
    );
  return {
    /** Resolves when LINE has created an audience, and the run is about to store it. */
    // PostgreSQL shows the beginning of a statement only.
    isMade: () => waiting('advisory', '%with held as%'),
    /** Resolves when another writer waits for the job. */
    isAwaited: () => waiting('transactionid', '%"lineup"."jobs"%for update'),
    release: () => holder.query('select pg_advisory_unlock($1)', [AUDIENCE_MADE]),
  };
}

const names = (bench: ServiceBench): string[] => bench.simulator.inspect().audiences.map(({ name }) => name);

/** A job whose first run has failed: LINE made its audience, and its answer was lost. */
async function unanswered(bench: ServiceBench, audience_name: string) {
  bench.simulator.addFault({ kind: 'reset', endpoint: 'upload', when: 'after', count: 1 });
  bench.simulator.addFault({
    kind: 'status',
    endpoint: 'upload-jobs',
    status: 400,
    when: 'before',
    count: 1,
  });
  const segment_id = bench.write('vip.csv', csv);
  const { id } = await bench.createJob({ segment_id, audience_name }, audience_name);
  const failed = await bench.waitForJob(id, atRest);
  expect(failed).toMatchObject({ audience_id: null, last_run: { status: 'failed' } });
  bench.simulator.clearFaults();
  return { id, failed };
}

describe('the audience of an edited job', () => {
  test('gets a new name at LINE, also if it was chosen by its id or the answer was lost; the next run fills the same audience', async () => {
    const { bench, job, edit, audience } = await madeVip();
    expect(await edit({ audience_name: 'VIP 2026' })).toMatchObject({
      audience_id: audience,
      configuration: { audience_name: 'VIP 2026' },
    });
    expect(names(bench)).toContain('VIP 2026');
    expect(names(bench)).not.toContain('VIP');
    await bench.service.jobs.act(job.id, 'run_now', aiko);
    expect(await bench.waitForJob(job.id, atRest)).toMatchObject({ audience_id: audience, error: null });
    expect(bench.simulator.inspect().audiences.filter(({ name }) => name.startsWith('VIP'))).toHaveLength(1);
    const { items } = await bench.service.auditLog.list({
      limit: 9,
      subject_type: 'custom_audience',
      subject_id: audience,
    });
    expect(items).toMatchObject([
      { action: 'custom_audience.rename', detail: { adaccount_id: 'A1', from: 'VIP', to: 'VIP 2026' } },
    ]);

    // Chosen by its id.
    await edit({ audience_id: audience, audience_name: null }, {}, job.revision + 1);
    expect(await edit({ audience_id: null, audience_name: 'Gold' }, {}, job.revision + 2)).toMatchObject({
      audience_id: audience,
    });
    expect(names(bench)).toContain('Gold');

    // Lineup looks it up at LINE.
    bench.simulator.addFault({ kind: 'reset', endpoint: 'rename', when: 'after', count: 3 });
    expect(await edit({ audience_name: 'VIP 2027' }, {}, job.revision + 3)).toMatchObject({
      configuration: { audience_name: 'VIP 2027' },
    });
    expect(names(bench)).toContain('VIP 2027');
  });

  test('is not renamed if LINE has or refuses the name, or by an outdated form, and gets its name back if the save fails', async () => {
    const { bench, job, edit } = await madeVip();
    bench.simulator.addAudience({ name: 'Gold', members: 0 });
    await expect(edit({ audience_name: 'Gold' })).rejects.toMatchObject({
      fields: [
        {
          path: 'configuration.audience_name',
          message: expect.stringContaining('LINE already has an audience with this name'),
        },
      ],
    });
    bench.simulator.addFault({
      kind: 'status',
      endpoint: 'rename',
      status: 400,
      reason: 'AUDIENCE_GROUP_NAME_DUPLICATE',
    });
    await expect(edit({ audience_name: 'Silver' })).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: [
        {
          path: 'configuration.audience_name',
          message: expect.stringMatching(
            /^LINE did not rename the audience, so nothing was saved\. LINE answered 400 AUDIENCE_GROUP_NAME_DUPLICATE/,
          ),
        },
      ],
    });
    expect(names(bench)).toEqual(expect.arrayContaining(['VIP', 'Gold']));
    expect(await bench.service.jobs.get(job.id)).toMatchObject({
      revision: job.revision,
      configuration: { audience_name: 'VIP' },
    });

    await expect(edit({ audience_name: 'Late' }, {}, job.revision - 1)).rejects.toMatchObject({
      code: 'changed_meanwhile',
    });
    expect(names(bench)).toContain('VIP');
    // Of two that save at once, one wins. LINE has the winner’s name.
    const both = await Promise.allSettled([edit({ audience_name: 'One' }), edit({ audience_name: 'Two' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { revision, audience_id, configuration } = await bench.service.jobs.get(job.id);
    expect(bench.simulator.inspect().audiences.find(({ id }) => id === audience_id)?.name).toBe(
      configuration.audience_name,
    );
    await bench.service.jobs.act(job.id, 'terminate', aiko);
    const before = bench.simulator.inspect().audiences.find(({ id }) => id === audience_id)?.name;
    await expect(edit({ audience_name: 'Dead' }, {}, revision)).rejects.toMatchObject({
      code: 'action_not_allowed',
    });
    expect(bench.simulator.inspect().audiences.find(({ id }) => id === audience_id)?.name).toBe(before);
  });

  test('changes for another ad account or identifier type only with the flag, which creates another audience, also if it was deleted at LINE', async () => {
    const { bench, job, edit, audience } = await madeVip();
    for (const change of [{ adaccount_id: 'A2' }, { identifier_type: 'phone' as const }]) {
      await expect(edit({ ...change, audience_name: 'VIP 2' })).rejects.toMatchObject({
        code: 'invalid_argument',
        fields: [{ path: 'another_audience', message: expect.stringContaining(`${audience} stays unchanged`) }],
      });
    }
    await expect(
      edit({ audience_id: audience, audience_name: null }, { another_audience: true }),
    ).rejects.toMatchObject({
      fields: [{ path: 'another_audience' }],
    });
    // The name of an existing audience is taken.
    await expect(edit({}, { another_audience: true })).rejects.toMatchObject({
      fields: [{ path: 'configuration.audience_name' }],
    });
    const edited = await edit({ audience_name: 'VIP 2' }, { another_audience: true });
    expect(edited.audience_id).toBeNull();
    expect(names(bench)).toContain('VIP');
    await bench.service.jobs.act(job.id, 'run_now', aiko);
    const other = await bench.waitForJob(job.id, atRest);
    expect([other.audience_id, other.error]).toEqual([expect.not.stringMatching(audience), null]);
    expect(held(bench.simulator, other.audience_id!)).toEqual(hashes);
    const { items } = await bench.service.auditLog.list({
      limit: 9,
      subject_type: 'job',
      subject_id: job.id,
    });
    expect(items[1]).toMatchObject({ action: 'job.change', detail: { left_audience: audience } });

    // Deleted, it is reported as gone, and is created again under its name.
    bench.simulator.state.deleteAudience(other.audience_id!);
    const kept = { ...other.configuration, time_of_day: '10:00' };
    await expect(edit(kept, {}, other.revision)).rejects.toMatchObject({
      fields: [
        {
          path: 'configuration.audience_id',
          message: expect.stringContaining(`The audience "VIP 2" (${other.audience_id}) no longer exists at LINE.`),
        },
      ],
    });
    const again = await bench.service.jobs.change(job.id, other.revision, { another_audience: true }, aiko);
    expect(again).toMatchObject({ audience_id: null, configuration: { audience_name: 'VIP 2' } });
    await bench.service.jobs.act(job.id, 'run_now', aiko);
    const done = await bench.waitForJob(job.id, atRest);
    expect(done.audience_id).not.toBe(other.audience_id);
    expect(held(bench.simulator, done.audience_id!)).toEqual(hashes);
  });

  test('keeps its name while the first run creates it, because another name would create a second audience; then it may change before the run continues', async () => {
    const bench = await serviceBench();
    bench.simulator.addFault({ kind: 'slow', endpoint: 'upload', ms: 3_000, when: 'before' });
    bench.simulator.addFault({ kind: 'job_stuck' });
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv) });
    const running = await until(
      () => bench.service.jobs.get(id),
      (job) => job.last_run?.status === 'running',
    );
    const rename = (revision: number, audience_name: string) => {
      const configuration = { ...running.configuration, audience_name };
      return bench.service.jobs.change(id, revision, { configuration }, aiko);
    };
    await expect(rename(running.revision, 'Other')).rejects.toMatchObject({
      code: 'action_not_allowed',
      message: expect.stringContaining('The first run is creating the audience "VIP" at LINE now.'),
    });
    await bench.service.jobs.change(id, running.revision, { name: 'Other label' }, aiko);
    await bench.waitForJob(id, ({ audience_id }) => audience_id !== null);
    expect(names(bench).filter((name) => ['VIP', 'Other'].includes(name))).toEqual(['VIP']);

    await bench.service.jobs.act(id, 'pause', aiko);
    const { revision } = await bench.waitForJob(id, ({ last_run }) => last_run?.status === 'interrupted');
    await rename(revision, 'VIP 2026');
    const [stuck] = bench.simulator.inspect().jobs;
    await fetch(`${bench.simulator.adminUrl}/jobs/${stuck?.id}/release`, { method: 'POST' });
    await bench.service.jobs.act(id, 'resume', aiko);
    const done = await bench.waitForJob(id, atRest);
    expect(done).toMatchObject({
      status: 'sleeping',
      last_run: { id: running.last_run?.id, status: 'succeeded' },
    });
    expect(names(bench).filter((name) => /VIP|Other/.test(name))).toEqual(['VIP 2026']);
  });

  test('keeps its name after a run to whose first chunk LINE did not answer, until another run has asked LINE, but may take the audience that LINE has', async () => {
    const bench = await serviceBench({ pace: { retryLimitMs: 0 } });
    const vip = await unanswered(bench, 'VIP');
    const rename = (revision: number) =>
      bench.service.jobs.change(
        vip.id,
        revision,
        { configuration: { ...vip.failed.configuration, audience_name: 'Other' } },
        aiko,
      );
    await expect(rename(vip.failed.revision)).rejects.toMatchObject({
      code: 'action_not_allowed',
      message: expect.stringContaining('so it may have the audience "VIP"'),
    });
    await bench.service.jobs.act(vip.id, 'continue', aiko);
    await rename((await bench.waitForJob(vip.id, atRest)).revision);
    expect(names(bench)).toContain('Other');
    expect(names(bench)).not.toContain('VIP');

    // Also when a later run has failed since.
    const { id } = await unanswered(bench, 'Gold');
    await bench.service.jobs.act(id, 'restart', aiko);
    const { revision, configuration, error } = await bench.waitForJob(id, atRest);
    expect(error?.code).toBe('audience_name_taken');
    const change = (to: Partial<typeof configuration>) =>
      bench.service.jobs.change(id, revision, { configuration: { ...configuration, ...to } }, aiko);
    await expect(change({ audience_name: 'Silver' })).rejects.toMatchObject({
      code: 'action_not_allowed',
      message: expect.stringMatching(/^LINE did not answer run \S+, so it may have the audience "Gold"/),
    });
    const made = bench.simulator.inspect().audiences.find(({ name }) => name === 'Gold')!;
    await change({ audience_id: made.id, audience_name: null });
    await bench.service.jobs.act(id, 'restart', aiko);
    expect(await bench.waitForJob(id, atRest)).toMatchObject({
      audience_id: made.id,
      last_run: { status: 'succeeded' },
    });
    expect(names(bench)).not.toContain('Silver');
  });
});

describe('when the service writes to a job', needsPostgres, () => {
  test('no edit is refused: an edit while the first run creates the audience is saved, and keeps the audience', async () => {
    const bench = await serving();
    const token = await bench.token('editor');
    const writing = await holdAudiences(bench);
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv) });
    await writing.isMade();
    expect(names(bench)).toContain('VIP');
    const { revision, audience_id, configuration } = await bench.service.jobs.get(id);
    expect(audience_id).toBeNull();
    const answer = fetch(`${bench.url}/api/v1/jobs/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ revision, configuration: { ...configuration, time_of_day: '10:30' } }),
    });
    // It was checked without the audience, and is saved after the run.
    await Promise.race([writing.isAwaited(), answer]);
    await writing.release();
    const { status } = await answer;
    const edited = await (await answer).json();
    const [audience] = bench.simulator.inspect().audiences.filter(({ name }) => name === 'VIP');
    expect([status, edited]).toEqual([200, expect.objectContaining({ audience_id: audience?.id, revision: 2 })]);
    const done = await bench.waitForJob(id, atRest);
    expect(done).toMatchObject({
      audience_id: audience?.id,
      error: null,
      configuration: { audience_name: 'VIP', time_of_day: '10:30' },
      last_run: { status: 'succeeded' },
    });
    expect(held(bench.simulator, audience!.id)).toEqual(hashes);
  });
});
