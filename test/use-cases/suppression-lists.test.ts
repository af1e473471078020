/** Suppression lists: who must never be in an audience. Their definition, not the runs that read them. */
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { MAX_LISTS } from '../../src/domain/audiences/requests.ts';
import {
  MAX_SUPPRESSION_LISTS,
  type NewSuppressionList,
  newSuppressionList,
} from '../../src/domain/audiences/suppression-lists.ts';
import { letInByDeletion } from '../../src/domain/jobs/let-in.ts';
import { sendsTheSame } from '../../src/jobs/edit.ts';
import { transaction } from '../../src/store/database/database.ts';
import { recordRefusal } from '../../src/store/repositories/list-refusals.ts';
import {
  createSuppressionList,
  getSuppressionList,
  recordReads,
} from '../../src/store/repositories/suppression-lists.ts';
import { unneededUploads } from '../../src/store/repositories/uploads.ts';
import { acceptSize } from '../support/approvals.ts';
import { databases } from '../support/databases.ts';
import { aiko, aNewJob } from '../support/service.ts';
import { type ServiceBench, useServiceBench } from '../support/service-bench.ts';

type Change = Partial<NewSuppressionList>;
const signal = () => AbortSignal.timeout(15_000);

describe.each(databases)('suppression lists on $kind', (database) => {
  const current = useServiceBench({ role: 'api', database });
  let made = 0;
  /** Each test has its own file, so that they do not disturb each other. */
  const file = (bench: ServiceBench) => {
    made += 1;
    return bench.write(`out-${made}.csv`, 'id,mail,tel\n1,a@example.com,0312345678\n');
  };
  const aList = (change: Change = {}): NewSuppressionList =>
    newSuppressionList.parse({
      name: `Opted out ${made}`,
      segment_id: file(current()),
      fields: { email: 'mail' },
      applies_to: 'chosen_jobs',
      ...change,
    });
  const add = async (change: Change = {}) =>
    (await current().service.suppressionLists.create(aList(change), aiko)).value;
  const remove = async (id: string) => {
    const { suppressionLists } = current().service;
    const list = await suppressionLists.get(id);
    await suppressionLists.delete(id, aiko, letInByDeletion(list)?.members);
  };
  const addJob = (configuration: Record<string, unknown>, name?: string) => {
    made += 1;
    const audience_name = `Audience ${made}`;
    return current().createJob(
      { segment_id: file(current()), id_field: 'mail', audience_name, ...configuration },
      name,
    );
  };
  const problems = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => ({ fields: [] }),
      (refused: { fields: { path: string; message: string }[] }) => refused,
    );
    return error.fields.map(({ path }) => path);
  };

  test('are validated with their source: all problems at once, each at its key', async () => {
    const { suppressionLists } = current().service;
    const refused = (change: Change) => problems(suppressionLists.create(aList(change), aiko));
    expect(await refused({ fields: { email: 'nothing', phone: 'tel', ifa: 'gaid' } })).toEqual([
      'fields.email',
      'fields.ifa',
    ]);
    expect(await refused({ segment_id: '/etc/passwd' })).toEqual(['segment_id']);
    expect(await refused({ source_authorization_id: current().authorizationId })).toEqual(['source_authorization_id']);
    expect(await refused({ source_authorization_id: 'aut_none' })).toEqual(['source_authorization_id']);
    expect(
      await refused({
        source_authorization_id: current().authorizationId,
        file_options: { encoding: 'utf-8' },
      }),
    ).toEqual(['file_options']);
    expect(await suppressionLists.list()).toEqual([]);
  });

  test('are created once, changed by revision, and logged', async () => {
    const { suppressionLists, auditLog } = current().service;
    const input = aList({ fields: { email: 'mail', phone: 'tel' } });
    const once = await suppressionLists.create(input, aiko, { idempotencyKey: 'k1' });
    const again = await suppressionLists.create(input, aiko, { idempotencyKey: 'k1' });
    expect([again.replayed, again.value.id]).toEqual([true, once.value.id]);
    const { id, revision } = once.value;
    expect(once.value).toMatchObject({ reads: [], job_count: 0, jobs: [], source_label: null });
    expect(await problems(suppressionLists.change(id, revision, { fields: { ifa: 'gaid' } }, aiko))).toEqual([
      'fields.ifa',
    ]);
    const fields = { phone: 'tel', line_user_id: 'id' };
    const changed = await suppressionLists.change(id, revision, { fields }, aiko);
    expect(changed).toMatchObject({ fields, revision: revision + 1, name: input.name });
    await expect(suppressionLists.change(id, revision, { description: 'Late' }, aiko)).rejects.toMatchObject({
      code: 'changed_meanwhile',
    });
    // Another file is read as it is, not with the options of the one before.
    const options = { file_options: { encoding: 'utf-8' as const } };
    const withOptions = await suppressionLists.change(id, changed.revision, options, aiko);
    expect(withOptions.file_options).toEqual(options.file_options);
    const moved = await suppressionLists.change(id, withOptions.revision, { segment_id: file(current()) }, aiko);
    expect(moved).not.toHaveProperty('file_options');

    await recordRun(id, 10);
    await recordShrunk(id, 10, 3);
    const accepted = await acceptSize(current().service, id);
    expect(accepted.refusals).toMatchObject([{ identifier_type: 'phone', before: 10, after: 3, accepted: true }]);
    await remove(id);
    const log = await auditLog.list({ limit: 20, subject_type: 'suppression_list', subject_id: id });
    expect(log.items.map(({ action }) => action)).toEqual([
      'suppression_list.delete',
      'suppression_list.accept_size',
      'suppression_list.change',
      'suppression_list.change',
      'suppression_list.change',
      'suppression_list.create',
    ]);
    expect(log.items[1]!.detail).toMatchObject({ name: input.name, approved: ['phone, 10 → 3'] });
  });

  const recordShrunk = (id: string, before: number, after: number) =>
    current()
      .database.database.db.transaction()
      .execute(async (tx) => {
        const { source_version: source } = await getSuppressionList(tx, id);
        const shrunk = { id, identifierType: 'phone', before, after, keptOut: false, source } as const;
        await recordRefusal(tx, { jobId: 'job_none', runId: 'run_2', at: new Date(), shrunk });
      });

  const recordRun = (id: string, size: number, jobId = 'job_none', keptOut = 0) =>
    current()
      .database.database.db.transaction()
      .execute((tx) =>
        recordReads(tx, {
          jobId,
          runId: 'run_1',
          at: new Date(),
          lists: [{ id, sourceVersion: 1, identifierType: jobId === 'job_none' ? 'phone' : 'email', size, keptOut }],
        }),
      );

  test('are chosen by jobs, and then cannot be deleted', async () => {
    const bench = current();
    const { suppressionLists, jobs } = bench.service;
    const list = await add({ fields: { email: 'mail' } });
    const job = await addJob({ suppression_lists: [list.id] }, 'Newsletter');
    const byPhone = await addJob(
      { suppression_lists: [list.id], identifier_type: 'phone', id_field: 'tel', default_country: 'JP' },
      'Calls',
    );
    await recordRun(list.id, 4, job.id, 3);
    const found = await suppressionLists.get(list.id);
    expect(found).toMatchObject({
      reads: [{ identifier_type: 'email', size: 4, run_id: 'run_1' }],
      job_count: 2,
      jobs: [
        { id: byPhone.id, name: 'Calls', identifier_type: 'phone', has_field: false, kept_out: null },
        { id: job.id, name: 'Newsletter', has_field: true, kept_out: 3, run_id: 'run_1' },
      ],
    });
    expect((await suppressionLists.list()).find(({ id }) => id === list.id)).toMatchObject({ job_count: 2 });
    await expect(remove(list.id)).rejects.toMatchObject({
      code: 'suppression_list_in_use',
      message: expect.stringContaining('Calls, Newsletter'),
    });
    for (const { id } of [job, byPhone]) await jobs.act(id, 'terminate', aiko);
    await remove(list.id);
    // Whoever edits a job later is told what is gone.
    expect(await problems(addJob({ suppression_lists: [list.id] }))).toEqual(['configuration.suppression_lists']);
  });

  test('are never the audience that they would be taken out of', async () => {
    const bench = current();
    const { suppressionLists, jobs } = bench.service;
    const list = await add();
    const own = { segment_id: list.segment_id };
    const job = await addJob(own, 'Own audience');
    const same = { ...job.configuration, suppression_lists: [list.id] };
    expect(await problems(jobs.change(job.id, job.revision, { configuration: same }, aiko))).toEqual([
      'configuration.suppression_lists',
    ]);
    const always = suppressionLists.change(list.id, list.revision, { applies_to: 'all_jobs' }, aiko);
    await expect(always).rejects.toMatchObject({
      fields: [{ path: 'segment_id', message: expect.stringContaining('"Own audience"') }],
    });
    // Another field of the same file is another matter.
    const byPhone = { fields: { phone: 'tel' }, applies_to: 'all_jobs' as const };
    const now = await suppressionLists.change(list.id, list.revision, byPhone, aiko);
    const phone = { identifier_type: 'phone', id_field: 'tel', default_country: 'JP' };
    expect(await problems(addJob({ ...own, ...phone }))).toEqual(['configuration.segment_id']);
    await jobs.act(job.id, 'terminate', aiko);
    expect(now.applies_to).toBe('all_jobs');
    await remove(list.id);
  });

  test(`apply to a job up to ${MAX_LISTS} at a time, however they are saved`, async () => {
    const { suppressionLists, jobs } = current().service;
    const lists = [];
    for (let n = 0; n < MAX_LISTS; n += 1) lists.push(await add());
    const ids = lists.map(({ id }) => id);
    const job = await addJob({ suppression_lists: ids }, 'Full');
    expect(await problems(suppressionLists.create(aList({ applies_to: 'all_jobs' }), aiko))).toEqual(['applies_to']);
    const fewer = { ...job.configuration, suppression_lists: ids.slice(1) };
    const edited = await jobs.change(job.id, job.revision, { configuration: fewer }, aiko);
    const all = await add({ applies_to: 'all_jobs' });
    const configuration = { ...job.configuration, suppression_lists: ids };
    expect(await problems(jobs.change(job.id, edited.revision, { configuration }, aiko))).toEqual([
      'configuration.suppression_lists',
    ]);
    // A job and a list that are saved at once: one of them is refused.
    await remove(all.id);
    const outcomes = await Promise.allSettled([
      jobs.change(job.id, edited.revision, { configuration }, aiko),
      suppressionLists.create(aList({ applies_to: 'all_jobs' }), aiko),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await jobs.act(job.id, 'terminate', aiko);
    for (const { id } of await suppressionLists.list()) await remove(id);
  });

  test('are limited in their number', async () => {
    const { db } = current().database.database;
    const row = (n: number) => ({
      id: `sup_${n}`,
      name: `List ${n}`,
      description: '',
      segment_id: 'x.csv',
      fields: '{"email":"mail"}',
      applies_to: 'chosen_jobs' as const,
      max_shrink: 0.5,
      created_by: aiko.name,
      created_at: new Date(),
      updated_by: aiko.name,
      updated_at: new Date(),
    });
    const rows = Array.from({ length: MAX_SUPPRESSION_LISTS }, (_, n) => row(n));
    await db.insertInto('suppression_lists').values(rows).execute();
    await expect(add()).rejects.toMatchObject({ code: 'action_not_allowed' });
    await db.deleteFrom('suppression_lists').execute();
  });

  test('of all jobs are deleted only by who has seen how many members come back', async () => {
    const { suppressionLists, auditLog } = current().service;
    const first = await addJob({});
    const second = await addJob({});
    const list = await add({ applies_to: 'all_jobs' });
    await recordRun(list.id, 100, first.id, 70);
    await recordRun(list.id, 100, second.id, 50);
    const { jobs } = await suppressionLists.get(list.id);
    const numbers = {
      code: 'action_not_allowed',
      message: expect.stringMatching(
        `which are ${jobs.length} now. It kept 120 members out of their last runs.* let_in=120`,
      ) as string,
    };
    await expect(suppressionLists.delete(list.id, aiko)).rejects.toMatchObject(numbers);
    // A run has ended meanwhile.
    await expect(suppressionLists.delete(list.id, aiko, 119)).rejects.toMatchObject(numbers);
    await suppressionLists.delete(list.id, aiko, 120);
    const { items } = await auditLog.list({ limit: 1, subject_id: list.id });
    expect(items[0]?.detail).toEqual({ name: list.name, jobs: jobs.length, let_in: 120 });
  });

  test('keep through an edit what only a newer version knows', async () => {
    const { db } = current().database.database;
    const { suppressionLists } = current().service;
    const { id } = await add({ file_options: { encoding: 'utf-8' } });
    await sql`update lineup.suppression_lists set fields = fields || '{"line_id": "line"}',
      file_options = file_options || '{"quote": "x"}' where id = ${id}`.execute(db);
    await suppressionLists.change(id, 1, { fields: { phone: 'tel' } }, aiko);
    const stored = () =>
      db
        .selectFrom('suppression_lists')
        .select(['fields', 'file_options'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
    expect(await stored()).toEqual({
      fields: { phone: 'tel', line_id: 'line' },
      file_options: { encoding: 'utf-8', quote: 'x' },
    });
    // The options of a file belong to it.
    await suppressionLists.change(id, 2, { segment_id: file(current()) }, aiko);
    expect((await stored()).file_options).toBeNull();
  });

  test('keep an editor from the credentials that they read with, but not from its names', async () => {
    const { service } = current();
    const { db } = current().database.database;
    const { authorizations, auditLog } = service;
    const connection = (token: string) => ({ token, origin: 'http://127.0.0.1:9' });
    const made = await authorizations.create(
      {
        provider: 'lytics',
        method: 'lytics_api_token',
        label: 'Lytics',
        description: '',
        configuration: connection('one'),
      },
      aiko,
    );
    const { id, revision } = made.value;
    // Its source does not answer, so it is stored without the check of the API.
    const list = aList({ name: 'Left', source_authorization_id: id, segment_id: 'left' });
    const listId = await transaction(db, (tx) => createSuppressionList(tx, list, aiko, new Date()));
    await expect(
      authorizations.change(id, revision, { configuration: connection('another') }, aiko, 'editor'),
    ).rejects.toMatchObject({
      code: 'not_permitted',
      message: expect.stringContaining(`"${list.name}"`) as string,
    });
    const named = await authorizations.change(id, revision, { description: 'Ours' }, aiko, 'editor');
    await authorizations.change(id, named.revision, { configuration: connection('another') }, aiko, 'administrator');
    const version = async () => (await getSuppressionList(db, listId)).source_version;
    expect(await version()).toBe(2);
    const { items } = await auditLog.list({ limit: 1, subject_id: id });
    expect(items[0]?.detail).toMatchObject({ changed: ['configuration'], suppression_lists: [list.name] });

    // A list without an authorization reads other files than before, perhaps.
    const file = await add();
    const fileVersion = async () => (await getSuppressionList(db, file.id)).source_version;
    const { files } = await service.settings.read();
    await service.settings.write('files', files, aiko);
    expect(await fileVersion()).toBe(1);
    await service.settings.write('files', { ...files, roots: [...files.roots, '/srv'] }, aiko);
    expect([await fileVersion(), await version()]).toEqual([2, 2]);
    await remove(file.id);
    await remove(listId);
    await service.settings.write('files', files, aiko);
    await authorizations.delete(id, aiko);
  });

  test('keep the uploaded file that they read', async () => {
    const bench = current();
    const { uploads, suppressionLists } = bench.service;
    const give = (policy: 'keep' | 'delete_after_run') =>
      uploads.create(
        { name: 'out.csv', policy },
        { bytes: Readable.from([Buffer.from('mail\na@example.com\n')]), length: null },
        aiko,
        signal(),
      );
    const passing = await give('delete_after_run');
    expect(await problems(suppressionLists.create(aList({ segment_id: passing.segment_id }), aiko))).toEqual([
      'segment_id',
    ]);
    const kept = await give('keep');
    const list = await add({ segment_id: kept.segment_id });
    const inUse = { code: 'upload_in_use', message: expect.stringContaining(`"${list.name}"`) };
    await expect(uploads.delete(kept.id, aiko)).rejects.toMatchObject(inUse);
    await expect(uploads.change(kept.id, 'delete_after_run', aiko)).rejects.toMatchObject(inUse);
    const far = new Date(Date.now() + 1e9);
    const unneeded = () => unneededUploads(bench.database.database.db, { unusedSince: far, restingSince: far });
    expect(await unneeded()).not.toContain(kept.id);
    await remove(list.id);
    expect(await unneeded()).toContain(kept.id);
    await uploads.delete(kept.id, aiko);
  });

  test('change what a job sends: a run of the choice before does not continue', async () => {
    const withLists = (suppression_lists: string[]) => aNewJob('aut_1', { suppression_lists }).configuration;
    expect(sendsTheSame(withLists(['sup_1', 'sup_2']), withLists(['sup_2', 'sup_1']))).toBe(true);
    expect(sendsTheSame(withLists(['sup_1']), withLists([]))).toBe(false);
  });
});
