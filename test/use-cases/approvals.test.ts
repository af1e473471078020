/** A person's word about a stopped run counts only for what the person saw. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { seenOf } from '../../src/domain/jobs/approvals.ts';
import { approve, seenIn } from '../support/approvals.ts';
import { held, members, sha256 } from '../support/cli.ts';
import { aiko, aikoAs } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const HOUR = 3_600_000;
const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const ONCE = { continuous_update: false, run_frequency: null, time_of_day: null, timezone: null };
const list = (valid: number, skipped = 0) => members(valid).csv + 'x,not an address\n'.repeat(skipped);
const atLine = ({ simulator }: ServiceBench, { audience_id }: JobView) => held(simulator, audience_id!);

async function runAgain(bench: ServiceBench, id: string, content?: string): Promise<JobView> {
  if (content !== undefined) bench.write('vip.csv', content);
  const before = (await bench.service.jobs.get(id)).last_run?.id;
  await bench.service.jobs.act(id, 'run_now', aiko);
  return bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== before);
}

/** A job that the guard has stopped: LINE holds 200 members, and the list has only 90. */
async function stoppedJob(bench: ServiceBench, configuration: object = ONCE): Promise<JobView> {
  const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', list(200)), ...configuration });
  await bench.waitForJob(id, atRest);
  return runAgain(bench, id, list(90));
}

const addList = async ({ service, write }: ServiceBench, ...names: string[]) => {
  const mails = `mail\n${names.map((name) => `${name}@example.com\n`).join('')}`;
  const input = { name: 'Opted out', segment_id: write('out.csv', mails), fields: { email: 'mail' } };
  return (await service.suppressionLists.create(newSuppressionList.parse(input), aiko)).value;
};

const changedMeanwhile = (text: string) => ({
  code: 'changed_meanwhile',
  message: expect.stringContaining(text) as string,
});

