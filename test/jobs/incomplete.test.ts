/** An audience of which LINE holds only a part: how this happens, where it shows, and how it becomes complete again. */
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { held, members } from '../support/cli.ts';
import { aiko } from '../support/service.ts';
import { type BenchOptions, type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const log = async ({ service }: ServiceBench, id: string) =>
  (await service.jobs.transitions(id, { limit: 99 })).items.toReversed();
const incompleteOnes = async ({ service }: ServiceBench) =>
  (await service.jobs.list({ limit: 9, incomplete: true })).items.map(({ id }) => id);

/** A job whose audience has 30 members. Its run has sent the first of two chunks, and LINE processes the second. */
async function halfSent(options: BenchOptions = {}) {
  const bench = await serviceBench({ ...options, pace: { chunkRecords: 25, ...options.pace } });
  const audienceId = bench.simulator.addAudience({ name: 'VIP', members: 30 });
  const { csv, hashes } = members(40, 'new');
  bench.simulator.addFault({ kind: 'job_stuck', fileName: '-2.txt' });
  const { id, last_run } = await bench.createJob({
    segment_id: bench.write('vip.csv', csv),
    audience_id: audienceId,
    audience_name: null,
  });
  const runId = last_run!.id;
  await sent(bench, runId);
  return { bench, id, runId, audienceId, hashes };
}

/** Resolves when the run waits for the second chunk, or has failed because it may not wait long. */
const sent = ({ service }: ServiceBench, runId: string) =>
  until(
    () => service.runs.get(runId),
    ({ status, progress }) =>
      status === 'failed' || (status === 'running' && progress?.stage === 'wait' && progress.chunk === 2),
  );

const release = async ({ simulator }: ServiceBench) => {
  for (const { id, status } of simulator.inspect().jobs) {
    if (status !== 'FINISHED') await fetch(`${simulator.adminUrl}/jobs/${id}/release`, { method: 'POST' });
  }
};

describe('an audience of which LINE holds only a part', () => {
  test('a dead worker leaves nothing incomplete, and the job stays running; a stop says what LINE will hold, and the job is incomplete until the run has continued to its end', async () => {
    const { bench, id, runId, audienceId, hashes } = await halfSent();
    await bench.restart();
    // Another worker continues.
    await sent(bench, runId);
    expect(await bench.published()).toEqual([]);
    // Before: LINE has accepted the second chunk, too, but has not finished it.
    expect((await bench.service.runs.get(runId)).part_at_line).toEqual({ sent: 40, total: 40 });
    expect(await bench.service.jobs.get(id)).toMatchObject({
      condition: 'running',
      incomplete_at_line: null,
    });
    expect(await incompleteOnes(bench)).toEqual([]);

    await bench.service.jobs.act(id, 'stop_run', aiko);
    const stopped = await bench.waitForJob(id, (job) => job.last_run?.status === 'stopped');
    expect(stopped).toMatchObject({
      status: 'sleeping',
      condition: 'scheduled',
      incomplete_at_line: { run_id: runId, sent: 40, total: 40 },
      actions: expect.arrayContaining(['continue', 'run_now']),
    });
    expect(await incompleteOnes(bench)).toEqual([id]);
    expect((await bench.service.status.metrics()).incompleteJobs).toBe(1);
    await until(
      () => bench.published(),
      (reported) => reported.length > 0,
    );
    expect(await bench.published()).toMatchObject([
      { type: 'audience_incomplete', jobId: id, runId, sent: 40, total: 40 },
    ]);

    await release(bench);
    const going = await bench.service.jobs.act(id, 'continue', aiko);
    expect(going).toMatchObject({ condition: 'running', last_run: { id: runId }, incomplete_at_line: null });
    const done = await bench.waitForJob(id, atRest);
    expect(done).toMatchObject({
      condition: 'scheduled',
      last_run: { id: runId, status: 'succeeded' },
      incomplete_at_line: null,
      recent_sizes: [40],
    });
    expect(done.actions).not.toContain('continue');
    expect(held(bench.simulator, audienceId)).toEqual(hashes);
    expect(await incompleteOnes(bench)).toEqual([]);
    await until(
      async () => (await bench.published()).map(({ type }) => type),
      (types) => types.length === 2,
    );
    expect((await bench.published()).map(({ type }) => type)).toEqual(['audience_incomplete', 'job_recovered']);
    expect((await log(bench, id)).map(({ action }) => action)).toEqual([
      'create',
      'run_interrupted',
      'stop_run',
      'incomplete',
      'continue',
      'run_succeeded',
    ]);
    // Each chunk was sent once.
    const ours = bench.simulator.inspect().jobs.filter(({ fileName }) => fileName.startsWith('lineup-'));
    expect(ours.map(({ action }) => action)).toEqual(['REPLACE', 'ADD']);
  });

  test('a run that fails half-way leaves the audience incomplete, even if its job is terminated; another job completes it', async () => {
    const { bench, id, runId, audienceId, hashes } = await halfSent({
      pace: { jobTimeoutMs: 300, retryLimitMs: 0 },
    });
    const failed = await bench.waitForJob(id, atRest);
    // LINE may take its next run.
    expect(failed).toMatchObject({ status: 'sleeping', incomplete_at_line: { run_id: runId } });
    await bench.service.jobs.act(id, 'terminate', aiko);
    expect(await bench.service.jobs.get(id)).toMatchObject({
      condition: 'terminated',
      incomplete_at_line: { run_id: runId },
    });
    expect((await bench.service.status.metrics()).incompleteJobs).toBe(0);
    expect((await bench.service.jobs.get(id)).actions).not.toContain('continue');

    // Another job takes over the audience and completes it.
    await release(bench);
    const filler = { audience_id: audienceId, audience_name: null };
    const next = await bench.createJob({
      ...filler,
      segment_id: bench.write('vip.csv', members(40, 'new').csv),
    });
    await bench.waitForJob(next.id, atRest);
    expect(held(bench.simulator, audienceId)).toEqual(hashes);
    expect((await bench.service.jobs.get(id)).incomplete_at_line).toBeNull();
  });

  test('a stop before anything was sent leaves nothing incomplete; after a pause before the rest was sent, the log says what LINE holds; the size is not the full size', async () => {
    const bench = await serviceBench({ pace: { chunkRecords: 25 } });
    // The first request of the run. The requests before it belong to the creation.
    bench.simulator.addFault({ kind: 'slow', ms: 600_000, endpoint: 'list', nth: 3 });
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(30, 'old').csv) });
    await until(
      () => bench.service.jobs.get(id),
      (job) => job.last_run?.status === 'running',
    );
    await bench.service.jobs.act(id, 'stop_run', aiko);
    const stopped = await bench.waitForJob(id, (job) => job.last_run?.status === 'stopped');
    expect(stopped).toMatchObject({ incomplete_at_line: null, condition: 'scheduled' });
    expect(stopped.actions).not.toContain('continue');
    expect(await bench.published()).toEqual([]);
    bench.simulator.clearFaults();
    await bench.service.jobs.act(id, 'run_now', aiko);
    await bench.waitForJob(id, atRest);

    bench.write('vip.csv', members(40, 'new').csv);
    bench.simulator.addFault({ kind: 'job_stuck', fileName: '-1.txt' });
    const { last_run } = await bench.service.jobs.act(id, 'run_now', aiko);
    const runId = last_run!.id;
    await until(
      () => bench.service.runs.get(runId),
      ({ progress }) => progress?.stage === 'wait',
    );
    expect((await bench.service.runs.get(runId)).part_at_line).toEqual({ sent: 25, total: 40 });
    await bench.service.jobs.act(id, 'pause', aiko);
    const paused = await bench.waitForJob(id, (job) => job.last_run?.status === 'interrupted');
    expect(paused).toMatchObject({
      condition: 'paused',
      incomplete_at_line: { run_id: runId, sent: 25, total: 40 },
      recent_sizes: [30, 25],
    });
    const line = await until(
      async () => (await log(bench, id)).at(-1),
      (last) => last?.action === 'incomplete',
    );
    expect(line).toMatchObject({
      to_condition: 'paused',
      reason: 'LINE holds 25 of 40 members.',
      run_id: runId,
    });

    // The job now reads another source, so its run cannot be continued. A new run replaces the whole audience.
    const other = members(35, 'other');
    const configuration = { ...paused.configuration, segment_id: bench.write('other.csv', other.csv) };
    await bench.service.jobs.change(id, paused.revision, { configuration }, aiko);
    expect((await bench.service.jobs.get(id)).actions).not.toContain('continue');
    await expect(bench.service.jobs.act(id, 'continue', aiko)).rejects.toMatchObject({
      code: 'action_not_allowed',
    });
    await release(bench);
    await bench.service.jobs.act(id, 'resume', aiko);
    const done = await bench.waitForJob(id, atRest);
    expect(done).toMatchObject({ condition: 'scheduled', incomplete_at_line: null });
    expect(done.last_run?.id).not.toBe(runId);
    expect(held(bench.simulator, done.audience_id!)).toEqual(other.hashes);
  });

  test('at its next slot the job replaces a stopped run with current members, and no longer continues that run', async () => {
    const { bench, id, runId, audienceId } = await halfSent();
    await bench.service.jobs.act(id, 'stop_run', aiko);
    const stopped = await bench.waitForJob(id, (job) => job.last_run?.status === 'stopped');
    await release(bench);
    const fresh = members(45, 'fresh');
    bench.write('vip.csv', fresh.csv);
    bench.clock.set(new Date(stopped.next_run_at!));
    const done = await bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== runId);
    expect(done).toMatchObject({ last_run: { status: 'succeeded' }, incomplete_at_line: null });
    expect(held(bench.simulator, audienceId)).toEqual(fresh.hashes);
    expect(done.actions).not.toContain('continue');
  });
});
