/** Runs of jobs leave out who is on a suppression list or held out, and stop when a list may have failed. */
import { describe, expect, test } from 'vitest';
import { isHeldOut } from '../../packages/identifiers/src/hold-out.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { acceptSize } from '../support/approvals.ts';
import { held, members, sha256 } from '../support/cli.ts';
import { databases } from '../support/databases.ts';
import { aiko, aikoAs } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const spring = { experiment: 'spring', share: 20 };
const signal = () => AbortSignal.timeout(30_000);

const mails = (...names: readonly string[]) => `mail\n${names.map((name) => `${name}@example.com\n`).join('')}`;

const addList = async ({ service }: ServiceBench, file: string, change: Record<string, unknown> = {}) =>
  (
    await service.suppressionLists.create(
      newSuppressionList.parse({ name: 'Opted out', segment_id: file, fields: { email: 'mail' }, ...change }),
      aiko,
    )
  ).value;

async function runAgain(bench: ServiceBench, id: string): Promise<JobView> {
  const before = (await bench.service.jobs.get(id)).last_run?.id;
  await bench.service.jobs.act(id, 'run_now', aiko);
  return bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== before);
}

describe.each(databases)('members who are left out, on $kind', (kind) => {
  test('are not at LINE, are counted by list, and the preview counts them as the run does', async () => {
    const bench = await serviceBench({ database: kind });
    const { csv, hashes } = members(60);
    const all = await addList(bench, bench.write('out.csv', mails('MEMBER3', 'member4', 'stranger')));
    const chosen = await addList(bench, bench.write('staff.csv', mails('member4', 'member5')), {
      name: 'Staff',
      applies_to: 'chosen_jobs',
    });
    const phones = await addList(bench, bench.write('tel.csv', 'tel\n0312345678\n'), {
      name: 'Phones',
      fields: { phone: 'tel' },
    });
    const segment_id = bench.write('vip.csv', csv);
    const configuration = { segment_id, hold_out: spring, suppression_lists: [chosen.id] };
    const { id } = await bench.createJob(configuration);
    const job = await bench.waitForJob(id, atRest);

    const out = ['member3', 'member4', 'member5'].map((name) => sha256(`${name}@example.com`));
    const rest = hashes.filter((hash) => !out.includes(hash));
    const expected = rest.filter((hash) => !isHeldOut(hash, spring));
    expect(held(bench.simulator, job.audience_id!)).toEqual(expected.toSorted());
    const document = await bench.service.runs.document(job.last_run!.id);
    const counts = {
      scanned: 60,
      suppressed: 3,
      held_out: rest.length - expected.length,
      duplicates: 0,
      unique: expected.length,
    };
    expect(document).toMatchObject({
      counts,
      suppression: [
        { id: all.id, name: 'Opted out', size: 3, suppressed: 2 },
        { id: chosen.id, name: 'Staff', size: 2, suppressed: 1 },
      ],
      warnings: [{ code: 'suppression_without_field', message: expect.stringContaining('"Phones"') as string }],
    });
    expect(await bench.service.suppressionLists.get(all.id)).toMatchObject({
      reads: [{ identifier_type: 'email', size: 3, run_id: job.last_run!.id }],
      jobs: [{ id, kept_out: 2 }],
    });
    expect(await bench.service.suppressionLists.get(phones.id)).toMatchObject({ reads: [] });

    const preview = await bench.service.sources.preview(
      aikoAs('editor'),
      {
        source_authorization_id: null,
        segment_id,
        id_field: 'email',
        identifier_type: 'email',
        ifa_format: 'sha256',
        default_country: null,
        hold_out: spring,
        suppression_lists: [chosen.id],
        hash_in_database: false,
        siblings: [],
      },
      signal(),
    );
    expect(preview).toMatchObject({ counts, warnings: [{ code: 'suppression_without_field' }] });
    expect(bench.errors).toEqual([]);
  });
});

