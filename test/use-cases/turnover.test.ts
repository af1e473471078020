/** A run says who joins its audience and who leaves it, and nothing of that can be read or outlives its purpose. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { describeApproval } from '../../src/cli/jobs/run-anyway.ts';
import { type JobView, jobView } from '../../src/contracts/jobs.ts';
import { preview, previewRequest } from '../../src/contracts/sources.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import type { Role } from '../../src/domain/people/people.ts';
import { answerForRole } from '../../src/domain/runs/left-out.ts';
import { reportTable } from '../../src/domain/runs/report-table.ts';
import { runDocument } from '../../src/domain/runs/run.ts';
import { sentencesIn } from '../../src/domain/text/sentences-in.ts';
import { turnoverSince } from '../../src/store/repositories/turnover.ts';
import { tidyFingerprints } from '../../src/use-cases/fingerprints.ts';
import { weeklyDigest } from '../../src/use-cases/notifications/digest.ts';
import { approve } from '../support/approvals.ts';
import { sha256 } from '../support/cli.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const ONCE = { continuous_update: false, run_frequency: null, time_of_day: null, timezone: null };
const emails = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `m${from + n}@example.com`);
const csv = (values: readonly string[]) => `email\n${values.map((value) => `${value}\n`).join('')}`;

/** Runs the job with these members. */
async function runWith(bench: ServiceBench, job: JobView, values: readonly string[]): Promise<JobView> {
  bench.write('vip.csv', csv(values));
  await bench.service.jobs.act(job.id, 'run_now', aiko);
  const done = await bench.waitForJob(job.id, (now) => atRest(now) && now.last_run?.id !== job.last_run?.id);
  expect(done.last_run).toMatchObject({ status: 'succeeded', unique: values.length });
  return done;
}

const turnoverOf = async (bench: ServiceBench, { last_run }: JobView, role: Role = 'administrator') =>
  answerForRole(role, await bench.service.runs.document(last_run!.id), sentencesIn(runDocument))?.turnover;

