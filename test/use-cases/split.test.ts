/** A job that fills an audience for each value of a column: its scans, its parts, and their runs. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jobPartPage } from '../../src/contracts/job-rows.ts';
import { type JobView, jobView } from '../../src/contracts/jobs.ts';
import { previewRequest } from '../../src/contracts/sources.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { answerForRole } from '../../src/domain/runs/left-out.ts';
import { runDocument } from '../../src/domain/runs/run.ts';
import { inEnglish } from '../../src/domain/text/sentence.ts';
import { sentencesIn } from '../../src/domain/text/sentences-in.ts';
import { weeklyDigest } from '../../src/use-cases/notifications/digest.ts';
import { digestContent } from '../../src/use-cases/notifications/digest-text.ts';
import { approve, seenIn } from '../support/approvals.ts';
import { held, sha256 } from '../support/cli.ts';
import { databases } from '../support/databases.ts';
import { aiko, aikoAs } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const mail = (n: number) => `member${n}@example.com`;
const hashes = (members: readonly number[]) => members.map((n) => sha256(mail(n))).sort();
/** A table: each member with its shop. */
const table = (rows: readonly (readonly [number, string])[]) =>
  `email,shop\n${rows.map(([n, shop]) => `${mail(n)},${shop}\n`).join('')}`;

const split = { column: 'shop', name_template: '{name} {value}' };
const asked = { audience_name: null, max_shrink: 1, split };
const parts = async (bench: ServiceBench, id: string) => (await bench.service.jobs.parts(id, { limit: 200 })).items;

/** The parts when all of them are at rest, and fit. */
const settled = (bench: ServiceBench, id: string, fits: (found: Awaited<ReturnType<typeof parts>>) => boolean) =>
  until(
    () => parts(bench, id),
    (found) => found.every(({ condition }) => condition !== 'running') && fits(found),
  );

/** Runs the job again, and waits for its end. */
async function scanAgain(bench: ServiceBench, id: string): Promise<JobView> {
  const before = await bench.service.jobs.get(id);
  await bench.service.jobs.act(id, 'run_now', aiko);
  return bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== before.last_run?.id);
}

/** The members of each audience that the parts have made. */
const heldBy = (bench: ServiceBench) =>
  new Map(
    bench.simulator
      .inspect()
      .audiences.filter(({ name }) => /Shops|phone/.test(name))
      .map(({ id, name }) => [name, held(bench.simulator, id)]),
  );

const files = ({ directory }: ServiceBench) => {
  const uploads = join(directory, 'data', 'uploads');
  return existsSync(uploads) ? readdirSync(uploads).filter((name) => name.startsWith('upl_')) : [];
};

