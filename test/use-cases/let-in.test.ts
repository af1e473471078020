/** A change that lets people back into a live audience needs the word of a person who has seen how many. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isHeldOut } from '../../packages/identifiers/src/hold-out.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { HoldOut } from '../../src/domain/audiences/hold-out.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { withoutLeftOut } from '../../src/domain/runs/left-out.ts';
import { held, members } from '../support/cli.ts';
import { databases } from '../support/databases.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const spring = (share: number): HoldOut => ({ experiment: 'spring', share });
const summer = { experiment: 'summer', share: 40 };

/** Changes a part of the configuration of a job. */
async function change(
  { service }: ServiceBench,
  id: string,
  { another_audience, ...part }: { readonly another_audience?: boolean; readonly [key: string]: unknown },
  letIn?: number,
): Promise<JobView> {
  const { revision, configuration } = await service.jobs.get(id);
  const wanted = { configuration: { ...configuration, ...part }, another_audience };
  return service.jobs.change(id, revision, wanted, aiko, letIn);
}

async function runAgain(bench: ServiceBench, id: string): Promise<JobView> {
  const before = (await bench.service.jobs.get(id)).last_run?.id;
  await bench.service.jobs.act(id, 'run_now', aiko);
  return bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== before);
}

const refusal = (...words: string[]) => ({
  code: 'action_not_allowed',
  message: expect.stringMatching(words.join('.*')) as string,
});

