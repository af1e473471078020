/** Creating, editing and deleting jobs. job-audience.test.ts tests what happens to the audience. */
import { describe, expect, test } from 'vitest';
import { held, members } from '../support/cli.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const atRest = ({ status }: { status: string }) => status !== 'runnable';

describe('jobs', () => {
  test('are fully validated: all problems at once, each at its key', async () => {
    const bench = await serviceBench();
    const path = bench.write('vip.csv', 'id,mail\n1,a@example.com\n');
    const job = (configuration: Record<string, unknown>, change: object = {}) => ({
      ...aNewJob(bench.authorizationId, { segment_id: path, ...configuration }),
      ...change,
    });
    const problems = async (input: ReturnType<typeof job>) =>
      (await bench.service.jobs.validate(input, AbortSignal.timeout(9_000))).errors.map(({ path: key }) => key);

    expect(await problems(job({ id_field: 'mail' }))).toEqual([]);
    expect(await problems(job({ adaccount_id: 'A999' }))).toEqual([
      'configuration.adaccount_id',
      'configuration.id_field',
    ]);
    expect(await problems(job({ segment_id: '/etc/hosts' }, { authorization_id: 'aut_none' }))).toEqual([
      'authorization_id',
      'configuration.segment_id',
    ]);
    expect(await problems(job({ id_field: 'mail' }, { source_authorization_id: bench.authorizationId }))).toEqual([
      'source_authorization_id',
    ]);
    const [lookalike] = bench.simulator.state
      .audiences('A1')
      .filter(({ functionType }) => functionType === 'LOOKALIKE');
    if (lookalike) {
      expect(await problems(job({ id_field: 'mail', audience_id: lookalike.id, audience_name: null }))).toEqual([
        'configuration.identifier_type',
      ]);
    }
    await expect(bench.service.jobs.create(job({}), aiko)).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: [{ path: 'configuration.id_field', message: expect.stringContaining('mail') }],
    });
    expect((await bench.service.jobs.list({ limit: 9 })).items).toEqual([]);
  });

  test('are created once if the same creation is sent twice, and keep their audience after an edit; others with its name or its audience are refused', async () => {
    const bench = await serviceBench();
    const segment_id = bench.write('vip.csv', members(9).csv);
    const input = aNewJob(bench.authorizationId, { segment_id });
    const once = await bench.service.jobs.create(input, aiko, { idempotencyKey: 'k1' });
    const { id } = once.value;
    const job = await bench.waitForJob(id, atRest);
    const twice = await bench.service.jobs.create(input, aiko, { idempotencyKey: 'k1' });
    expect([once.replayed, twice.replayed]).toEqual([false, true]);
    expect(twice.value.id).toBe(id);
    await expect(
      bench.service.jobs.create({ ...input, name: 'Another' }, aiko, { idempotencyKey: 'k1' }),
    ).rejects.toMatchObject({ code: 'idempotency_key_reused' });

    const other = members(7, 'other');
    const configuration = { ...job.configuration, segment_id: bench.write('other.csv', other.csv) };
    const edited = await bench.service.jobs.change(id, job.revision, { configuration }, aiko);
    expect(edited).toMatchObject({ audience_id: job.audience_id, revision: job.revision + 1 });
    await expect(bench.service.jobs.change(id, job.revision, { name: 'Late' }, aiko)).rejects.toMatchObject({
      code: 'changed_meanwhile',
    });
    await bench.service.jobs.act(id, 'run_now', aiko);
    await bench.waitForJob(id, atRest);
    expect(held(bench.simulator, job.audience_id!)).toEqual(other.hashes);
    const audit = await bench.service.auditLog.list({ limit: 9, subject_type: 'job', subject_id: id });
    expect(audit.items.map(({ action }) => action)).toEqual(['job.run_now', 'job.change', 'job.create']);

    await expect(bench.createJob({ segment_id })).rejects.toMatchObject({
      fields: [{ path: 'configuration.audience_name' }],
    });
    const filler = { segment_id, audience_id: job.audience_id, audience_name: null };
    await expect(bench.createJob(filler)).rejects.toMatchObject({
      fields: [{ path: 'configuration.audience_id' }],
    });
    // A terminated job no longer fills its audience. If two jobs want its audience at once, one gets it.
    await bench.service.jobs.act(id, 'terminate', aiko);
    const taken = await Promise.allSettled([bench.createJob(filler), bench.createJob(filler)]);
    expect(taken.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(taken.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { fields: [{ path: 'configuration.audience_id' }] },
    });
  });

  test('do not continue a failed run of the old configuration after an edit', async () => {
    const bench = await serviceBench({ pace: { jobTimeoutMs: 200, retryLimitMs: 0 } });
    bench.simulator.addFault({ kind: 'job_stuck' });
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(9).csv) });
    const failed = await bench.waitForJob(id, atRest);
    expect(failed).toMatchObject({ condition: 'waiting', last_run: { status: 'failed' } });
    const other = members(8, 'other');
    const configuration = { ...failed.configuration, segment_id: bench.write('other.csv', other.csv) };
    await bench.service.jobs.change(id, failed.revision, { configuration }, aiko);
    const [stuck] = bench.simulator.inspect().jobs;
    await fetch(`${bench.simulator.adminUrl}/jobs/${stuck?.id}/release`, { method: 'POST' });
    await bench.service.jobs.act(id, 'run_now', aiko);
    const done = await bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== failed.last_run?.id);
    expect(done.last_run?.id).not.toBe(failed.last_run?.id);
    expect(done).toMatchObject({ status: 'sleeping', audience_id: failed.audience_id });
    expect(held(bench.simulator, done.audience_id!)).toEqual(other.hashes);
  });

  test('cannot be deleted during a run; their runs stay after the deletion', async () => {
    const bench = await serviceBench({ simulator: { jobMs: 60_000 } });
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(9).csv) });
    await expect(bench.service.jobs.delete(id, aiko)).rejects.toMatchObject({ code: 'action_not_allowed' });
    await bench.service.jobs.act(id, 'terminate', aiko);
    await bench.waitForJob(id, (job) => job.last_run?.status === 'stopped');
    await bench.service.jobs.delete(id, aiko);
    await expect(bench.service.jobs.get(id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await bench.service.runs.list({ limit: 9 })).items).toMatchObject([
      { job_id: null, job_name: 'VIP customers' },
    ]);
  });

  test('show the next times of a schedule before it is saved, and explain cron expressions in words', async () => {
    const bench = await serviceBench({ role: 'api' });
    bench.clock.set(new Date('2026-03-27T12:00:00Z'));
    const schedule = {
      run_frequency: 'custom' as const,
      cron_expressions: ['30 2 * * SUN', '0 12 L * *'],
      timezone: 'Europe/Berlin',
    };
    const { times, words } = await bench.service.jobs.previewSchedule(schedule, 3, 'en');
    // The clock is set forward on 29 March at 02:00.
    expect(times.map((time) => time.toISOString())).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-31T10:00:00.000Z',
      '2026-04-05T00:30:00.000Z',
    ]);
    expect(words).toEqual(['At 02:30, only on Sunday', 'At 12:00, on the last day of the month']);
    const { words: inJapanese } = await bench.service.jobs.previewSchedule(schedule, 1, 'ja');
    expect(inJapanese).toEqual(['02:30、日曜日', '12:00、毎月の月末']);

    bench.clock.set(new Date('2026-01-30T12:00:00Z'));
    const { times: monthly } = await bench.service.jobs.previewSchedule(
      { run_frequency: 'monthly', day_of_week: 'monday', time_of_day: '09:00', timezone: 'Asia/Tokyo' },
      3,
      'en',
    );
    expect(monthly.map((time) => time.toISOString())).toEqual([
      '2026-02-02T00:00:00.000Z',
      '2026-03-02T00:00:00.000Z',
      '2026-04-06T00:00:00.000Z',
    ]);
  });
});