describe.each(databases)('a job that splits on $kind', (kind) => {
  test('fills an audience for each value, tells of new and vanished ones, and sends nobody twice', async () => {
    const bench = await serviceBench({ database: kind });
    const { service, write, clock } = bench;
    const first: [number, string][] = [
      [1, 'Tokyo'],
      [2, 'Osaka'],
      [3, ' Tokyo '],
      [4, ''],
      [5, 'Nagoya'],
      [6, 'Osaka'],
    ];
    const segment_id = write('shops.csv', table(first));
    const { id } = await bench.createJob({ ...asked, segment_id, continuous_update: false }, 'Shops');
    const scanned = await bench.waitForJob(id, atRest);
    expect(scanned).toMatchObject({ error: null, status: 'completed', parts: { total: 3, missing: 0 } });
    expect(scanned.recent_sizes).toEqual([]);
    expect(await service.runs.document(scanned.last_run!.id)).toMatchObject({
      status: 'succeeded',
      counts: null,
      split: { rows: 6, without: 1, placed: 5, parts: 3, added: 3, vanished: 0 },
    });
    const filled = await settled(bench, id, (found) => found.every(({ last_run }) => last_run?.status === 'succeeded'));
    expect(filled.map(({ name, value, recent_sizes }) => [name, value, recent_sizes])).toEqual([
      ['Shops: Nagoya', 'Nagoya', [1]],
      ['Shops: Osaka', 'Osaka', [2]],
      ['Shops: Tokyo', 'Tokyo', [2]],
    ]);
    expect(heldBy(bench).get('Shops Tokyo')).toEqual(hashes([1, 3]));
    expect(heldBy(bench).get('Shops Osaka')).toEqual(hashes([2, 6]));
    expect(heldBy(bench).get('Shops Nagoya')).toEqual(hashes([5]));
    expect(heldBy(bench).size).toBe(3);
    // They are on the page of their job, and neither in the list of jobs nor in that of uploads.
    expect((await service.jobs.list({ limit: 50 })).items.map((job) => job.id)).toEqual([id]);
    expect((await service.jobs.list({ limit: 50, part_of: id })).total).toBe(3);
    expect(await service.uploads.list()).toEqual([]);
    expect(files(bench)).toHaveLength(3);
    const [nagoya, osaka, tokyo] = filled as [(typeof filled)[number], ...typeof filled] & typeof filled;
    expect(await service.jobs.get(tokyo!.id)).toMatchObject({
      part_of: { id, name: 'Shops', value: 'Tokyo', is_in_last_scan: true },
      configuration: { audience_name: 'Shops Tokyo' },
    });

    // The next scan has one value less and one more. The trigger fires at most every 15 minutes.
    write(
      'shops.csv',
      table([
        [1, 'Tokyo'],
        [7, 'Tokyo'],
        [2, 'Osaka'],
        [8, 'Sapporo'],
      ]),
    );
    clock.advance(20 * 60_000);
    const again = await scanAgain(bench, id);
    expect(again).toMatchObject({ error: null, parts: { total: 4, missing: 1 } });
    const now = await settled(bench, id, (found) =>
      found.every(({ value, recent_sizes }) => recent_sizes.length === (/Tokyo|Osaka/.test(value) ? 2 : 1)),
    );
    expect(now.map(({ value, is_in_last_scan }) => [value, is_in_last_scan])).toEqual([
      ['Nagoya', false],
      ['Osaka', true],
      ['Sapporo', true],
      ['Tokyo', true],
    ]);
    expect(heldBy(bench).get('Shops Tokyo')).toEqual(hashes([1, 7]));
    expect(heldBy(bench).get('Shops Osaka')).toEqual(hashes([2]));
    expect(heldBy(bench).get('Shops Sapporo')).toEqual(hashes([8]));
    // It stays as it is.
    expect(heldBy(bench).get('Shops Nagoya')).toEqual(hashes([5]));
    expect(now.map(({ id: part }) => part)).toEqual([nagoya.id, osaka!.id, expect.any(String), tokyo!.id]);
    const log = (await service.jobs.transitions(id, { limit: 50 })).items;
    const told = log.filter(({ action }) => action.startsWith('part_') && action !== 'part_added');
    expect(told.map(({ action, reason }) => [action, reason])).toEqual([
      ['part_vanished', expect.stringContaining('The value "Nagoya" was not in the scan.')],
    ]);
    const published = (await bench.published()).filter(({ type }) => type === 'values_changed');
    expect(published).toMatchObject([{ added: ['Sapporo'], vanished: ['Nagoya'] }]);
    expect(bench.errors).toEqual([]);
  });
});

