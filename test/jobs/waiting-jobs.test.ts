/** What a job waits for, how it continues automatically, and actions on many jobs at once. */
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { held, members } from '../support/cli.ts';
import { aiko, SECRET_KEY } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const refusing = { kind: 'status', status: 401, reason: 'AUTHORIZATION_FAILED', count: 1_000 } as const;

async function jobWith(bench: ServiceBench, name: string, change: Record<string, unknown> = {}) {
  const segment_id = bench.write(`${name}.csv`, members(20, name.toLowerCase()).csv);
  const { id } = await bench.createJob({ segment_id, audience_name: name, ...change }, name);
  return bench.waitForJob(id, atRest);
}
const types = async (bench: ServiceBench) =>
  (await bench.published()).flatMap((event) => ('jobName' in event ? [`${event.type} ${event.jobName}`] : [])).sort();

describe('a job that waits', () => {
  test('reports a refused key once; when the key is verified again, all its jobs continue automatically; at once when a wrong key is replaced, and when a wrong clock is corrected; and at its next slot when LINE was away for longer than it tries, or knows too few of the members', async () => {
    const bench = await serviceBench({ pace: { retryLimitMs: 5 * 60_000 } });
    const jobs = [await jobWith(bench, 'One'), await jobWith(bench, 'Two')];
    bench.simulator.addFault(refusing);
    for (const { id } of jobs) {
      await bench.service.jobs.act(id, 'run_now', aiko);
      expect(await bench.waitForJob(id, atRest)).toMatchObject({
        status: 'sleeping',
        condition: 'waiting',
        waits_for: 'key',
        error: { code: 'line_unauthorized' },
        error_count: 1,
      });
    }
    expect((await bench.service.jobs.list({ limit: 9, condition: 'waiting' })).items).toHaveLength(2);
    // It tries again automatically, and nobody gets a second message.
    bench.clock.advance(61_000);
    for (const { id } of jobs) await bench.waitForJob(id, (job) => atRest(job) && job.error_count === 2);
    await until(
      () => types(bench),
      (reported) => reported.length === 2,
    );
    expect(await types(bench)).toEqual(['job_waiting One', 'job_waiting Two']);

    await fetch(`${bench.simulator.adminUrl}/faults`, { method: 'DELETE' });
    const found = await bench.service.authorizations.verify(
      bench.authorizationId,
      { adAccountId: 'A1' },
      aiko,
      AbortSignal.timeout(30_000),
    );
    expect(found.health).toBe('healthy');
    for (const { id } of jobs) {
      expect(await bench.waitForJob(id, (job) => atRest(job) && job.error === null)).toMatchObject({
        condition: 'scheduled',
        waits_for: null,
        last_run: { status: 'succeeded' },
      });
    }
    await until(
      () => types(bench),
      (reported) => reported.length === 4,
    );
    expect((await types(bench)).slice(0, 2)).toEqual(['job_recovered One', 'job_recovered Two']);

    // A wrong key that is replaced.
    const id = jobs[0]!.id;
    const key = { access_key: bench.simulator.keys[0]!.accessKey, secret_key: SECRET_KEY };
    const { revision } = await bench.service.authorizations.get(bench.authorizationId);
    await bench.service.authorizations.change(
      bench.authorizationId,
      revision,
      { configuration: { ...key, secret_key: 'an-outdated-secret' } },
      aiko,
      'editor',
    );
    await bench.service.jobs.act(id, 'run_now', aiko);
    await bench.waitForJob(id, (job) => job.condition === 'waiting');
    await bench.service.authorizations.change(
      bench.authorizationId,
      revision + 1,
      { configuration: key },
      aiko,
      'editor',
    );
    await bench.waitForJob(id, (job) => atRest(job) && job.error === null);

    // A wrong clock.
    bench.simulator.configure({ clockSkewMs: 40 * 60_000 });
    await bench.service.jobs.act(id, 'run_now', aiko);
    expect(await bench.waitForJob(id, atRest)).toMatchObject({
      condition: 'waiting',
      waits_for: 'clock',
      error: { code: 'line_clock_skewed', message: expect.stringContaining('40 minutes behind') },
    });
    bench.simulator.configure({ clockSkewMs: 0 });
    bench.clock.advance(61_000);
    const works = await bench.waitForJob(id, (job) => atRest(job) && job.error === null);

    // LINE is away for longer than the job tries.
    bench.simulator.addFault({ kind: 'status', status: 503, retryAfter: 600, count: 1_000 });
    await bench.service.jobs.act(id, 'run_now', aiko);
    const failedAgain = (before: JobView) =>
      bench.waitForJob(id, (job) => atRest(job) && job.error_count !== before.error_count);
    let away = await failedAgain(works);
    while (away.condition === 'retrying') {
      expect(away.error).toMatchObject({ code: 'line_unavailable' });
      bench.clock.set(new Date(away.next_run_at!));
      away = await failedAgain(away);
    }
    expect(away).toMatchObject({
      status: 'sleeping',
      condition: 'waiting',
      waits_for: null,
      next_run_at: works.next_run_at,
    });

    // LINE knows too few of the members. Those of the next slot may do.
    await fetch(`${bench.simulator.adminUrl}/faults`, { method: 'DELETE' });
    bench.simulator.addFault({ kind: 'job_failed', failedType: 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT', count: 1 });
    await bench.service.jobs.act(id, 'run_now', aiko);
    expect(await bench.waitForJob(id, (job) => atRest(job) && job.error?.code === 'upload_job_failed')).toMatchObject({
      condition: 'waiting',
      next_run_at: works.next_run_at,
    });
  });

  test('keeps its schedule after an empty or shrunken result: the next slot tries again under the same guard; resumed before its slot it runs at the slot, and after it at once', async () => {
    const bench = await serviceBench();
    const job = await jobWith(bench, 'One');
    const { id } = job;
    const before = members(20, 'one').hashes;
    bench.write('One.csv', 'email\n');
    await bench.service.jobs.act(id, 'run_now', aiko);
    const empty = await bench.waitForJob(id, atRest);
    expect(empty).toMatchObject({
      condition: 'retrying',
      error: { code: 'nothing_to_send' },
      error_count: 1,
    });
    expect(empty.next_run_at).toBe(job.next_run_at);
    expect(empty.actions).not.toContain('run_anyway');

    bench.write('One.csv', members(3, 'one').csv);
    bench.clock.set(new Date(empty.next_run_at!));
    const few = await bench.waitForJob(id, (now) => atRest(now) && now.error?.code === 'audience_shrinks');
    expect(few).toMatchObject({ condition: 'needs_approval', status: 'sleeping' });
    expect(few.actions).toContain('run_anyway');
    expect(Date.parse(few.next_run_at!)).toBe(Date.parse(empty.next_run_at!) + 86_400_000);
    expect(held(bench.simulator, job.audience_id!)).toEqual(before);
    expect((await bench.service.jobs.list({ limit: 9, condition: 'needs_approval' })).items).toHaveLength(1);

    const more = members(25, 'one');
    bench.write('One.csv', more.csv);
    bench.clock.set(new Date(few.next_run_at!));
    const done = await bench.waitForJob(id, (now) => atRest(now) && now.error === null);
    expect(done).toMatchObject({ condition: 'scheduled', last_run: { trigger: 'schedule' } });
    expect(held(bench.simulator, job.audience_id!)).toEqual(more.hashes);
    await until(
      () => types(bench),
      (reported) => reported.length === 3,
    );
    expect(await types(bench)).toEqual(['guard_stopped One', 'guard_stopped One', 'job_recovered One']);

    const { next_run_at, last_run } = done;
    const act = (action: 'pause' | 'resume') => bench.service.jobs.act(id, action, aiko);
    await act('pause');
    expect((await act('resume')).next_run_at).toBe(next_run_at);
    await act('pause');
    bench.clock.set(new Date(Date.parse(next_run_at!) + 3_600_000));
    await act('resume');
    const resumed = await bench.waitForJob(id, (now) => atRest(now) && now.last_run?.id !== last_run?.id);
    expect(resumed.last_run).toMatchObject({ slot: next_run_at, status: 'succeeded' });
    expect(Date.parse(resumed.next_run_at!)).toBe(Date.parse(next_run_at!) + 86_400_000);
  });

  test('can be one of many in a single action: each job is changed or refused separately, and logged', async () => {
    const bench = await serviceBench({ role: 'api' });
    const create = async (name: string) => {
      const segment_id = bench.write(`${name}.csv`, members(2).csv);
      return (await bench.createJob({ segment_id, audience_name: name }, name)).id;
    };
    const [first, two, three] = [await create('One'), await create('Two'), await create('Three')];
    await bench.service.jobs.act(two, 'pause', aiko);
    expect(await bench.service.jobs.actOnMany([first, two, 'job_none', three], 'pause', aiko)).toMatchObject([
      { id: first, done: true, error: null },
      {
        id: two,
        done: false,
        error: { code: 'action_not_allowed', message: expect.stringContaining('paused') },
      },
      { id: 'job_none', done: false, error: { code: 'not_found' } },
      { id: three, done: true, error: null },
    ]);
    expect((await bench.service.jobs.list({ limit: 9, condition: 'paused' })).items).toHaveLength(3);
    const written = await bench.service.auditLog.list({ limit: 9, subject_type: 'job', subject_id: three });
    expect(written.items[0]).toMatchObject({ action: 'job.pause', actor: aiko.name });
    const resumed = await bench.service.jobs.actOnMany([first, two, three], 'resume', aiko);
    expect(resumed.every(({ done }) => done)).toBe(true);
  });
});