test('who joins and who leaves is counted, kept sealed, and forgotten', async () => {
  const bench = await serviceBench();
  const directory = join(bench.directory, 'data', 'uploads', 'fingerprints');
  const rows = () => bench.database.database.db.selectFrom('fingerprints').selectAll().execute();
  const tidy = () =>
    tidyFingerprints({
      db: bench.database.database.db,
      now: () => new Date(bench.clock.now().getTime() + 24 * 3_600_000),
      uploads: { directory: join(bench.directory, 'data', 'uploads'), maxBytes: 1, freeBytes: async () => undefined },
      countsTurnover: true,
    });

  const made = await bench.createJob({
    segment_id: bench.write('vip.csv', csv(emails(0, 100))),
    max_shrink: 1,
    ...ONCE,
  });
  const first = await bench.waitForJob(made.id, atRest);
  expect(await turnoverOf(bench, first)).toBeUndefined();

  const second = await runWith(bench, first, emails(30, 145));
  expect(bench.events.filter(({ event }) => event === 'run.turnover_unknown')).toEqual([]);
  expect(await rows()).toMatchObject([{}, {}]);
  expect(await turnoverOf(bench, second)).toEqual({ joining: 45, leaving: 30 });
  expect(await turnoverOf(bench, second, 'editor')).toEqual({ joining: 45, leaving: 30 });
  const third = await runWith(bench, second, emails(33, 190));
  expect(await turnoverOf(bench, third)).toEqual({ joining: 45, leaving: 3 });
  // Fewer than ten are told to nobody else, and cannot be calculated from the sizes.
  expect(await turnoverOf(bench, third, 'editor')).toEqual({ joining: 40, leaving: null });

  // In a week. With a run of which it is not known, the sum is not known.
  const sums = (since: Date) => turnoverSince(bench.database.database.db, [made.id], since);
  expect(await sums(new Date(second.last_run!.ended_at!))).toEqual([
    { jobId: made.id, delivery: 1, joining: 90, leaving: 33 },
  ]);
  expect(await sums(new Date(0))).toEqual([]);
  const week = new Date(Date.parse(second.last_run!.ended_at!) + 7 * 24 * 3_600_000);
  const { audiences } = await weeklyDigest(bench.database.database.db, week, week);
  expect(audiences).toMatchObject([{ week: { joining: 90, leaving: 30 } }]);

  // Of the runs, only the last one is needed. Nothing of its file can be read.
  await tidy();
  expect(await rows()).toMatchObject([{ run_id: third.last_run!.id, identifier_type: 'email', bytes: 256 + 157 * 8 }]);
  const names = readdirSync(directory);
  expect(names).toHaveLength(1);
  expect(readFileSync(join(directory, names[0]!)).includes(Buffer.from(sha256('m40@example.com'), 'hex'))).toBe(false);

  // Forgetting a member forgets all fingerprints of that kind of identifier.
  await bench.service.erasures.forget(
    { identifier_type: 'email', values: ['m40@example.com'] },
    aiko,
    AbortSignal.timeout(30_000),
  );
  const without = await bench.waitForJob(made.id, (job) => atRest(job) && job.last_run?.id !== third.last_run?.id);
  expect(await turnoverOf(bench, without)).toBeUndefined();
  expect(await rows()).toMatchObject([{ run_id: without.last_run!.id }]);
  await bench.service.erasures.undo({ identifier_type: 'email', values: ['m40@example.com'] }, aiko);
  const back = await runWith(bench, without, emails(33, 190));
  expect(await turnoverOf(bench, back)).toEqual({ joining: 1, leaving: 0 });

  // Those of other chunks than the run has sent are of a staging that was interrupted.
  await sql`
    update lineup.run_events set event = jsonb_set(event, '{chunks,0,sha256}', '"of another staging"')
    where run_id = ${back.last_run!.id} and event->>'type' = 'staged'`.execute(bench.database.database.db);
  const after = await runWith(bench, back, emails(33, 191));
  expect(await turnoverOf(bench, after)).toBeUndefined();
  expect(await turnoverOf(bench, await runWith(bench, after, emails(33, 193)))).toEqual({ joining: 2, leaving: 0 });

  // With the job, they are gone.
  await bench.service.jobs.act(made.id, 'terminate', aiko);
  await bench.service.jobs.delete(made.id, aiko);
  expect(await rows()).toEqual([]);
  await tidy();
  expect(readdirSync(directory)).toEqual([]);
  expect(bench.errors).toEqual([]);
});