describe('members who are left out', () => {
  test('a list with another source of the same size stops the run when it keeps out other people, until a person accepts them', async () => {
    const bench = await serviceBench();
    const { service, simulator, write } = bench;
    const names = (from: number) => Array.from({ length: 20 }, (_, n) => `member${from + n}`);
    const list = await addList(bench, write('out.csv', mails(...names(1))));
    const { id } = await bench.createJob({ segment_id: write('vip.csv', members(60).csv) });
    const { audience_id } = await bench.waitForJob(id, atRest);
    const before = held(simulator, audience_id!);
    expect(before).toHaveLength(40);

    // The people of a list may change as much as they like.
    write('out.csv', mails(...names(2)));
    expect(await runAgain(bench, id)).toMatchObject({ error: null });
    const uploads = () => simulator.inspect().jobs.length;
    const sent = uploads();
    const strangers = write('other.csv', mails(...names(1_000)));
    const { revision } = await service.suppressionLists.get(list.id);
    await service.suppressionLists.change(list.id, revision, { segment_id: strangers }, aiko);
    expect((await runAgain(bench, id)).error).toMatchObject({
      code: 'suppression_list_shrinks',
      message:
        'The source of the suppression list "Opted out" was changed. At the last run of this job, the list kept out 20 members. Now it would keep out 0, so nothing was sent. The limit is 50 %.',
    });
    // It stops every run, not only the first one.
    expect((await runAgain(bench, id)).error).toMatchObject({ code: 'suppression_list_shrinks' });
    expect(uploads()).toBe(sent);
    const { items } = await service.auditLog.list({ limit: 1, subject_id: list.id });
    expect(items[0]?.detail).toMatchObject({ source_changed: true });

    expect((await service.suppressionLists.get(list.id)).refusals).toMatchObject([
      {
        identifier_type: 'email',
        job_id: id,
        job_name: 'VIP customers',
        before: 20,
        after: 0,
        accepted: false,
      },
    ]);
    const done = await acceptSize(service, list.id);
    expect(done.refusals).toMatchObject([{ after: 0, accepted: true }]);
    expect(await runAgain(bench, id)).toMatchObject({ error: null, last_run: { unique: 60, suppressed: 0 } });
    expect((await service.suppressionLists.get(list.id)).refusals).toEqual([]);
    expect(bench.errors).toEqual([]);
  });

  test('the size that a person accepts is the one that was seen: a list that is smaller by more than 2 % stops again', async () => {
    const bench = await serviceBench();
    const { suppressionLists, auditLog } = bench.service;
    const write = (count: number) =>
      bench.write('out.csv', mails(...Array.from({ length: count }, (_, n) => `member${n + 1}`)));
    const list = await addList(bench, write(200));
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(300).csv) });
    await bench.waitForJob(id, atRest);
    await expect(acceptSize(bench.service, list.id)).rejects.toMatchObject({ code: 'action_not_allowed' });

    write(90);
    await runAgain(bench, id);
    const { revision, refusals } = await suppressionLists.get(list.id);
    expect(refusals).toMatchObject([
      { identifier_type: 'email', job_id: null, before: 200, after: 90, accepted: false },
    ]);
    const size = { identifier_type: 'email', job_id: null, before: 200, after: 90 } as const;
    for (const other of [
      { revision: revision + 1, sizes: [size] },
      { revision, sizes: [{ ...size, after: 91 }] },
    ]) {
      await expect(suppressionLists.acceptSize(list.id, other, aiko)).rejects.toMatchObject({
        code: 'changed_meanwhile',
      });
    }
    await suppressionLists.acceptSize(list.id, { revision, sizes: [size] }, aiko);
    const [entry] = (await auditLog.list({ limit: 1, verb: 'accept_size' })).items;
    expect(entry?.detail).toEqual({ name: 'Opted out', revision, approved: ['email, 200 → 90'] });

    write(1);
    expect((await runAgain(bench, id)).error).toMatchObject({
      code: 'suppression_list_shrinks',
      message:
        'The suppression list "Opted out" has shrunk from 90 to 1 values, by 98.8 %. Its limit is 2 %, so nothing was sent.',
    });
    write(88);
    expect((await runAgain(bench, id)).error).toMatchObject({ code: 'suppression_list_shrinks' });
    expect((await suppressionLists.get(list.id)).refusals).toMatchObject([{ before: 200, after: 88 }]);
    await acceptSize(bench.service, list.id);
    write(87);
    expect(await runAgain(bench, id)).toMatchObject({ error: null, last_run: { unique: 213 } });
    expect((await suppressionLists.get(list.id)).refusals).toEqual([]);

    // An edit voids what was accepted.
    write(40);
    await runAgain(bench, id);
    await acceptSize(bench.service, list.id);
    await suppressionLists.change(list.id, revision, { description: 'Later' }, aiko);
    expect((await runAgain(bench, id)).error).toMatchObject({ code: 'suppression_list_shrinks' });
    expect(bench.errors).toEqual([]);
  });

  test('a list that has shrunk, is empty or cannot be read stops the run before LINE is touched; a person can accept its size', async () => {
    const bench = await serviceBench();
    const names = Array.from({ length: 10 }, (_, n) => `member${n + 1}`);
    const list = await addList(bench, bench.write('out.csv', mails(...names)));
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', members(60).csv) });
    const { audience_id } = await bench.waitForJob(id, atRest);
    const before = held(bench.simulator, audience_id!);
    const uploads = () => bench.simulator.inspect().jobs.length;
    expect([before.length, uploads()]).toEqual([50, 1]);

    bench.write('out.csv', mails('member1'));
    const shrunk = await runAgain(bench, id);
    expect(shrunk.error).toMatchObject({
      code: 'suppression_list_shrinks',
      message:
        'The suppression list "Opted out" has shrunk from 10 to 1 values, by 90 %. Its limit is 50 %, so nothing was sent.',
    });
    expect(shrunk).toMatchObject({ condition: 'retrying', last_run: { status: 'failed' } });
    // Nobody can overrule it for one run: run_anyway is for the size of the audience.
    expect(shrunk.actions).not.toContain('run_anyway');

    bench.write('out.csv', 'mail\n');
    expect((await runAgain(bench, id)).error).toMatchObject({ code: 'suppression_list_empty' });
    expect([uploads(), held(bench.simulator, audience_id!)]).toEqual([1, before]);

    bench.write('out.csv', mails('member1'));
    await acceptSize(bench.service, list.id);
    expect(await runAgain(bench, id)).toMatchObject({ error: null, last_run: { unique: 59 } });
    expect(bench.errors).toEqual([]);

    // As when an export of the list was broken off.
    const touched = uploads();
    bench.write('out.csv', 'mail\n"member1@example.com');
    expect(await runAgain(bench, id)).toMatchObject({
      condition: 'retrying',
      error: {
        code: 'suppression_list_failed',
        message: expect.stringContaining('The suppression list "Opted out" cannot be read') as string,
      },
    });
    expect(uploads()).toBe(touched);
  });
});