describe('a job that splits', () => {
  test('fills audiences for each of several identifiers', async () => {
    const bench = await serviceBench();
    const members = [
      { email: [mail(1), mail(3)], tel: '0312345671', shop: 'Tokyo' },
      { email: mail(2), tel: '0312345672', shop: 'Osaka' },
    ];
    const lines = members.map((member) => `${JSON.stringify(member)}\n`);
    const segment_id = bench.write('shops.ndjson', lines.join(''));
    const siblings = [
      { identifier_type: 'phone', id_field: 'tel', default_country: 'JP', audience_name: '{value} by phone' },
    ];
    const { id } = await bench.createJob({ ...asked, segment_id, siblings, continuous_update: false }, 'Shops');
    await bench.waitForJob(id, atRest);
    const [, tokyo] = await settled(
      bench,
      id,
      (found) => found.length === 2 && found.every(({ last_run }) => last_run?.status === 'succeeded'),
    );
    // A member with two addresses is one member, who lacks no phone number.
    const { last_run } = await bench.service.jobs.get(tokyo!.id);
    expect(await bench.service.runs.document(last_run!.id)).toMatchObject({
      counts: { rows: 1, scanned: 2, missing: 0 },
      siblings: [{ counts: { rows: 1, scanned: 1, missing: 0 } }],
    });
    expect([...heldBy(bench)].map(([name, held]) => [name, held.length]).sort()).toEqual([
      ['Osaka by phone', 1],
      ['Shops Osaka', 1],
      ['Shops Tokyo', 2],
      ['Tokyo by phone', 1],
    ]);
    expect(heldBy(bench).get('Tokyo by phone')).toEqual([sha256('81312345671')]);
  });

  test('leaves all other audiences alone when a guard refuses one', async () => {
    const bench = await serviceBench();
    const segment_id = bench.write('shops.csv', `email,shop\n${mail(1)},Tokyo\nnobody,Osaka\n`);
    const { id } = await bench.createJob({ ...asked, segment_id, continuous_update: false }, 'Shops');
    await bench.waitForJob(id, atRest);
    const found = await settled(bench, id, (all) => all.length === 2 && all.every(({ last_run }) => last_run !== null));
    expect(found.map(({ value, error }) => [value, error?.code])).toEqual([
      ['Osaka', 'nothing_to_send'],
      ['Tokyo', undefined],
    ]);
    expect([...heldBy(bench).keys()]).toEqual(['Shops Tokyo']);
    // The scan may have been that of a query, whose author decides what its values look like behind a mask.
    const { segment_id: file } = (await bench.service.jobs.get(found[0]!.id)).configuration;
    const look = {
      source_authorization_id: null,
      segment_id: file,
      id_field: 'email',
      identifier_type: 'email',
    } as const;
    const signal = AbortSignal.timeout(30_000);
    const { items } = await bench.service.sources.sample(aikoAs('editor'), look, signal);
    expect(items).toEqual([{ row: 1, value: null, outcome: 'invalid', reason: 'not_an_email' }]);
    const preview = await bench.service.sources.preview(aikoAs('editor'), previewRequest.parse(look), signal);
    expect(preview).toMatchObject({ counts: { invalid: { not_an_email: 1 } }, examples: {}, sent: [] });
    const { items: entries } = await bench.service.auditLog.list({ limit: 9, verb: 'look' });
    expect(entries.map(({ detail }) => detail.kind)).toEqual(['preview', 'sample']);
    const [run] = (await bench.service.runs.list({ jobId: found[0]!.id, limit: 1 })).items;
    expect((await bench.service.runs.document(run!.id))?.invalidRows).toEqual({});
    await bench.service.jobs.act(id, 'terminate', aiko);
    expect((await parts(bench, id)).map(({ condition }) => condition)).toEqual(['terminated', 'terminated']);
    await bench.service.jobs.delete(id, aiko);
    expect((await bench.service.jobs.list({ limit: 9, part_of: id })).total).toBe(0);
  });

  test('changes no audience when a guard refuses one, if the job says so', async () => {
    const bench = await serviceBench();
    const segment_id = bench.write('shops.csv', `email,shop\n${mail(1)},Tokyo\nnobody,Osaka\n`);
    const configuration = { ...asked, split: { ...split, on_refusal: 'all' }, segment_id, continuous_update: false };
    const { id } = await bench.createJob(configuration, 'Shops');
    const refused = await bench.waitForJob(id, atRest);
    expect(refused.error).toMatchObject({ code: 'split_refused', message: expect.stringContaining('"Osaka"') });
    expect(refused.error!.message).not.toContain('Tokyo');
    expect([await parts(bench, id), heldBy(bench).size, files(bench)]).toEqual([[], 0, []]);
    bench.write(
      'shops.csv',
      table([
        [1, 'Tokyo'],
        [2, 'Osaka'],
      ]),
    );
    expect((await scanAgain(bench, id)).error).toBeNull();
    await settled(
      bench,
      id,
      (all) => all.length === 2 && all.every(({ last_run }) => last_run?.status === 'succeeded'),
    );
    expect([...heldBy(bench).keys()].sort()).toEqual(['Shops Osaka', 'Shops Tokyo']);
  });

  test('asks a person about all audiences together, and the approval counts for that refusal alone', async () => {
    const bench = await serviceBench();
    const { service, clock } = bench;
    const shops = (from: number) =>
      table([
        ...Array.from({ length: 100 }, (_, n) => [from + n, 'Tokyo'] as const),
        ...Array.from({ length: 20 }, (_, n) => [1_000 + from + (n % 20), 'Osaka'] as const),
      ]);
    const alerts = { leaving_share: { action: 'stop', percent: 50 } };
    const out = { name: 'Out', segment_id: bench.write('out.csv', `email\n${mail(99)}\n`), fields: { email: 'email' } };
    await service.suppressionLists.create(newSuppressionList.parse(out), aiko);
    const configuration = {
      ...asked,
      split: { ...split, on_refusal: 'all' },
      segment_id: bench.write('shops.csv', shops(0)),
      continuous_update: false,
      alerts,
    };
    const { id } = await bench.createJob(configuration, 'Shops');
    await bench.waitForJob(id, atRest);
    const filled = (sizes: number) =>
      settled(
        bench,
        id,
        (all) =>
          all.length === 2 &&
          all.every(({ recent_sizes, last_run }) => recent_sizes.length === sizes && last_run?.status === 'succeeded'),
      );
    await filled(1);
    const before = heldBy(bench);

    // In Tokyo, 60 of 99 leave and 61 come. In Osaka, all leave.
    clock.advance(20 * 60_000);
    bench.write('shops.csv', shops(60));
    const refused = await scanAgain(bench, id);
    expect(refused).toMatchObject({ condition: 'needs_approval', error: { code: 'parts_refused' } });
    expect(refused.error!.message).toContain('"Osaka", "Tokyo"');
    expect(refused.actions).toContain('run_anyway');
    expect(heldBy(bench)).toEqual(before);
    const judged = (job: JobView) =>
      job.approval!.audiences.map(({ part, audienceName, before: now, after, reasons }) => [
        part!.value,
        audienceName,
        now?.size,
        after,
        reasons.map(({ code, measured }) => [code, measured]),
      ]);
    expect(judged(refused)).toEqual([
      ['Osaka', 'Shops Osaka', 20, 20, [['leaving_share_exceeded', 1]]],
      ['Tokyo', 'Shops Tokyo', 99, 99, [['leaving_share_exceeded', 0.667]]],
    ]);
    expect(refused.approval!.sends).toBe('new_scan');
    // Whoever is left out of a part is no more told of here than on the page of the part.
    const editor = answerForRole('editor', refused, sentencesIn(jobView));
    expect(judged(editor)[1]!.slice(2, 4)).toEqual([90, 90]);
    expect(editor.approval!.audiences[1]).toMatchObject({ suppressed: 0 });
    const lines = await service.jobs.parts(id, { limit: 9 });
    const shown = answerForRole('editor', lines, sentencesIn(jobPartPage)).items;
    expect(shown.map(({ recent_sizes }) => recent_sizes)).toEqual([[20], [90]]);
    // What a scan counts is of the source, where nobody is left out.
    const scan = (await service.runs.document(refused.last_run!.id))!;
    expect(answerForRole('editor', scan, sentencesIn(runDocument)).split).toEqual(scan.split);

    const seen = await seenIn(service, id);
    const other = { ...seen, audiences: seen.audiences.map((audience) => ({ ...audience, value: 'Nara' })) };
    await expect(service.jobs.approve(id, other, aikoAs('administrator'))).rejects.toMatchObject({
      code: 'changed_meanwhile',
    });
    await approve(service, id);
    expect(await bench.waitForJob(id, atRest)).toMatchObject({ error: null, last_run: { status: 'succeeded' } });
    const sent = await filled(2);
    expect(sent.map(({ error, condition }) => [error, condition])).toEqual([
      [null, 'scheduled'],
      [null, 'scheduled'],
    ]);
    expect(heldBy(bench).get('Shops Tokyo')).toEqual(
      hashes(Array.from({ length: 100 }, (_, n) => 60 + n)).filter((hash) => hash !== sha256(mail(99))),
    );

    // The next scan is judged by itself.
    clock.advance(20 * 60_000);
    bench.write('shops.csv', shops(0));
    expect(await scanAgain(bench, id)).toMatchObject({ condition: 'needs_approval', error: { code: 'parts_refused' } });
    expect(bench.errors).toEqual([]);
  });

  test.each([
    ['an e-mail address', `${mail(1)},Tokyo\n${mail(2)},a@example.com\n`, /looks like an identifier/],
    ['a phone number', `${mail(1)},+81 90-1234-5678\n`, /looks like an identifier/],
    ['a control character', `${mail(1)},"To\u0007kyo"\n`, /control character/],
    ['a long text', `${mail(1)},${'x'.repeat(101)}\n`, /longer than 100 characters/],
    ['no value at all', `${mail(1)},\n`, /No row has a value/],
    ['too many values', Array.from({ length: 201 }, (_, n) => `${mail(n)},s${n}\n`).join(''), /more than 200/],
  ])('stores nothing when the column has %s', async (_, rows, message) => {
    const bench = await serviceBench();
    const segment_id = bench.write('shops.csv', `email,shop\n${rows}`);
    const { id } = await bench.createJob({ ...asked, segment_id, continuous_update: false }, 'Shops');
    const { error } = await bench.waitForJob(id, atRest);
    expect(error).toMatchObject({ code: 'split_refused', message: expect.stringMatching(message) });
    expect(error!.message).not.toMatch(/@|1234|xxx/);
    expect([await parts(bench, id), files(bench)]).toEqual([[], []]);
  });

  test('passes its changes on to what its parts have not changed themselves, and keeps what decides their audiences', async () => {
    const bench = await serviceBench();
    const { service } = bench;
    const segment_id = bench.write(
      'shops.csv',
      table([
        [1, 'Tokyo'],
        [2, 'Osaka'],
      ]),
    );
    const { id } = await bench.createJob({ ...asked, segment_id, continuous_update: false }, 'Shops');
    await bench.waitForJob(id, atRest);
    const [osaka, tokyo] = await settled(
      bench,
      id,
      (all) => all.length === 2 && all.every(({ last_run }) => last_run?.status === 'succeeded'),
    );
    const configured = async (job: string, change: object) => {
      const view = await service.jobs.get(job);
      const configuration = jobConfiguration.parse({ ...view.configuration, ...change });
      return service.jobs.change(job, view.revision, { configuration }, aiko);
    };
    await configured(osaka!.id, { max_shrink: 0.2 });
    await configured(id, { max_shrink: 0.7, alerts: { days_without_success: 3 } }).catch(async () =>
      configured(id, { max_shrink: 0.7 }),
    );
    const shrinks = async (job: string) => (await service.jobs.get(job)).configuration.max_shrink;
    expect([await shrinks(osaka!.id), await shrinks(tokyo!.id)]).toEqual([0.2, 0.7]);

    await expect(configured(tokyo!.id, { id_field: 'shop' })).rejects.toMatchObject({
      fields: expect.arrayContaining([
        expect.objectContaining({ path: 'configuration.id_field', message: expect.stringContaining('"Shops"') }),
      ]),
    });
    await expect(configured(id, { adaccount_id: 'A2' })).rejects.toMatchObject({
      fields: expect.arrayContaining([expect.objectContaining({ path: 'configuration.adaccount_id' })]),
    });
    await expect(configured(id, { split: undefined, audience_name: 'One' })).rejects.toMatchObject({
      fields: expect.arrayContaining([expect.objectContaining({ path: 'configuration.split' })]),
    });

    // A digest names the job once, and not each of its audiences.
    for (const part of [osaka!, tokyo!]) await service.jobs.act(part.id, 'pause', aiko);
    const digest = await weeklyDigest(bench.database.database.db, bench.clock.now(), bench.clock.now());
    expect(digest.audiences.map(({ job_id, job_name, parts: told }) => [job_id, job_name, told])).toEqual([
      [id, 'Shops', { of_concern: 2, all: 2 }],
      [id, 'Shops', { of_concern: 0, all: 2 }],
    ]);
    expect(digestContent(digest, (name) => name).paragraphs.map(inEnglish)).toEqual([
      'Audiences that need a person: 0. Worth a look: 2. Healthy: 1.',
      'Worth a look:',
      'Audiences of “Shops” that are worth a look: 2 of 2.',
      'Sizes and match rates:',
      '“Shops” fills several audiences: 2.',
    ]);

    for (const [job, message] of [
      [tokyo!.id, /^This job fills one of the audiences of the job "Shops"/],
      [id, /^A job that fills an audience for each value of a column cannot be moved/],
    ] as const) {
      await expect(service.jobs.move(job, { authorization_id: bench.authorizationId })).rejects.toMatchObject({
        code: 'action_not_allowed',
        message: expect.stringMatching(message),
      });
    }

    // As a version does it that knows nothing of parts.
    await bench.database.database.db.deleteFrom('jobs').where('id', '=', id).execute();
    await until(
      async () => {
        bench.clock.advance(11 * 60_000);
        return (await service.jobs.list({ limit: 9, part_of: id })).total;
      },
      (total) => total === 0,
    );
  });
});
