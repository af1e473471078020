/** The life of a job over days: its schedule, failures, and what people do. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { approve } from '../support/approvals.ts';
import { held, members } from '../support/cli.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const HOUR = 3_600_000;
/** Its newest run must have ended, too: a job and its run are read one after the other. */
const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const log = async ({ service }: ServiceBench, id: string) =>
  (await service.jobs.transitions(id, { limit: 99 })).items.toReversed();

/** A job that has run once and sleeps. */
async function sleepingJob(bench: ServiceBench, change: Record<string, unknown> = {}) {
  const { csv, hashes } = members(40);
  const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv), ...change });
  const job = await bench.waitForJob(id, atRest);
  expect(job).toMatchObject({ status: 'sleeping', error: null });
  return { id, job, hashes };
}

describe('a job', () => {
  test('wakes at its slot and replaces its audience; after a downtime it runs once for all missed slots', async () => {
    const bench = await serviceBench();
    bench.clock.set(new Date('2026-03-05T20:00:00Z'));
    const times = { timezone: 'America/New_York', time_of_day: '09:00', run_frequency: 'daily' };
    const { id, job } = await sleepingJob(bench, times);
    expect(job.next_run_at).toBe('2026-03-06T14:00:00.000Z');
    const changed = members(50, 'other');
    bench.write('vip.csv', changed.csv);
    bench.clock.set(new Date('2026-03-06T13:59:59.900Z'));
    const second = await bench.waitForJob(id, (now) => atRest(now) && now.last_run?.id !== job.last_run?.id);
    expect(second.last_run).toMatchObject({
      trigger: 'schedule',
      slot: '2026-03-06T14:00:00.000Z',
      status: 'succeeded',
    });
    expect(held(bench.simulator, second.audience_id!)).toEqual(changed.hashes);
    expect(bench.simulator.inspect().jobs.map(({ action }) => action)).toEqual(['ADD', 'REPLACE']);

    // Three days later, past the change to daylight-saving time: 09:00 is now 13:00 UTC.
    await bench.running.close();
    bench.clock.set(new Date('2026-03-09T18:00:00Z'));
    await bench.restart();
    const third = await bench.waitForJob(id, (now) => atRest(now) && now.last_run?.id !== second.last_run?.id);
    expect(third.last_run?.slot).toBe('2026-03-09T13:00:00.000Z');
    expect(third.next_run_at).toBe('2026-03-10T13:00:00.000Z');
    expect((await bench.service.runs.list({ limit: 9, jobId: id })).items).toHaveLength(3);
    expect((await log(bench, id)).findLast(({ action }) => action === 'wake')?.reason).toContain(
      '2 scheduled times passed',
    );
  });

  test('continues its run where it was after a pause; is reported as late once if it does not end; skips and logs a slot that comes meanwhile', async () => {
    const bench = await serviceBench({ pace: { chunkRecords: 20, jobTimeoutMs: 24 * HOUR } });
    bench.simulator.addFault({ kind: 'job_stuck' });
    bench.clock.set(new Date('2026-03-05T23:30:00Z'));
    const { csv, hashes } = members(40);
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv), time_of_day: '09:00' });
    const [stuck] = await until(
      async () => bench.simulator.inspect().jobs,
      (uploads) => uploads.length === 1,
    );
    await bench.service.jobs.act(id, 'pause', aiko);
    const paused = await bench.waitForJob(id, (job) => job.last_run?.status === 'interrupted');
    expect(paused.status).toBe('paused');
    await bench.service.jobs.act(id, 'resume', aiko);
    await bench.waitForJob(id, (job) => job.last_run?.status === 'running');

    bench.clock.set(new Date('2026-03-06T06:40:00Z'));
    await until(
      async () => (await bench.published()).map(({ type }) => type),
      (types) => types.includes('run_late'),
    );
    await fetch(`${bench.simulator.adminUrl}/jobs/${stuck?.id}/release`, { method: 'POST' });
    const job = await bench.waitForJob(id, atRest);
    expect(job.last_run).toMatchObject({ id: paused.last_run?.id, status: 'succeeded' });
    expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
    expect(bench.simulator.inspect().violations).toEqual([]);
    expect(job.next_run_at).toBe('2026-03-07T00:00:00.000Z');
    await bench.running.close();
    // LINE held a part while it was paused.
    const ofIt = { jobId: id, runId: paused.last_run?.id };
    expect(await bench.published()).toMatchObject([
      { type: 'audience_incomplete', ...ofIt },
      { type: 'run_late', ...ofIt },
      { type: 'job_recovered', ...ofIt },
    ]);
    await bench.restart({ role: 'api' });
    const lines = await log(bench, id);
    expect(lines.filter(({ action }) => action === 'late')).toMatchObject([
      { from_status: 'runnable', to_status: 'runnable' },
    ]);
    expect(lines.at(-1)).toMatchObject({
      action: 'run_succeeded',
      reason: expect.stringContaining('A scheduled time was skipped because'),
    });
  });

  test('tries again after one minute, then two, after a temporary error, and waits for its slot if the error lasts', async () => {
    const bench = await serviceBench({ pace: { retryLimitMs: 5 * 60_000, jobTimeoutMs: 300 } });
    const { id } = await sleepingJob(bench);
    bench.simulator.addFault({ kind: 'job_stuck' });
    await bench.service.jobs.act(id, 'run_now', aiko);
    const waits: number[] = [];
    for (const minutes of [1, 2, 2]) {
      const job = await bench.waitForJob(id, atRest);
      expect(job).toMatchObject({ status: 'sleeping', error: { code: 'upload_job_timeout' } });
      waits.push(Math.round((Date.parse(job.sleep_until!) - bench.clock.now().getTime()) / 60_000));
      bench.clock.advance(minutes * 60_000);
      await until(
        async () => (await log(bench, id)).filter(({ action }) => action === 'wake').length,
        (wakes) => wakes === waits.length,
      );
    }
    expect(waits).toEqual([1, 2, 2]);
    const waiting = await bench.waitForJob(id, ({ condition }) => condition === 'waiting');
    expect(waiting.error?.code).toBe('upload_job_timeout');
    // All of them were one run that kept waiting for the same upload.
    expect((await bench.service.runs.list({ limit: 9, jobId: id })).items).toHaveLength(2);
    const { jobs } = bench.simulator.inspect();
    expect(jobs).toHaveLength(2);

    await fetch(`${bench.simulator.adminUrl}/jobs/${jobs[1]?.id}/release`, { method: 'POST' });
    await bench.service.jobs.act(id, 'continue', aiko);
    await bench.waitForJob(id, ({ condition }) => condition === 'scheduled');
    await until(
      async () => (await bench.published()).map(({ type }) => type),
      (types) => types.length === 3,
    );
    // LINE had accepted all chunks, and had not finished.
    expect((await bench.published()).map(({ type }) => type)).toEqual([
      'audience_incomplete',
      'job_waiting',
      'job_recovered',
    ]);
  });

  test('waits at a slot for a file that is late; a person who runs it without the file gets the error at once', async () => {
    const bench = await serviceBench();
    const { id, job } = await sleepingJob(bench);
    const [path, away] = [bench.write('vip.csv', members(60, 'new').csv), join(bench.directory, 'away.csv')];
    await rename(path, away);
    bench.clock.set(new Date(job.next_run_at!));
    const waiting = await bench.waitForJob(id, (now) => atRest(now) && now.last_run?.id !== job.last_run?.id);
    expect(waiting).toMatchObject({ status: 'sleeping', error: { code: 'source_not_found' } });
    await rename(away, path);
    bench.clock.advance(61_000);
    const done = await bench.waitForJob(id, (now) => atRest(now) && now.error === null);
    expect(done.status).toBe('sleeping');
    expect(held(bench.simulator, done.audience_id!)).toEqual(members(60, 'new').hashes);

    await rename(path, away);
    await bench.service.jobs.act(id, 'run_now', aiko);
    const reported = await bench.waitForJob(id, (now) => atRest(now) && now.last_run?.id !== done.last_run?.id);
    expect(reported).toMatchObject({
      condition: 'waiting',
      error: { code: 'source_not_found' },
      next_run_at: done.next_run_at,
    });
    expect(held(bench.simulator, done.audience_id!)).toEqual(members(60, 'new').hashes);
  });

  test('first refuses to replace an audience that other people have filled, or nobody knows the size of, and replaces it when a person allows it', async () => {
    const bench = await serviceBench();
    const account = { authorization_id: bench.authorizationId, adaccount_id: 'A1' };
    const few = members(10);
    const segment_id = bench.write('few.csv', few.csv);
    const typesOf = async (id: string) =>
      (await bench.published()).flatMap((event) => ('jobId' in event && event.jobId === id ? [event.type] : []));
    const filled = async (
      name: string,
      elsewhere: object,
      code: string,
      size: { size: number | null; basis: string },
    ) => {
      const audience_id = bench.simulator.addAudience({ name, members: 2_207, ...elsewhere });
      const heldThere = () => bench.service.customAudiences.size(account, audience_id, AbortSignal.timeout(9_000));
      expect(await heldThere()).toMatchObject(size);
      const { id } = await bench.createJob({ segment_id, audience_id, audience_name: null }, name);
      const stopped = await bench.waitForJob(id, atRest);
      expect(stopped).toMatchObject({ condition: 'needs_approval', error: { code } });
      expect(stopped.actions).toContain('run_anyway');
      expect(bench.simulator.state.members(audience_id).size).toBe(2_207);
      expect((await bench.service.runs.document(stopped.last_run!.id))?.audience?.before).toMatchObject(size);
      await until(
        () => typesOf(id),
        (types) => types.includes('guard_stopped'),
      );
      await approve(bench.service, id);
      const done = await bench.waitForJob(id, atRest);
      // The same run has gone on.
      expect(done.last_run?.id).toBe(stopped.last_run?.id);
      expect(done).toMatchObject({ status: 'sleeping', error: null });
      expect(held(bench.simulator, audience_id)).toEqual(few.hashes);
      expect(await heldThere()).toMatchObject({ size: 10, basis: 'last_replace', run_id: done.last_run?.id });
      await until(
        () => typesOf(id),
        (types) => types.join() === 'guard_stopped,job_recovered',
      );
      return done;
    };
    await filled('Estimated', { jobs: [], estimatedAudienceSize: '-' }, 'audience_size_unknown', {
      size: null,
      basis: 'unknown',
    });
    const done = await filled('External', {}, 'audience_shrinks', { size: 2_207, basis: 'upload_jobs' });
    // From now on its own last run is the base.
    await bench.service.jobs.act(done.id, 'run_now', aiko);
    const again = await bench.waitForJob(done.id, (job) => atRest(job) && job.last_run?.id !== done.last_run?.id);
    expect(again).toMatchObject({ status: 'sleeping', error: null });
  });
});