test('when more leave than a rule allows, a person decides; what is not known is told', async () => {
  const bench = await serviceBench();
  const made = await bench.createJob({
    segment_id: bench.write('vip.csv', csv(emails(0, 100))),
    max_shrink: 1,
    alerts: { leaving_share: { action: 'stop', percent: 20 } },
    ...ONCE,
  });
  const first = await bench.waitForJob(made.id, atRest);
  const warningsOf = async ({ last_run }: JobView) =>
    (await bench.service.runs.document(last_run!.id))?.warnings.map(({ code, message }) => [code, message]);
  // Nobody leaves an audience that is new.
  expect(await warningsOf(first)).toEqual([]);

  // Nobody learns from the rule where in a ten the number is.
  const allowed = await runWith(bench, first, emails(29, 129));
  expect(await warningsOf(allowed)).toEqual([]);
  bench.write('vip.csv', csv(emails(60, 160)));
  await bench.service.jobs.act(made.id, 'run_now', aiko);
  const stopped = await bench.waitForJob(made.id, (now) => now.condition === 'needs_approval');
  expect(stopped).toMatchObject({
    open_alerts: 1,
    error: {
      code: 'leaving_share_exceeded',
      message:
        'At least 30 of about 100 members of the last run are not in this one (30 %). The limit is 20 %. Nothing was sent, and the audience at LINE is unchanged.',
    },
    last_run: { uploaded: 0, turnover: { joining: 31, leaving: 31 } },
  });
  expect(describeApproval(stopped.approval!, 'LINE', stopped.last_run)).toMatch(/Join, leave\n.* \+31 −31\n/);
  await approve(bench.service, made.id);
  const anyway = await bench.waitForJob(made.id, atRest);
  expect(anyway).toMatchObject({ error: null, open_alerts: 1, last_run: { status: 'succeeded', warnings: 1 } });
  expect(await warningsOf(anyway)).toMatchObject([['leaving_share_exceeded', expect.any(String)]]);

  // It neither stops nor ends the alert. The run says that it was not looked at.
  await bench.database.database.db.deleteFrom('fingerprints').execute();
  const unknown = await runWith(bench, anyway, emails(0, 20));
  expect(unknown.open_alerts).toBe(1);
  expect(await warningsOf(unknown)).toEqual([
    [
      'leaving_share_unknown',
      'It is not known how many members of the last run are not in this one, so the alert rule about them was not checked.',
    ],
  ]);
  const known = await runWith(bench, unknown, emails(5, 25));
  expect(known).toMatchObject({ open_alerts: 0, last_run: { turnover: { joining: 5, leaving: 5 } } });
  expect((await bench.service.jobs.history(made.id, 30)).items.map(({ turnover }) => turnover)).toEqual([
    undefined,
    { joining: 29, leaving: 29 },
    { joining: 31, leaving: 31 },
    undefined,
    { joining: 5, leaving: 5 },
  ]);
  expect(bench.errors).toEqual([]);
});