describe('what a person approves', () => {
  test('is sent as it was seen, by the same run, although the source has changed since', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench);
    expect(stopped.actions).toContain('run_anyway');
    expect(stopped.approval).toMatchObject({
      run_id: stopped.last_run?.id,
      sends: 'as_seen',
      audiences: [
        {
          delivery: 1,
          audienceId: stopped.audience_id,
          before: { size: 200, basis: 'last_replace' },
          after: 90,
          reasons: [{ code: 'audience_shrinks', measured: 0.55, limit: 0.5 }],
        },
      ],
    });
    bench.write('vip.csv', list(1));
    await approve(bench.service, stopped.id);
    const done = await bench.waitForJob(stopped.id, atRest);
    expect(done).toMatchObject({ status: 'completed', error: null, approval: null });
    expect(done.last_run).toMatchObject({ id: stopped.last_run!.id, status: 'succeeded', unique: 90 });
    expect(atLine(bench, done)).toEqual(members(90).hashes);
    const [entry] = (await bench.service.auditLog.list({ limit: 1, verb: 'run_anyway' })).items;
    expect(entry?.detail).toEqual({
      name: 'VIP customers',
      run: stopped.last_run!.id,
      revision: 1,
      approved: ['VIP: 200 → 90, audience_shrinks 55 %'],
    });
    const { items } = await bench.service.jobs.transitions(stopped.id, { limit: 9 });
    // Whoever reads the log can tell it from a failure.
    expect(items.find(({ action }) => action === 'run_failed')).toMatchObject({
      code: 'audience_shrinks',
      to_condition: 'needs_approval',
    });
    expect(items.find(({ action }) => action === 'run_succeeded')).toMatchObject({ code: null, reason: null });
    expect(items.find(({ action }) => action === 'run_anyway')).toMatchObject({
      actor: aiko.name,
      reason: 'Approved: 200 → 90 members.',
    });
    expect(bench.errors).toEqual([]);
  });

  test('is nothing of a job that was edited to export something else', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench);
    const seen = await seenIn(bench.service, stopped.id);
    const { revision, configuration } = stopped;
    const other = { ...configuration, segment_id: bench.write('other.csv', list(1)) };
    const edited = await bench.service.jobs.change(stopped.id, revision, { configuration: other }, aiko);
    expect(edited).toMatchObject({ condition: 'needs_approval', approval: null });
    expect(edited.actions).not.toContain('run_anyway');
    await expect(bench.service.jobs.approve(stopped.id, seen, aikoAs('administrator'))).rejects.toMatchObject(
      changedMeanwhile('The job was changed since you looked at it'),
    );
    const anew = { ...seen, revision: edited.revision };
    await expect(bench.service.jobs.approve(stopped.id, anew, aikoAs('administrator'))).rejects.toMatchObject({
      code: 'action_not_allowed',
      message: expect.stringContaining('Run the job again') as string,
    });
    expect(atLine(bench, edited)).toHaveLength(200);
    // A new run has numbers that can be approved.
    const again = await runAgain(bench, stopped.id);
    expect(again.approval?.audiences).toMatchObject([{ before: { size: 200 }, after: 1 }]);
  });

  test('is void when the job is edited before its worker begins, however small the edit', async () => {
    const bench = await serviceBench();
    const { id, revision } = await stoppedJob(bench);
    await bench.restart({ role: 'api' });
    await approve(bench.service, id);
    await bench.service.jobs.change(id, revision, { name: 'Other' }, aiko);
    await bench.restart();
    const again = await bench.waitForJob(id, atRest);
    expect(again).toMatchObject({ condition: 'needs_approval', approval: { audiences: [{ after: 90 }] } });
    expect(atLine(bench, again)).toHaveLength(200);
    await approve(bench.service, id);
    expect(atLine(bench, await bench.waitForJob(id, atRest))).toHaveLength(90);
  });

  test('names every reason, and an approval of one overrules no other', async () => {
    const bench = await serviceBench();
    const alerts = { skipped_share: { action: 'stop', percent: 20 } };
    const { id } = await stoppedJob(bench, { ...ONCE, alerts });
    const stopped = await runAgain(bench, id, list(5, 300));
    expect(stopped.error).toMatchObject({
      code: 'audience_shrinks',
      message: expect.stringMatching(
        /^The audience would shrink from 200 members \(sent at .*\) to 5, by 97.5 %. The limit is 50 %, so nothing was sent. Skipped values: 300 of 305 \(98.4 %\). The limit is 20 %. Nothing was sent, and the audience at LINE is unchanged.$/,
      ) as string,
    });
    const [audience] = stopped.approval!.audiences;
    expect(audience?.reasons).toMatchObject([
      { code: 'audience_shrinks', measured: 0.975, limit: 0.5 },
      { code: 'skipped_share_exceeded', measured: 0.984, limit: 0.2 },
    ]);
    expect((await bench.published()).findLast(({ type }) => type === 'guard_stopped')).toMatchObject({
      error: { message: stopped.error!.message },
    });
    // Who names only one of the two has not seen the other.
    const seen = await seenIn(bench.service, id);
    const { reasons, ...rest } = seen.audiences[0]!;
    for (const reason of reasons) {
      const single = { ...seen, audiences: [{ ...rest, reasons: [reason] }] };
      await expect(bench.service.jobs.approve(id, single, aikoAs('administrator'))).rejects.toMatchObject(
        changedMeanwhile('The run was judged with other numbers'),
      );
    }
    await expect(
      bench.service.jobs.approve(id, { ...seen, audiences: [{ ...rest, reasons, after: 6 }] }, aikoAs('administrator')),
    ).rejects.toMatchObject(changedMeanwhile('The run was judged with other numbers'));
    await approve(bench.service, id);
    const done = await bench.waitForJob(id, atRest);
    expect(atLine(bench, done)).toHaveLength(5);
    // The rule warns as before.
    expect(done.last_run?.warnings).toBe(1);
  });

  test('is not sent when the audience has grown meanwhile, so that more would be lost than was approved', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench);
    replaceElsewhere(bench, stopped.audience_id!, 600);
    await approve(bench.service, stopped.id);
    const again = await bench.waitForJob(stopped.id, atRest);
    expect(again).toMatchObject({
      condition: 'needs_approval',
      error: {
        code: 'audience_shrinks',
        message: expect.stringContaining(
          'The result is not the one that was approved. The audience held 200 members when this was approved, and now it holds 600.',
        ) as string,
      },
      approval: { audiences: [{ before: { size: 600 }, after: 90 }] },
    });
    expect(atLine(bench, again)).toHaveLength(200);
  });

  test('is read again when a suppression list has other people now, who are left out', async () => {
    const bench = await serviceBench();
    await addList(bench, 'stranger');
    const stopped = await stoppedJob(bench);
    bench.write('out.csv', 'mail\nmember3@example.com\n');
    await approve(bench.service, stopped.id);
    const done = await bench.waitForJob(stopped.id, atRest);
    expect(done.last_run).toMatchObject({ id: stopped.last_run!.id, status: 'succeeded', unique: 89 });
    expect(atLine(bench, done)).not.toContain(sha256('member3@example.com'));
    expect(atLine(bench, done)).toHaveLength(89);
    expect(bench.errors).toEqual([]);
  });

  test('stops again when a list leaves out more than 2 % of it', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench);
    await addList(bench, 'member3', 'member4');
    await approve(bench.service, stopped.id);
    const again = await bench.waitForJob(stopped.id, atRest);
    expect(again.error?.message).toContain('90 members were approved, and now there are 88.');
    expect(atLine(bench, again)).toHaveLength(200);
    await approve(bench.service, stopped.id);
    expect(atLine(bench, await bench.waitForJob(stopped.id, atRest))).toHaveLength(88);
  });

  test('is read again when it is no longer on this machine, and is sent when it is hardly worse', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench);
    for (const [left, sent] of [
      [88, false],
      [90, true],
    ] as const) {
      rmSync(join(bench.directory, 'data', 'staged'), { recursive: true, force: true });
      bench.write('vip.csv', list(left));
      await approve(bench.service, stopped.id);
      const job = await bench.waitForJob(stopped.id, atRest);
      expect([job.condition, atLine(bench, job).length]).toEqual(sent ? ['completed', left] : ['needs_approval', 200]);
    }
  });

  test('is kept sealed for a day; after that, a new run may send what is hardly worse', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench);
    const keys = () => bench.database.database.db.selectFrom('staging_keys').select('run_id').execute();
    expect(await keys()).toEqual([{ run_id: stopped.last_run!.id }]);
    bench.clock.advance(25 * HOUR);
    await expect.poll(keys, { timeout: 30_000 }).toEqual([]);
    expect((await bench.service.jobs.get(stopped.id)).approval).toMatchObject({ sends: 'new_scan' });
    bench.write('vip.csv', list(88));
    await approve(bench.service, stopped.id);
    const again = await bench.waitForJob(stopped.id, atRest);
    expect(again.last_run).toMatchObject({ trigger: 'anyway', status: 'failed', unique: 88 });
    expect(again.approval?.audiences).toMatchObject([{ after: 88 }]);
    bench.clock.advance(25 * HOUR);
    bench.write('vip.csv', list(87));
    await approve(bench.service, stopped.id);
    expect(atLine(bench, await bench.waitForJob(stopped.id, atRest))).toHaveLength(87);
    expect(bench.errors).toEqual([]);
  });

  test('is approved once by two people at the same time', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench);
    const seen = await seenIn(bench.service, stopped.id);
    const both = await Promise.allSettled(
      [1, 2].map(() => bench.service.jobs.approve(stopped.id, seen, aikoAs('administrator'))),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const done = await bench.waitForJob(stopped.id, atRest);
    expect(atLine(bench, done)).toHaveLength(90);
    expect((await bench.service.runs.list({ limit: 9, jobId: stopped.id })).items).toHaveLength(2);
  });

  test('goes on after a pause, and after a restart', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench, {});
    await bench.restart({ role: 'api' });
    bench.write('vip.csv', list(1));
    await approve(bench.service, stopped.id);
    await bench.service.jobs.act(stopped.id, 'pause', aiko);
    await bench.service.jobs.act(stopped.id, 'resume', aiko);
    await bench.restart();
    const done = await bench.waitForJob(stopped.id, atRest);
    expect(done).toMatchObject({ status: 'sleeping', error: null });
    expect(atLine(bench, done)).toHaveLength(90);
  });

  test('is nothing any more when the next slot has come: its run has numbers of its own', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench, {});
    const seen = await seenIn(bench.service, stopped.id);
    bench.write('vip.csv', list(2));
    bench.clock.set(new Date(stopped.next_run_at!));
    const next = await bench.waitForJob(stopped.id, (job) => atRest(job) && job.last_run?.id !== stopped.last_run?.id);
    expect(next.approval?.audiences).toMatchObject([{ after: 2 }]);
    await expect(bench.service.jobs.approve(stopped.id, seen, aikoAs('administrator'))).rejects.toMatchObject(
      changedMeanwhile('The job has run again'),
    );
    expect(atLine(bench, next)).toHaveLength(200);
  });

  test('is nothing of a run that an earlier version stopped without numbers: it is judged anew', async () => {
    const bench = await serviceBench();
    const stopped = await stoppedJob(bench);
    const seen = await seenIn(bench.service, stopped.id);
    const { judged: _, ...error } = stopped.last_run!.error!;
    const { db } = bench.database.database;
    const run = db.updateTable('runs').where('id', '=', stopped.last_run!.id);
    await run.set({ error: JSON.stringify(error) }).execute();
    expect(await bench.service.jobs.get(stopped.id)).toMatchObject({
      condition: 'needs_approval',
      approval: null,
    });
    await expect(bench.service.jobs.approve(stopped.id, seen, aikoAs('administrator'))).rejects.toMatchObject({
      code: 'action_not_allowed',
    });
    // One that it has let pass the guard is judged, too.
    await run.set({ waives_guard: true, status: 'queued' }).execute();
    await db.updateTable('jobs').set({ status: 'runnable', error: null }).execute();
    await bench.restart();
    const again = await bench.waitForJob(stopped.id, atRest);
    expect(again).toMatchObject({ condition: 'needs_approval', approval: { audiences: [{ after: 90 }] } });
    expect(atLine(bench, again)).toHaveLength(200);
  });

  test('has the sizes of all audiences of the run', async () => {
    const bench = await serviceBench();
    const two = (mails: number, phones: number) =>
      `email,tel\n${Array.from({ length: Math.max(mails, phones) }, (_, n) =>
        [n < mails ? `m${n}@example.com` : '', n < phones ? `+8190000${10_000 + n}` : ''].join(','),
      ).join('\n')}\n`;
    const { id } = await bench.createJob({
      ...ONCE,
      segment_id: bench.write('vip.csv', two(100, 80)),
      siblings: [{ identifier_type: 'phone', id_field: 'tel', audience_name: 'VIP phones' }],
    });
    await bench.waitForJob(id, atRest);
    const stopped = await runAgain(bench, id, two(30, 70));
    expect(stopped.approval?.audiences).toMatchObject([
      { audienceName: 'VIP', before: { size: 100 }, after: 30, reasons: [{ code: 'audience_shrinks' }] },
      { audienceName: 'VIP phones', before: { size: 80 }, after: 70, reasons: [] },
    ]);
    // Also the audience without a reason must not be smaller than what the person saw.
    rmSync(join(bench.directory, 'data', 'staged'), { recursive: true, force: true });
    bench.write('vip.csv', two(30, 60));
    await approve(bench.service, id);
    const again = await bench.waitForJob(id, atRest);
    expect(again.error?.message).toContain('70 members were approved, and now there are 60.');
    await approve(bench.service, id);
    const done = await bench.waitForJob(id, atRest);
    const sizes = [done.audience_id, ...done.sibling_audience_ids].map(
      (audience) => held(bench.simulator, audience!).length,
    );
    expect(sizes).toEqual([30, 60]);
    expect(seenOf(stopped.approval!, 1).audiences).toHaveLength(2);
  });
});

/** Others have replaced the members of an audience at LINE. */
function replaceElsewhere({ simulator: { state } }: ServiceBench, audienceId: string, lines: number): void {
  const last = state.jobs().findLast((job) => job.audienceId === audienceId)!;
  state.addJob({
    ...last,
    id: state.newId(),
    fileName: 'upload-1.csv',
    action: 'REPLACE',
    lines,
    taken: lines,
  });
}