describe.each(databases)('people who come into a live audience, on $kind', (kind) => {
  test('after another hold-out: nothing is saved until a person has confirmed how many', async () => {
    const bench = await serviceBench({ database: kind });
    const { csv, hashes } = members(400);
    const { id } = await bench.createJob({
      segment_id: bench.write('vip.csv', csv),
      hold_out: spring(40),
      max_shrink: 1,
    });
    const { audience_id, left_out: first } = await bench.waitForJob(id, atRest);
    const outs = hashes.filter((hash) => isHeldOut(hash, spring(40)));
    const tens = (count: number) => Math.floor(count / 10) * 10;
    expect(first).toEqual({
      audience_id,
      hold_out: spring(40),
      held_out: tens(outs.length),
      sent: tens(400 - outs.length + (outs.length % 10)),
      lists: [],
    });
    const about = Math.round((first!.held_out! * 0.6) / 10) * 10;

    const wanted = { hold_out: summer, audience_name: 'Renamed' };
    const says = refusal('holds out other people', `about ${about} members`, `let_in=${about}`);
    await expect(change(bench, id, wanted)).rejects.toMatchObject(says);
    // A run has ended meanwhile, or somebody guesses.
    for (const other of [about - 10, about + 1, 0])
      await expect(change(bench, id, wanted, other)).rejects.toMatchObject(says);
    // Not even for a moment.
    const renames = () => bench.simulator.inspect().requests.filter(({ endpoint }) => endpoint === 'rename').length;
    expect([renames(), (await bench.service.jobs.get(id)).revision]).toEqual([0, 1]);
    await expect(change(bench, id, { hold_out: null })).rejects.toMatchObject(refusal('Without the hold-out'));
    await expect(change(bench, id, { hold_out: spring(30) })).rejects.toMatchObject(refusal('instead of 40 %'));
    await expect(change(bench, id, { hold_out: spring(50) })).rejects.toMatchObject(
      refusal('may have seen the campaign leave', 'let_in=0'),
    );

    expect((await change(bench, id, wanted, about)).configuration.hold_out).toEqual(summer);
    expect(renames()).toBe(1);
    const { items } = await bench.service.auditLog.list({ limit: 5, subject_id: id, verb: 'change' });
    expect(items[0]?.detail).toMatchObject({ let_in: about });

    // Back to the hold-out of the last run: nobody moves.
    await change(bench, id, { hold_out: spring(40) });
    await change(bench, id, wanted, about);
    // Confirmed already.
    await change(bench, id, { max_shrink: 0.9 });

    // A failed run does not hide whom the last one held out.
    bench.write('vip.csv', 'email\n');
    expect(await runAgain(bench, id)).toMatchObject({ last_run: { status: 'failed' }, left_out: first });
    bench.write('vip.csv', csv);
    await runAgain(bench, id);
    expect(held(bench.simulator, audience_id!)).toEqual(hashes.filter((hash) => !isHeldOut(hash, summer)).toSorted());
  });

  test('after a list left the job, the job left the list, or the list lost its field', async () => {
    const bench = await serviceBench({ database: kind });
    const { suppressionLists, auditLog } = bench.service;
    const names = Array.from({ length: 34 }, (_, n) => `member${n + 1}@example.com,\n`).join('');
    const list = async (name: string, applies_to: 'all_jobs' | 'chosen_jobs') =>
      (
        await suppressionLists.create(
          newSuppressionList.parse({
            name,
            segment_id: bench.write(`${name}.csv`, `mail,tel\n${names}`),
            fields: { email: 'mail', phone: 'tel' },
            applies_to,
          }),
          aiko,
        )
      ).value;
    const chosen = await list('a', 'chosen_jobs');
    const { id } = await bench.createJob({
      segment_id: bench.write('vip.csv', members(60).csv),
      suppression_lists: [chosen.id],
    });
    // No run has used it yet.
    await change(bench, id, { suppression_lists: [] });
    await change(bench, id, { suppression_lists: [chosen.id] });
    await bench.waitForJob(id, atRest);
    const { left_out, last_run } = await runAgain(bench, id);
    expect([left_out, last_run?.suppressed]).toEqual([
      {
        audience_id: last_run!.audience_id,
        hold_out: null,
        held_out: null,
        sent: 30,
        lists: [{ id: chosen.id, name: 'a', kept_out: 30 }],
      },
      34,
    ]);
    await expect(change(bench, id, { suppression_lists: [] })).rejects.toMatchObject(
      refusal('"a" kept about 30 members out of the last run of this job', 'let_in=30'),
    );
    await expect(change(bench, id, { suppression_lists: [] }, 34)).rejects.toMatchObject(refusal('let_in=30'));

    // Only administrators change lists, and see exact numbers.
    const edit = async (part: object, letIn?: number) => {
      const { revision } = await suppressionLists.get(chosen.id);
      return suppressionLists.change(chosen.id, revision, part, aiko, letIn);
    };
    await expect(edit({ fields: { phone: 'tel' } })).rejects.toMatchObject(
      refusal('concerns 1 of them. It kept 34 members out', 'let_in=34'),
    );
    await edit({ applies_to: 'all_jobs' });
    // Then the choice of the job decides nothing.
    await change(bench, id, { suppression_lists: [] });
    await expect(edit({ applies_to: 'chosen_jobs' }, 33)).rejects.toMatchObject(refusal('let_in=34'));
    expect((await suppressionLists.get(chosen.id)).applies_to).toBe('all_jobs');
    await edit({ applies_to: 'chosen_jobs' }, 34);
    const { items } = await auditLog.list({ limit: 1, subject_id: chosen.id });
    expect(items[0]?.detail).toMatchObject({ let_in: 34 });
  });

  test('after a run that the guard has stopped: as many as the last run that was sent kept out', async () => {
    const bench = await serviceBench({ database: kind });
    const list = async (name: string, from: number, to: number) => {
      const segment_id = `${name}.csv`;
      rewrite(name, from, to);
      const fields = { email: 'email', phone: 'phone' };
      const wanted = { name, segment_id: join(bench.directory, 'members', segment_id), fields };
      const { value } = await bench.service.suppressionLists.create(
        newSuppressionList.parse({ ...wanted, applies_to: 'chosen_jobs', max_shrink: 1 }),
        aiko,
      );
      return value.id;
    };
    const line = (n: number) => `member${n}@example.com,+81 90 ${String(10_000_000 + n)}\n`;
    const rewrite = (name: string, from: number, to: number) =>
      bench.write(
        `${name}.csv`,
        `email,phone\n${Array.from({ length: to - from + 1 }, (_, n) => line(from + n)).join('')}`,
      );
    const [buyers, staff] = [await list('buyers', 1, 40), await list('staff', 41, 60)];
    rewrite('vip', 1, 100);
    const { id } = await bench.createJob({
      segment_id: join(bench.directory, 'members', 'vip.csv'),
      suppression_lists: [buyers],
      siblings: [{ identifier_type: 'phone', id_field: 'phone', audience_name: 'VIP (phone)' }],
      max_shrink: 0,
    });
    const { left_out: sent } = await bench.waitForJob(id, atRest);
    // Of both identifiers.
    expect(sent).toMatchObject({ sent: 120, lists: [{ id: buyers, kept_out: 80 }] });

    const stopped = async () => {
      const { last_run, left_out } = await runAgain(bench, id);
      expect([last_run?.status, last_run?.error?.code]).toEqual(['failed', 'audience_shrinks']);
      expect(left_out).toEqual(sent);
    };
    // The list has shrunk, another one is new, and so has the audience: the guard stops the run after it has read the
    // lists.
    rewrite('buyers', 1, 20);
    rewrite('vip', 1, 70);
    await change(bench, id, { suppression_lists: [buyers, staff] });
    await stopped();
    await expect(change(bench, id, { suppression_lists: [staff] }, 40)).rejects.toMatchObject(
      refusal('"buyers" kept about 80 members out', 'let_in=80'),
    );
    // A list that no sent run has used.
    await change(bench, id, { suppression_lists: [buyers] });
    // Taken out, and chosen again after a run that was stopped.
    await change(bench, id, { suppression_lists: [] }, 80);
    rewrite('vip', 50, 70);
    await stopped();
    await change(bench, id, { suppression_lists: [buyers] });
    await expect(change(bench, id, { suppression_lists: [] })).rejects.toMatchObject(refusal('let_in=80'));
    // Another audience: nobody comes into the present one, also after it was saved.
    await change(bench, id, { suppression_lists: [], audience_name: 'Another', another_audience: true });
    await change(bench, id, { suppression_lists: [buyers] });
    await change(bench, id, { suppression_lists: [] });
  });
});