test('a preview says who would join and leave, and no variation of it tells an editor of one member', async () => {
  const bench = await serviceBench();
  const made = await bench.createJob({ segment_id: bench.write('vip.csv', csv(emails(0, 100))), ...ONCE });
  await bench.waitForJob(made.id, atRest);
  const usual = {
    segment_id: made.configuration.segment_id,
    id_field: 'email',
    identifier_type: 'email',
    job_id: made.id,
  } as const;
  const told = async (role: Role, changed: Partial<z.input<typeof previewRequest>> = {}) => {
    const request = previewRequest.parse({ ...usual, ...changed });
    const answer = await bench.service.sources.preview({ ...aiko, role }, request, AbortSignal.timeout(30_000));
    return answerForRole(role, answer, sentencesIn(preview)).turnover;
  };
  const exact = (joining: number, leaving: number) => ({ joining, leaving });

  bench.write('vip.csv', csv(emails(30, 145)));
  expect(await told('administrator')).toEqual(exact(45, 30));
  expect(await told('editor')).toEqual(exact(45, 30));
  expect(await told('administrator', { id_field: 'email', job_id: 'no-such-job' })).toBeUndefined();
  bench.write('vip.csv', csv(emails(3, 145)));
  expect(await told('administrator')).toEqual(exact(45, 3));
  expect(await told('editor')).toEqual({ joining: 40, leaving: null });
  // It leaves nothing that a run would be compared with.
  expect(await bench.database.database.db.selectFrom('fingerprints').selectAll().execute()).toHaveLength(1);

  // With nine invented members, one more is the tenth, or is in the audience.
  const invented = Array.from({ length: 9 }, (_, n) => `nobody${n}@example.com`);
  const answers = [];
  for (const guess of ['m10@example.com', 'm200@example.com']) {
    const segment_id = bench.write('guess.csv', csv([...invented, guess]));
    expect((await told('administrator', { segment_id }))?.joining).toBe(guess === 'm10@example.com' ? 9 : 10);
    answers.push(await told('editor', { segment_id }));
  }
  const hold_out = { experiment: 'guess', share: 50 };
  answers.push(await told('editor', { hold_out }), await told('editor', { file_options: { delimiter: 'semicolon' } }));
  expect(answers).toEqual([undefined, undefined, undefined, undefined]);

  // Nor does a run of it, which is stopped and so costs nothing either.
  const seenByEditor = [];
  for (const guess of ['m10@example.com', 'm200@example.com']) {
    const before = await bench.service.jobs.get(made.id);
    const segment_id = bench.write('guess.csv', csv([...invented, guess]));
    const alerts = { leaving_share: { action: 'stop', percent: 20 } } as const;
    const configuration = { ...before.configuration, segment_id, alerts, max_shrink: 0 };
    await bench.service.jobs.change(made.id, before.revision, { configuration }, aiko);
    await bench.service.jobs.act(made.id, 'run_now', aiko);
    await bench.waitForJob(made.id, (job) => atRest(job) && job.last_run?.id !== before.last_run?.id);
    const isMember = guess === 'm10@example.com';
    const numbers = { ...exact(isMember ? 9 : 10, isMember ? 99 : 100), varied: true };
    const views = [];
    for (const role of ['administrator', 'editor'] as const) {
      const job = answerForRole(role, await bench.service.jobs.get(made.id), sentencesIn(jobView));
      const { id } = job.last_run!;
      const document = answerForRole(role, (await bench.service.runs.document(id))!, sentencesIn(runDocument));
      const list = answerForRole(role, await bench.service.runs.list({ limit: 1 }), undefined!);
      expect(job.condition).toBe('needs_approval');
      views.push({
        turnover: [document, job.last_run, list.items[0]].map((told) => told?.turnover),
        table: reportTable(document).filter(([, name]) => name === 'joining' || name === 'leaving'),
        // The minute may change between the two runs.
        asked: describeApproval(job.approval!, 'LINE', job.last_run)
          .replaceAll(id, '')
          .replace(/kept until [\d-]+ [\d:]+ UTC/, 'kept until then'),
        error: document.error?.message,
        judged: document.error?.judged,
        alerts: (await bench.service.alerts.list({ job_id: made.id, limit: 9 })).items.map(({ message, measured }) => [
          message,
          measured,
        ]),
      });
    }
    const [administrator, editor] = views;
    expect(administrator!.turnover).toEqual([numbers, numbers, numbers]);
    expect(editor!.turnover).toEqual(
      administrator!.turnover.map(() => ({ joining: null, leaving: null, varied: true })),
    );
    expect(editor!.error).toContain(
      'More than 20 % of the members of the last run are not in this one. How many is not',
    );
    seenByEditor.push(editor);
  }
  expect(seenByEditor[0]).toEqual(seenByEditor[1]);

  // Nor does a run of something else, with the usual preview after it.
  const varied = bench.write('guess.csv', csv([...invented, ...emails(0, 100)]));
  const now = await bench.service.jobs.get(made.id);
  const other = await bench.service.jobs.change(
    made.id,
    now.revision,
    { configuration: { ...now.configuration, segment_id: varied } },
    aiko,
  );
  await bench.service.jobs.act(made.id, 'run_now', aiko);
  await bench.waitForJob(made.id, (job) => atRest(job) && job.last_run?.id !== other.last_run?.id);
  expect(await turnoverSince(bench.database.database.db, [made.id], new Date(0))).toEqual([]);
  expect(await told('editor')).toBeUndefined();
  expect(await told('administrator')).toEqual(exact(45, 12));
  expect(await told('editor', { segment_id: varied })).toEqual({ joining: null, leaving: null });

  // Whoever is left out may be one of them.
  const list = {
    name: 'Opted out',
    segment_id: bench.write('out.csv', csv(emails(50, 80))),
    fields: { email: 'email' },
  };
  await bench.service.suppressionLists.create(newSuppressionList.parse(list), aiko);
  expect(await told('editor', { segment_id: varied })).toBeUndefined();
  expect(await told('administrator', { segment_id: varied })).toEqual(exact(0, 30));
  expect(bench.errors).toEqual([]);
});

