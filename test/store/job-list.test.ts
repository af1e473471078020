/** Lists of jobs: searched by what people know about them, in every order, page by page. */

import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import { type JobListQuery, newJob } from '../../src/contracts/jobs.ts';
import { jobSorts } from '../../src/domain/jobs/lists.ts';
import { initialState } from '../../src/jobs/states.ts';
import type { Tx } from '../../src/store/database/database.ts';
import { listJobs, tagsInUse } from '../../src/store/repositories/job-list.ts';
import { changeJob, createJob, deleteJob } from '../../src/store/repositories/jobs.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { readingsOf } from '../support/plans.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';

/** What texts are put together from: also what has a meaning in a pattern, in JSON or between two texts. */
const PIECES = ['a', 'B', 'ab', '%', '_', '\\', '"', ',', ' ', '[', '\n', '台北', 'É', '\\n', "'", '", "', '0'];

/** A row of numbers from 0 to 1 that is always the same. */
function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

describe.each(databases)('lists of jobs on $kind', (kind) => {
  const current = useDatabase(kind);
  const key = newKey();

  /** Created one after another, with a minute between them. */
  async function make(
    ...wanted: { name: string; tags?: string[]; source?: string; [key: string]: unknown }[]
  ): Promise<StoredJob[]> {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key), `Account ${wanted[0]?.name}`);
    const made: StoredJob[] = [];
    for (const [minute, { name, tags, source, ...configuration }] of wanted.entries()) {
      const job = { ...aNewJob(id, configuration), name, tags, source_authorization_id: source ?? null };
      made.push(await inTransaction((tx) => createJob(tx, job, initialState, aiko, at(minute))));
    }
    return made;
  }
  const inTransaction = <T>(work: (tx: Tx) => Promise<T>) => current.database.db.transaction().execute(work);

  const namesOf = async (query: Partial<JobListQuery>, options = {}) =>
    (await listJobs(current.database.db, { limit: 50, ...query }, options)).items.map(({ name }) => name);

  const aRun = (jobId: string, id: string, minute: number, more: Record<string, unknown> = {}) =>
    current.database.db
      .insertInto('runs')
      .values({
        id,
        job_id: jobId,
        job_name: 'A job',
        trigger: 'schedule',
        slot: null,
        status: 'succeeded',
        queued_at: at(minute),
        ended_at: at(minute),
        ...more,
      })
      .execute();

  test('can be searched by name, source, audience, ad account and tags, and by nothing else', async () => {
    const { db } = current.database;
    const { id: source } = await anAuthorization(db, await openBox(db, key), 'Lytics Tokyo');
    const [, , third] = await make(
      { name: 'Gold members', segment_id: 'members.csv', adaccount_id: 'A100' },
      { name: 'Silver', segment_id: 'vip_tokyo', source, audience_name: 'Autumn 100%' },
      { name: 'Bronze', audience_name: null, audience_id: '5343822743475', tags: ['Summer sale'] },
    );
    await aRun(third!.id, 'run_1', 1, { audience_name: 'Sakura' });
    await aRun(third!.id, 'run_2', 2, { status: 'queued', ended_at: null });
    expect(await namesOf({ search: 'GOLD' })).toEqual(['Gold members']);
    expect(await namesOf({ search: 'lytics' })).toEqual(['Silver']);
    expect(await namesOf({ search: 'vip_t' })).toEqual(['Silver']);
    expect(await namesOf({ search: 'a100' })).toEqual(['Gold members']);
    expect(await namesOf({ search: '100%' })).toEqual(['Silver']);
    expect(await namesOf({ search: '43822' })).toEqual(['Bronze']);
    expect(await namesOf({ search: 'sakura' })).toEqual(['Bronze']);
    expect(await namesOf({ search: 'summer' })).toEqual(['Bronze']);
    // The search covers only values of the configuration that people know, not its keys or other values.
    expect(await namesOf({ search: 'Asia/Tokyo' })).toEqual([]);
    expect(await namesOf({ search: 'identifier' })).toEqual([]);
    expect(await namesOf({ search: '_' })).toEqual(['Silver']);
    expect(await namesOf({ ad_account: 'A100' })).toEqual(['Gold members']);
    expect(await namesOf({ ad_account: 'A10' })).toEqual([]);
  });

  test('are found by any text in what people know about them, and by nothing that lies between two texts', async () => {
    const { db } = current.database;
    const random = numbersOf(7);
    const piece = () => PIECES[Math.floor(random() * PIECES.length)]!;
    const text = () => Array.from({ length: 1 + Math.floor(random() * 4) }, piece).join('');
    const maybe = <T>(make: () => T): T | null => (random() < 0.5 ? make() : null);
    const label = 'So"urce, [ΑΣ';
    const { id: source } = await anAuthorization(db, await openBox(db, key), label);
    const like = aNewJob(source);
    const jobs: StoredJob[] = [];
    for (let n = 0; n < 40; n++) {
      const audience_name = maybe(text);
      const siblings = Array.from({ length: Math.floor(random() * 3) }, () => ({
        identifier_type: 'phone' as const,
        id_field: 'tel',
        audience_name: maybe(text),
        audience_id: text(),
      }));
      const job = {
        ...like,
        name: text(),
        tags: Array.from({ length: Math.floor(random() * 3) }, text),
        source_authorization_id: maybe(() => source),
        configuration: {
          ...like.configuration,
          segment_id: text(),
          adaccount_id: text(),
          audience_name,
          audience_id: audience_name === null ? text() : null,
          siblings: siblings as never,
        },
      };
      jobs.push(await inTransaction((tx) => createJob(tx, job, initialState, aiko, at(n))));
    }
    const thenNames = new Map(jobs.flatMap(({ id }) => maybe(() => [[id, text()] as const]) ?? []));
    for (const [id, audience_name] of thenNames) await aRun(id, `run_${id}`, 1, { audience_name });
    const knownOf = ({
      id,
      name,
      tags,
      audienceId,
      siblingAudienceIds,
      sourceAuthorizationId,
      configuration,
    }: StoredJob) => [
      name,
      ...tags,
      audienceId,
      ...siblingAudienceIds,
      sourceAuthorizationId && label,
      configuration.segment_id,
      configuration.adaccount_id,
      configuration.audience_id,
      configuration.audience_name ?? thenNames.get(id),
      ...configuration.siblings.map(({ audience_name }) => audience_name),
    ];
    const searches = [...PIECES, ...Array.from({ length: 60 }, text), '", "', '"]', 'audience_name', '\u0001', '[]'];
    for (const search of searches) {
      const expected = jobs.filter((job) =>
        knownOf(job).some((known) => known?.toLowerCase().includes(search.toLowerCase())),
      );
      const { items, total } = await listJobs(db, { limit: 50, search, sort: 'created', order: 'asc' });
      expect(
        items.map(({ id }) => id),
        JSON.stringify(search),
      ).toEqual(expected.map(({ id }) => id));
      expect(total).toBe(expected.length);
    }
  });

  test('can be searched by the audiences of further identifiers', async () => {
    await make(
      { name: 'Gold', siblings: [{ identifier_type: 'phone', id_field: 'tel', audience_id: '777001' }] },
      { name: 'Silver', siblings: [{ identifier_type: 'phone', id_field: 'tel', audience_name: 'Calls' }] },
      { name: 'Bronze' },
    );
    expect(await namesOf({ search: '77700' })).toEqual(['Gold']);
    expect(await namesOf({ search: 'calls' })).toEqual(['Silver']);
    expect(await namesOf({ search: 'tel' })).toEqual([]);
  });

  test('can be searched by the name of an uploaded file only by users who may know it', async () => {
    await make({ name: 'Gold', segment_id: 'upload:upl_1' });
    await current.database.db
      .insertInto('uploads')
      .values({
        id: 'upl_1',
        name: 'customers of Hana.csv',
        bytes: 1,
        format: 'csv',
        policy: 'keep',
        created_by: 'Aiko Tanaka',
        created_at: at(0),
        deleted_at: at(1),
      })
      .execute();
    expect(await namesOf({ search: 'hana' }, { uploadNames: true })).toEqual(['Gold']);
    expect(await namesOf({ search: 'hana' })).toEqual([]);
  });

  test('have tags, and can be filtered by them', async () => {
    const { db } = current.database;
    const [gold] = await make({ name: 'Gold', tags: ['VIP', '夏'] }, { name: 'Silver', tags: ['VIP'] });
    expect(gold?.tags).toEqual(['VIP', '夏']);
    expect(await tagsInUse(db)).toEqual([
      { tag: 'VIP', jobs: 2 },
      { tag: '夏', jobs: 1 },
    ]);
    expect(await namesOf({ tag: '夏' })).toEqual(['Gold']);
    expect(await namesOf({ tag: 'VI' })).toEqual([]);
    await inTransaction((tx) =>
      changeJob(tx, gold!.id, 1, { tags: ['old'], audience_id: null, sibling_audience_ids: [] }, aiko, at(5)),
    );
    expect(await namesOf({ tag: 'old' })).toEqual(['Gold']);
    await inTransaction((tx) =>
      changeJob(tx, gold!.id, 2, { description: 'x', audience_id: null, sibling_audience_ids: [] }, aiko, at(6)),
    );
    expect(await namesOf({ tag: 'old' })).toEqual(['Gold']);
  });

  test('accept at most ten tags of thirty characters, without commas, each once', () => {
    const given = (tags: unknown) =>
      newJob.safeParse({ ...aNewJob('aut_1'), tags }).error?.issues.map(({ message }) => message);
    expect(given(Array.from({ length: 10 }, (_, n) => `tag ${n}`))).toBeUndefined();
    expect(given(Array.from({ length: 11 }, (_, n) => `tag ${n}`))).toHaveLength(1);
    expect(given(['x'.repeat(31)])).toHaveLength(1);
    expect(given(['a,b'])).toEqual(['A tag must not contain a comma.']);
    expect(given(['a\nb'])).toHaveLength(1);
    expect(given([' '])).toEqual(['Enter a tag.']);
    expect(given(['Summer', 'summer '])).toEqual(['The same tag is in the list twice.']);
  });

  test('can be in every order, with jobs without a value last', async () => {
    const [b, a, c] = await make({ name: 'beta' }, { name: 'Alpha' }, { name: 'gamma' });
    await aRun(b!.id, 'run_1', 10, { uploaded: 500 });
    await aRun(b!.id, 'run_2', 30, { status: 'failed', uploaded: 9_000 });
    await aRun(a!.id, 'run_3', 20, { uploaded: 9_000_000_000 });
    await current.database.db
      .updateTable('jobs')
      .set({ status: 'sleeping', sleep_until: at(99) })
      .where('id', '=', c!.id)
      .execute();
    const sorted = (sort: JobListQuery['sort'], order?: JobListQuery['order']) => namesOf({ sort, order });
    expect(await sorted(undefined)).toEqual(['gamma', 'Alpha', 'beta']);
    expect(await sorted('created', 'asc')).toEqual(['beta', 'Alpha', 'gamma']);
    expect(await sorted('name')).toEqual(['Alpha', 'beta', 'gamma']);
    expect(await sorted('name', 'desc')).toEqual(['gamma', 'beta', 'Alpha']);
    expect((await sorted('next_run'))[0]).toBe('gamma');
    expect((await sorted('next_run', 'desc'))[0]).toBe('gamma');
    expect(await sorted('last_run')).toEqual(['beta', 'Alpha', 'gamma']);
    expect(await sorted('last_run', 'asc')).toEqual(['Alpha', 'beta', 'gamma']);
    expect(await sorted('size')).toEqual(['Alpha', 'beta', 'gamma']);
    expect(await sorted('size', 'asc')).toEqual(['beta', 'Alpha', 'gamma']);
  });

  test('have each job once in their pages in every order, and give the position of a page', async () => {
    const { db } = current.database;
    const made = await make(...Array.from({ length: 7 }, (_, n) => ({ name: `Job ${n % 3}` })));
    for (const [n, { id }] of made.entries()) if (n % 2) await aRun(id, `run_${n}`, n, { uploaded: n % 4 });
    for (const sort of jobSorts) {
      for (const order of ['asc', 'desc'] as const) {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await listJobs(db, { limit: 2, sort, order, cursor });
          expect(page, `${sort} ${order}`).toMatchObject({ total: 7, before: seen.length });
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.next ?? undefined;
        } while (cursor);
        expect(new Set(seen).size, `${sort} ${order}`).toBe(7);
        expect(seen, `${sort} ${order}`).toHaveLength(7);
      }
    }
  });

  test('do not shift when a job of an earlier page is deleted meanwhile', async () => {
    const { db } = current.database;
    const [first] = await make({ name: 'A' }, { name: 'B' }, { name: 'C' });
    const page = await listJobs(db, { limit: 2, sort: 'name' });
    await inTransaction((tx) => deleteJob(tx, first!.id));
    expect(await listJobs(db, { limit: 2, sort: 'name', cursor: page.next! })).toMatchObject({
      items: [{ name: 'C' }],
      total: 2,
      before: 1,
    });
  });

  test('refuse a cursor of another order, or an invented one', async () => {
    const { db } = current.database;
    await make({ name: 'A' }, { name: 'B' });
    const { next } = await listJobs(db, { limit: 1, sort: 'name' });
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const [sort, cursor] of [
      ['size', next!],
      ['name', made(['name', 'asc', 'a\0', 'job_1'])],
      ['name', made(['name', 'asc', 'a', "';"])],
      ['size', made(['size', 'desc', 1e30, 'job_1'])],
      ['size', made({ 0: 'size' })],
      ['size', 'x'],
    ] as const) {
      await expect(listJobs(db, { limit: 1, sort, cursor })).rejects.toMatchObject({
        code: 'invalid_argument',
      });
    }
  });

  test('read each job and its newest run once, with 1,000 jobs of 3,000 runs, in every order and search', async () => {
    const { db } = current.database;
    const [job] = await make({ name: 'One of many' });
    await sql`
      insert into lineup.jobs (id, type, name, authorization_id, configuration, status, condition, tags,
        created_by, created_at, updated_by, updated_at)
      select 'job_' || n, type, 'Job ' || n, authorization_id, configuration, 'paused', 'paused', '["many"]',
        created_by, created_at + n * interval '1 minute', updated_by, updated_at
      from lineup.jobs, generate_series(1, 999) as n where id = ${job!.id}`.execute(db);
    await sql`
      insert into lineup.runs (id, job_id, job_name, trigger, status, queued_at, ended_at, uploaded, audience_name)
      select 'run_' || n || '_' || r, 'job_' || n, 'Job', 'schedule',
        case r when 3 then 'failed' else 'succeeded' end, ${at(0)}::timestamptz + r * interval '1 hour',
        ${at(0)}::timestamptz + r * interval '2 hours', n * r, 'Audience ' || n
      from generate_series(1, 999) as n, generate_series(1, 3) as r`.execute(db);
    await sql`analyze`.execute(db);
    const queries: Partial<JobListQuery>[] = [
      ...jobSorts.map((sort) => ({ sort })),
      { search: 'job 9' },
      { search: 'nothing has this' },
      { tag: 'many', sort: 'size', order: 'asc' },
    ];
    for (const query of queries) {
      let pages = 1;
      const read = await readingsOf(db, async (seen) => {
        const { next } = await listJobs(seen, { limit: 50, ...query });
        if (!next) return;
        pages += 1;
        await listJobs(seen, { limit: 50, ...query, cursor: next });
      });
      // Its part that finds the jobs is counted alone, too.
      expect(read.filter(({ sql: statement }) => statement.trim().startsWith('with found'))).toHaveLength(pages);
      for (const { sql: statement, scans } of read) {
        for (const { table, index, rows } of scans) {
          const shown = JSON.stringify({ query, statement, scans });
          expect(rows, shown).toBeLessThanOrEqual(1_000);
          // An index finds the newest run of each job.
          if (table === 'runs') expect(index, shown).toBeDefined();
        }
      }
    }
    expect(await listJobs(db, { limit: 50, tag: 'many' })).toMatchObject({ total: 999, before: 0 });
  });
});