test('no number of a refusal tells an editor more than the view of the job', async () => {
  const bench = await serviceBench({ role: 'api' });
  const { db } = bench.database.database;
  const { id } = await bench.createJob({
    segment_id: bench.write('vip.csv', members(3).csv),
    hold_out: spring(30),
  });
  const told = async (held_out: number, unique: number) => {
    // As a run would have left it.
    const counts = {
      scanned: held_out + unique,
      held_out,
      unique_count: unique,
      uploaded: unique,
      duplicates: 0,
    };
    const done = { status: 'succeeded', at_line: 'whole', ended_at: new Date() } as const;
    await db
      .updateTable('runs')
      .set({ ...counts, ...done })
      .where('job_id', '=', id)
      .execute();
    const { id: run_id } = (await bench.service.jobs.get(id)).last_run!;
    const journal = [{ type: 'started', request: { holdOut: spring(30) } }, { type: 'staged' }];
    await db
      .insertInto('run_events')
      .values(journal.map((event, n) => ({ run_id, seq: n + 1, event: JSON.stringify(event) })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { last_run, left_out } = await bench.service.jobs.get(id);
    const view = withoutLeftOut({ last_run: { ...last_run, ended_at: null }, left_out }, undefined);
    const messages: unknown[] = [];
    // With exact numbers, some of these would be rounded to others.
    for (const hold_out of [
      null,
      ...[5, 20, 45].map(spring),
      ...[10, 40, 48].map((share) => ({ experiment: 'summer', share })),
    ])
      messages.push(await change(bench, id, { hold_out }).catch(({ message }) => message));
    return { view, messages };
  };
  // The same to the last digit in the eyes of an editor: 130 held out, and the rest told as unique values.
  const [first, other] = [await told(131, 308), await told(139, 300)];
  expect(first.view).toEqual(other.view);
  expect(first.messages).toEqual(other.messages);
  for (const message of first.messages) expect(message).toContain('let_in=');
});
