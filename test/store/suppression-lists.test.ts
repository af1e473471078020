/** Suppression lists in the database: which ones apply to a job, and what their reads leave behind. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type NewSuppressionList, newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { foldRun } from '../../src/domain/runs/run-state.ts';
import { initialState } from '../../src/jobs/states.ts';
import type { Db } from '../../src/store/database/database.ts';
import { deleteAuthorization } from '../../src/store/repositories/authorizations.ts';
import { createJob, deleteJob, saveStates, wakeWaitingJobs } from '../../src/store/repositories/jobs.ts';
import {
  choosersOf,
  jobCounts,
  jobsExporting,
  jobsOfList,
  longestStay,
  usesOfList,
} from '../../src/store/repositories/jobs-of-lists.ts';
import { addRunEvent } from '../../src/store/repositories/run-events.ts';
import { queueRuns } from '../../src/store/repositories/runs.ts';
import {
  changeSuppressionList,
  createSuppressionList,
  deleteSuppressionList,
  getSuppressionList,
  listSuppressionLists,
  listsForJob,
  recordReads,
} from '../../src/store/repositories/suppression-lists.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { staged, started } from '../support/runs.ts';
import { aiko, aNewJob, anAuthorization, at, openBox } from '../support/service.ts';

const aList = (change: Partial<NewSuppressionList> = {}): NewSuppressionList =>
  newSuppressionList.parse({
    name: 'Opted out',
    segment_id: 'out.csv',
    fields: { email: 'mail' },
    ...change,
  });

describe.each(databases)('suppression lists on $kind', (kind) => {
  const current = useDatabase(kind);
  const inTx = <T>(work: (tx: Parameters<Parameters<ReturnType<Db['transaction']>['execute']>[0]>[0]) => Promise<T>) =>
    current.database.db.transaction().execute(work);
  const add = (change: Partial<NewSuppressionList> = {}) =>
    inTx((tx) => createSuppressionList(tx, aList(change), aiko, at(0)));
  const authorize = async (...labels: string[]) => {
    const box = await openBox(current.database.db);
    const made = labels.map(async (label) => (await anAuthorization(current.database.db, box, label)).id);
    return Promise.all(made);
  };
  const addJob = async (authorizationId: string, configuration: Record<string, unknown> = {}, name = 'VIP') =>
    (await inTx((tx) => createJob(tx, { ...aNewJob(authorizationId, configuration), name }, initialState, aiko, at(0))))
      .id;
  const sizes = async (id: string) =>
    (await getSuppressionList(current.database.db, id)).reads.map(({ identifier_type, size }) => [
      identifier_type,
      size,
    ]);

  test('are stored whole, and a name is taken once', async () => {
    const { db } = current.database;
    const id = await add({
      file_options: { encoding: 'shift_jis' },
      fields: { email: 'mail', phone: 'tel' },
    });
    await add({ name: 'Complaints' });
    expect((await listSuppressionLists(db)).map(({ name }) => name)).toEqual(['Complaints', 'Opted out']);
    expect(await getSuppressionList(db, id)).toEqual({
      id: expect.stringMatching(/^sup_/),
      name: 'Opted out',
      description: '',
      source_authorization_id: null,
      segment_id: 'out.csv',
      file_options: { encoding: 'shift_jis' },
      fields: { email: 'mail', phone: 'tel' },
      applies_to: 'all_jobs',
      max_shrink: 0.5,
      reads: [],
      refusals: [],
      revision: 1,
      source_version: 1,
      created_by: 'Aiko Tanaka',
      created_at: at(0).toISOString(),
      updated_by: 'Aiko Tanaka',
      updated_at: at(0).toISOString(),
    });
    await expect(add()).rejects.toMatchObject({ fields: [{ path: 'name' }] });
    await expect(
      inTx((tx) => changeSuppressionList(tx, id, 1, aList({ name: 'Complaints' }), aiko, at(1))),
    ).rejects.toMatchObject({ fields: [{ path: 'name' }] });
    await inTx((tx) => changeSuppressionList(tx, id, 1, aList({ max_shrink: 0.1 }), aiko, at(1)));
    const changed = await getSuppressionList(db, id);
    expect(changed).toMatchObject({ max_shrink: 0.1, revision: 2, fields: { email: 'mail' } });
    expect(changed).not.toHaveProperty('file_options');
    await expect(inTx((tx) => changeSuppressionList(tx, id, 1, aList(), aiko, at(2)))).rejects.toMatchObject({
      code: 'changed_meanwhile',
    });
    await inTx((tx) => deleteSuppressionList(tx, id));
    await expect(getSuppressionList(db, id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('apply to a job always in the same order: those for all jobs, and those it chooses', async () => {
    const { db } = current.database;
    const chosen = await add({ name: 'B', applies_to: 'chosen_jobs', fields: { phone: 'tel' } });
    await add({ name: 'Not chosen', applies_to: 'chosen_jobs' });
    await add({ name: 'C', max_shrink: 0.2 });
    await add({ name: 'A', file_options: { header: 'no' } });
    const found = await listsForJob(db, [chosen]);
    expect(found.map(({ id: _, sourceVersion: __, ...list }) => list)).toEqual([
      {
        name: 'A',
        source: { authorizationId: null, audienceId: 'out.csv', options: { header: 'no' } },
        fields: { email: 'mail' },
        maxShrink: 0.5,
        sizes: new Map(),
        refusals: [],
      },
      {
        name: 'B',
        source: expect.anything(),
        fields: { phone: 'tel' },
        maxShrink: 0.5,
        sizes: new Map(),
        refusals: [],
      },
      {
        name: 'C',
        source: expect.anything(),
        fields: { email: 'mail' },
        maxShrink: 0.2,
        sizes: new Map(),
        refusals: [],
      },
    ]);
    // A list that is gone would keep nobody out, so the run must not go on without it.
    await expect(listsForJob(db, ['sup_gone'])).rejects.toMatchObject({
      code: 'suppression_list_missing',
      retryable: false,
    });
  });

  test('keep their sizes by identifier type, and what they kept out of the last run of each job', async () => {
    const { db } = current.database;
    const [authorization = ''] = await authorize('LINE');
    const [list, other] = [await add({ fields: { email: 'mail', phone: 'tel' } }), await add({ name: 'Other' })];
    const job = await addJob(authorization);
    const record = (runId: string, minutes: number, ...lists: [id: string, size: number, keptOut: number][]) =>
      inTx((tx) =>
        recordReads(tx, {
          jobId: job,
          runId,
          at: at(minutes),
          lists: lists.map(([id, size, keptOut]) => ({
            id,
            sourceVersion: 1,
            identifierType: 'email',
            size,
            keptOut,
          })),
        }),
      );
    await record('run_1', 1, [list, 10, 3], [other, 7, 0], ['sup_gone', 5, 5]);
    expect(await sizes(list)).toEqual([['email', 10]]);
    const [read] = (await listsForJob(db, [])).filter(({ id }) => id === list);
    expect(read?.sizes).toEqual(new Map([['email', 10]]));

    // The next run of the job reads only one of them.
    await record('run_2', 2, [list, 12, 4]);
    expect(await jobsOfList(db, await getSuppressionList(db, list), 9, at(1))).toEqual([
      {
        id: job,
        name: 'VIP',
        identifier_type: 'email',
        identifier_types: ['email'],
        is_chosen: false,
        member_days: null,
        has_field: true,
        kept_out: 4,
        run_id: 'run_2',
        at: at(2).toISOString(),
      },
    ]);
    expect(await jobsOfList(db, await getSuppressionList(db, other), 9, at(1))).toMatchObject([{ kept_out: null }]);

    // A run that read it earlier and ends later does not bring its old size back.
    await record('run_0', 1, [list, 1, 0]);
    expect(await sizes(list)).toEqual([['email', 12]]);
    await record('run_3', 3, [list, 2, 1]);
    expect(await sizes(list)).toEqual([['email', 2]]);
    // A field that the list no longer has has no size.
    await inTx((tx) => changeSuppressionList(tx, list, 1, aList({ fields: { phone: 'tel' } }), aiko, at(4)));
    expect(await sizes(list)).toEqual([]);
    await record('run_4', 5, [list, 2, 1]);
    expect(await sizes(list)).toEqual([]);

    // A job or a list that was deleted meanwhile leaves nothing.
    await inTx((tx) => deleteJob(tx, job));
    await record('run_5', 6, [other, 9, 9]);
    expect(await sizes(other)).toEqual([['email', 9]]);
    await inTx((tx) => deleteSuppressionList(tx, list));
    expect(await db.selectFrom('suppression_results').selectAll().execute()).toEqual([]);
  });

  test('keep what runs with several identifiers read of them', async () => {
    const { db } = current.database;
    const [authorization = ''] = await authorize('LINE');
    const list = await add({ fields: { email: 'mail', phone: 'tel' } });
    const siblings = [
      { identifier_type: 'phone', id_field: 'mobile', audience_name: 'Mobile' },
      { identifier_type: 'phone', id_field: 'home', audience_name: 'Home' },
    ];
    const job = await addJob(authorization, { siblings });
    const suppression = (size: number, suppressed: number) => ({
      suppression: [{ id: list, name: 'Unsubscribed', size, suppressed }],
    });
    const scan = staged(at(2).toISOString(), 9);
    const { type: _, at: __, ...others } = scan;
    const phone = (field: string) => ({
      field,
      ...{ identifierType: 'phone' as const, ifaFormat: 'sha256' as const, defaultCountry: null },
      ...{ audienceId: null, audienceName: field },
    });
    const begin = started('run_1', at(1).toISOString(), { siblings: [phone('mobile'), phone('home')] });
    const event = {
      ...scan,
      ...suppression(10, 1),
      siblings: [
        { ...others, ...suppression(7, 2) },
        { ...others, ...suppression(7, 3) },
      ],
    };
    await inTx(async (tx) => {
      const run = { id: 'run_1', jobId: job, jobName: 'VIP', trigger: 'manual', slot: null } as const;
      await queueRuns(tx, [[{ ...run, approval: null }, at(0)]]);
      await addRunEvent(tx, 'run_1', 1, begin, foldRun([begin]));
      await addRunEvent(tx, 'run_1', 2, event, foldRun([begin, event]));
    });
    expect((await sizes(list)).sort()).toEqual([
      ['email', 10],
      ['phone', 7],
    ]);
    const results = await db
      .selectFrom('suppression_results')
      .select(['identifier_type', 'kept_out'])
      .orderBy('identifier_type')
      .execute();
    expect(results.map(({ identifier_type, kept_out }) => [identifier_type, Number(kept_out)])).toEqual([
      ['email', 1],
      ['phone', 5],
    ]);
    expect(await jobsOfList(db, await getSuppressionList(db, list), 9, at(1))).toMatchObject([
      { id: job, identifier_type: 'email', has_field: true, kept_out: 6, run_id: 'run_1' },
    ]);
    const byPhone = await add({ name: 'By phone', fields: { phone: 'tel' } });
    expect(await jobsOfList(db, await getSuppressionList(db, byPhone), 9, at(1))).toMatchObject([
      { id: job, has_field: true, kept_out: null },
    ]);
    const source = { authorizationId: null, audienceId: 'vip' };
    expect((await jobsExporting(db, source)).map(({ type, field }) => [type, field])).toEqual([
      ['email', 'email'],
      ['phone', 'mobile'],
      ['phone', 'home'],
    ]);
  });

  test('know the jobs that use them, without terminated ones', async () => {
    const { db } = current.database;
    const [authorization = ''] = await authorize('LINE');
    const all = await add();
    const chosen = await add({ name: 'Chosen', applies_to: 'chosen_jobs', fields: { phone: 'tel' } });
    await addJob(authorization, {}, 'A');
    await addJob(authorization, { suppression_lists: [chosen], segment_id: 'x', id_field: 'm' }, 'B');
    const killed = await addJob(authorization, { suppression_lists: [chosen], segment_id: 'x' }, 'C');
    await inTx((tx) => saveStates(tx, [[killed, { ...initialState, status: 'killed' }]]));
    const lists = await listSuppressionLists(db);
    expect([...(await jobCounts(db, lists))].sort()).toEqual(
      [
        [all, 2],
        [chosen, 1],
      ].sort(),
    );
    const names = async (id: string) =>
      (await jobsOfList(db, await getSuppressionList(db, id), 9, at(1))).map(({ name, has_field }) => [
        name,
        has_field,
      ]);
    expect(await names(all)).toEqual([
      ['A', true],
      ['B', true],
    ]);
    expect(await names(chosen)).toEqual([['B', false]]);
    const read = { sourceVersion: 1, identifierType: 'email', size: 9, keptOut: 4 } as const;
    const [a] = await jobsOfList(db, await getSuppressionList(db, all), 1, at(1));
    await inTx((tx) => recordReads(tx, { jobId: a!.id, runId: 'run_1', at: at(1), lists: [{ id: all, ...read }] }));
    await addJob(authorization, {}, '0');
    const use = { is_chosen: false, identifier_types: ['email'], jobs: 2, jobs_with_result: 1, kept_out: 4 };
    // Those that choose it come first, and all are counted.
    await addJob(authorization, { suppression_lists: [all] }, 'Z');
    expect(await usesOfList(db, await getSuppressionList(db, all))).toEqual([
      { ...use, is_chosen: true, jobs: 1, jobs_with_result: 0, kept_out: 0 },
      { ...use, jobs: 3 },
    ]);
    expect(await longestStay(db, await getSuppressionList(db, all), at(1))).toBeNull();
    for (const [name, member_days] of [
      ['A', 30],
      ['Z', 20],
    ] as const) {
      await addJob(authorization, { member_days }, name);
    }
    expect(await longestStay(db, await getSuppressionList(db, all), at(1))).toBe(30);
    const named = (await jobsOfList(db, await getSuppressionList(db, all), 9, at(1))).filter(
      ({ name }) => name === 'A',
    );
    expect(named.map(({ member_days }) => member_days).sort()).toEqual([30, null]);
    await db.deleteFrom('jobs').where(sql<boolean>`configuration ? 'member_days'`).execute();
    const first = await jobsOfList(db, await getSuppressionList(db, all), 2, at(1));
    expect(first.map(({ name }) => name)).toEqual(['Z', '0']);
    expect((await choosersOf(db, chosen)).map(({ name }) => name)).toEqual(['B']);
    expect(await jobsExporting(db, { authorizationId: null, audienceId: 'x' })).toEqual([
      { name: 'B', type: 'email', field: 'm', chosen: [chosen] },
    ]);
  });

  test('hold the authorization of their source, and wake jobs that wait for it', async () => {
    const { db } = current.database;
    const [line = '', source = ''] = await authorize('LINE', 'Opt-outs');
    const id = await add({ source_authorization_id: source, applies_to: 'chosen_jobs' });
    await expect(inTx((tx) => deleteAuthorization(tx, source))).rejects.toMatchObject({
      code: 'authorization_in_use',
      message: expect.stringContaining('"Opted out"'),
    });
    const waits = { ...initialState, status: 'sleeping' as const, sleepUntil: at(60) };
    const error = { code: 'source_unauthorized', message: 'Refused', reason: null };
    const errors = { count: 1, since: at(0) };
    const jobs = [await addJob(line, {}, 'A'), await addJob(line, { suppression_lists: [id] }, 'B')];
    for (const job of jobs) await inTx((tx) => saveStates(tx, [[job, { ...waits, error, errors }]]));
    await wakeWaitingJobs(db, source, at(1));
    const rows = await db.selectFrom('jobs').select(['name', 'sleep_until']).orderBy('name').execute();
    expect(rows).toEqual([
      { name: 'A', sleep_until: at(60) },
      { name: 'B', sleep_until: at(1) },
    ]);
    await inTx((tx) => deleteSuppressionList(tx, id));
    await inTx((tx) => deleteAuthorization(tx, source));
  });
});