test('a part of a split job is compared by the source of that job, which nobody can vary unseen', async () => {
  const bench = await serviceBench();
  const { service, clock } = bench;
  const table = (tokyo: readonly string[]) =>
    `email,shop\n${tokyo.map((member) => `${member},Tokyo\n`).join('')}a@example.com,Osaka\nb@example.com,Osaka\n`;
  const split = { column: 'shop', name_template: '{name} {value}' };
  const segment_id = bench.write('shops.csv', table(emails(0, 100)));
  const made = await bench.createJob({ segment_id, split, audience_name: null, max_shrink: 1, ...ONCE }, 'Shops');
  await bench.waitForJob(made.id, atRest);
  const partOf = async (shop: string) =>
    (await service.jobs.parts(made.id, { limit: 9 })).items.find(({ value }) => value === shop)!;
  const { id } = await partOf('Tokyo');
  const afterScan = async () => {
    const before = await service.jobs.get(made.id);
    await service.jobs.act(made.id, 'run_now', aiko);
    await bench.waitForJob(made.id, (job) => atRest(job) && job.last_run?.id !== before.last_run?.id);
  };
  /** The part runs for the last scan: its trigger fires again some time later. */
  const afterRun = async (members: number) => {
    clock.advance(20 * 60_000);
    const now = await bench.waitForJob(id, (job) => job.last_run?.unique === members && job.last_run.ended_at !== null);
    return [await turnoverOf(bench, now, 'editor'), await turnoverOf(bench, now)];
  };
  await afterRun(100);
  const previewed = async (role: Role, file: string) => {
    const { configuration } = await service.jobs.get(id);
    const request = previewRequest.parse({
      segment_id: file,
      file_options: configuration.file_options,
      id_field: 'email',
      identifier_type: 'email',
      job_id: id,
    });
    const answer = await service.sources.preview({ ...aiko, role }, request, AbortSignal.timeout(30_000));
    return answerForRole(role, answer, sentencesIn(preview)).turnover;
  };
  const fileOf = async (part: string) => (await service.jobs.get(part)).configuration.segment_id;

  // Another file, of the same source.
  bench.write('shops.csv', table(emails(30, 145)));
  await afterScan();
  const exact = { joining: 45, leaving: 30 };
  expect(await previewed('editor', await fileOf(id))).toEqual(exact);
  expect(await previewed('editor', await fileOf((await partOf('Osaka')).id))).toBeUndefined();
  expect(await afterRun(115)).toEqual([exact, exact]);
  bench.write('shops.csv', table(emails(33, 190)));
  await afterScan();
  expect(await afterRun(157)).toEqual([
    { joining: 40, leaving: null },
    { joining: 45, leaving: 3 },
  ]);

  // With nine invented members, one more is the tenth, or is in the audience.
  const { configuration, revision } = await service.jobs.get(made.id);
  const invented = Array.from({ length: 9 }, (_, n) => `nobody${n}@example.com`);
  const guess = bench.write('guess.csv', table([...invented, 'm100@example.com']));
  await service.jobs.change(made.id, revision, { configuration: { ...configuration, segment_id: guess } }, aiko);
  await afterScan();
  expect(await previewed('editor', await fileOf(id))).toBeUndefined();
  expect(await afterRun(10)).toEqual([
    { joining: null, leaving: null, varied: true },
    { joining: 9, leaving: 156, varied: true },
  ]);
  // Nor do other members of the column that the first job had, or its own source after them.
  const changed = await service.jobs.get(made.id);
  await service.jobs.change(made.id, changed.revision, { configuration }, aiko);
  await afterScan();
  expect((await afterRun(157))[0]).toEqual({ joining: null, leaving: null, varied: true });
  await afterScan();
  expect(await previewed('editor', await fileOf(id))).toEqual({ joining: null, leaving: null });
  expect(bench.errors).toEqual([]);
});
