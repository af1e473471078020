/** A person who asks to be forgotten is in no later run, and nothing says who it is. */
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { MAX_ERASED } from '../../packages/identifiers/src/kernel/instance.ts';
import type { People } from '../../src/contracts/erasures.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { previewRequest } from '../../src/contracts/sources.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { approve } from '../support/approvals.ts';
import { held, members, sha256 } from '../support/cli.ts';
import { aiko, aikoAs, openBox } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';
import { traces } from '../support/traces.ts';

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;
const ONCE = { continuous_update: false, run_frequency: null, time_of_day: null, timezone: null };
const atLine = ({ simulator }: ServiceBench, { audience_id }: JobView) => held(simulator, audience_id!);
const without = (hashes: readonly string[], ...people: string[]) =>
  hashes.filter((hash) => !people.map(sha256).includes(hash));

const signal = () => AbortSignal.timeout(30_000);
const emails = (...values: string[]): People => ({ identifier_type: 'email', values });
const column = (values: readonly string[]) => `member\n${values.map((value) => `${value}\n`).join('')}`;

async function madeJob(bench: ServiceBench, content: string, change: object = {}): Promise<JobView> {
  const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', content), ...ONCE, ...change });
  return bench.waitForJob(id, atRest);
}

const HOUR = 3_600_000;
/** LINE finishes what it works on, and what comes later at once. */
const finish = ({ simulator }: ServiceBench) => {
  simulator.configure({ jobMs: 60 });
  simulator.advance(HOUR);
};

const afterRun = (bench: ServiceBench, { id, last_run }: JobView) =>
  bench.waitForJob(id, (job) => atRest(job) && job.last_run?.id !== last_run?.id);

describe('a person who is to be forgotten', () => {
  test('leaves the audience at LINE at once, and nothing in clear or as a plain hash', async () => {
    const bench = await serviceBench();
    const { csv, hashes } = members(20);
    const job = await madeJob(bench, csv);
    expect(atLine(bench, job)).toEqual(hashes);
    const person = 'member7@example.com';

    const result = await bench.service.erasures.forget(emails(` Member7@Example.com `), aiko, signal());
    expect(result).toMatchObject({
      added: 1,
      already_listed: 0,
      staged: [],
      audiences: [{ ad_account_id: 'A1', audience_id: job.audience_id, audience_name: 'VIP', job_id: job.id }],
      jobs: [{ id: job.id, outcome: 'started', error: null }],
    });
    const done = await afterRun(bench, job);
    expect(done).toMatchObject({ error: null, last_run: { status: 'succeeded', unique: 19, suppressed: 1 } });
    expect(atLine(bench, done)).toEqual(without(hashes, person));

    // The member's data is nowhere but in the source.
    expect(await traces(bench, [person, 'Member7@Example.com', sha256(person)])).toEqual([]);
    const [entry] = (await bench.service.auditLog.list({ limit: 9, subject_type: 'erasure' })).items;
    expect(entry).toMatchObject({
      action: 'erasure.add',
      subject_id: 'email',
      actor: aiko.name,
      detail: { people: 1, added: 1, staged_runs: 0 },
    });
    expect(await bench.service.erasures.list()).toMatchObject([{ identifier_type: 'email', people: 1 }]);

    // Once more, with somebody new; and a preview says nothing of the list.
    const again = await bench.service.erasures.forget(emails(person, 'nobody@example.com'), aiko, signal());
    expect(again).toMatchObject({ added: 1, already_listed: 1 });
    const alone = bench.write('alone.csv', `email\n${person}\n`);
    const preview = await bench.service.sources.preview(
      aikoAs('editor'),
      previewRequest.parse({
        segment_id: alone,
        id_field: 'email',
        identifier_type: 'email',
      }),
      AbortSignal.timeout(15_000),
    );
    expect(preview).toMatchObject({ counts: { unique: 1 } });
    expect(preview).not.toHaveProperty('counts.suppressed');

    // Consent is given again.
    const last = await afterRun(bench, done);
    expect(await bench.service.erasures.undo(emails(person, 'other@example.com'), aiko)).toEqual({
      removed: 1,
      not_listed: 1,
    });
    await bench.service.jobs.act(job.id, 'run_now', aiko);
    expect(atLine(bench, await afterRun(bench, last))).toEqual(hashes);
    expect(bench.errors).toEqual([]);
  });

  const id = (n: number) => `aebe52e7-03ee-455a-b3c4-e57283966d0${n}`;
  const phone = (n: number) => `090-1234-567${n}`;
  test.each([
    ['raw advertising IDs', 'ifa', { ifa_format: 'raw' }, [0, 1, 2].map((n) => id(n).toUpperCase()), id(1), null],
    [
      'hashes of advertising IDs in upper case',
      'ifa',
      {},
      [0, 1, 2].map((n) => sha256(id(n).toUpperCase())),
      id(1),
      null,
    ],
    [
      'hashes in upper case',
      'email',
      {},
      [0, 1, 2].map((n) => sha256(`${n}@x.jp`).toUpperCase()),
      sha256('1@x.jp'),
      null,
    ],
    ['phone numbers of a country', 'phone', { default_country: 'JP' }, [0, 1, 2].map(phone), '+81 90 1234 5671', null],
    ['phone numbers without a country', 'phone', {}, [0, 1, 2].map(phone), '+819012345671', null],
    ['phone numbers without their first 0', 'phone', {}, [0, 1, 2].map((n) => phone(n).slice(1)), phone(1), 'JP'],
  ])('is found among %s', async (_, type, how, values, person, country) => {
    const bench = await serviceBench();
    const audience = { id_field: 'member', identifier_type: type, ...how };
    const job = await madeJob(bench, column(values), audience);
    expect(atLine(bench, job)).toHaveLength(3);
    const people = {
      identifier_type: type as People['identifier_type'],
      values: [person],
      default_country: country,
    };
    await bench.service.erasures.forget(people, aiko, signal());
    const done = await afterRun(bench, job);
    expect(done.last_run).toMatchObject({ status: 'succeeded', unique: 2 });
    // Other types of identifiers have another list.
    expect(await bench.service.erasures.list()).toHaveLength(1);
  });

  const phones = (value: string, country?: string | null): People => ({
    identifier_type: 'phone',
    values: [value],
    ...(country !== undefined && { default_country: country }),
  });
  test.each([
    ['of the job', false, undefined],
    ['of the job, which is another one than that of the request', false, 'TH'],
    ['of a further audience', true, undefined],
  ])('without a country code is found by the country %s', async (_, sibling, country) => {
    const bench = await serviceBench();
    const tel = { identifier_type: 'phone', id_field: 'tel', default_country: 'TW' };
    const rows = [5, 6, 7].map((n) => `m${n}@example.com,091234567${n}\n`);
    const how = sibling
      ? { id_field: 'email', identifier_type: 'email', siblings: [{ ...tel, audience_name: 'Phones' }] }
      : tel;
    const job = await madeJob(bench, `email,tel\n${rows.join('')}`, how);
    const phonesAtLine = ({ audience_id, sibling_audience_ids: [other] }: JobView) =>
      held(bench.simulator, (sibling ? other : audience_id)!);
    expect(phonesAtLine(job)).toContain(sha256('886912345676'));
    const { added } = await bench.service.erasures.forget(phones('0912-345-676', country), aiko, signal());
    expect(added).toBe(1);
    const done = await afterRun(bench, job);
    expect(phonesAtLine(done)).toEqual(['886912345675', '886912345677'].map(sha256).sort());
  });

  test('is refused by a phone number of an unknown country', async () => {
    const { service } = await serviceBench({ role: 'api' });
    const wrong = { code: 'invalid_argument', fields: [{ path: 'values.0' }] };
    for (const country of [undefined, null])
      await expect(service.erasures.forget(phones('090-1234-5678', country), aiko, signal())).rejects.toMatchObject(
        wrong,
      );
    await expect(service.erasures.undo(phones('090-1234-5678'), aiko)).rejects.toMatchObject(wrong);
    expect(await service.erasures.list()).toEqual([]);
    for (const [value, country] of [
      ['+81 90-1234-5678', undefined],
      ['819012345678', null],
      ['090-1234-5678', 'JP'],
    ] as const) {
      await service.erasures.forget(phones(value, country), aiko, signal());
      expect(await service.erasures.list()).toMatchObject([{ people: 1 }]);
    }
  });

  test('is told when the list is full, and those who are on it do not count again', async () => {
    const bench = await serviceBench({ role: 'api' });
    const forget = (value: string) => bench.service.erasures.forget(emails(value), aiko, signal());
    await forget('a@example.com');
    await sql`
      insert into lineup.erasures (identifier_type, keyed_hash, person_id, at)
      select 'email', md5(n::text) || md5(n::text), n, now() from generate_series(2, ${MAX_ERASED}::int) as n`.execute(
      bench.database.database.db,
    );
    expect(await forget('a@example.com')).toMatchObject({ added: 0, already_listed: 1 });
    await expect(forget('b@example.com')).rejects.toMatchObject({ code: 'action_not_allowed' });
  });

  test('stays on the list when somebody with the same digits in another country is taken off', async () => {
    const { service } = await serviceBench({ role: 'api' });
    for (const number of ['+66912345678', '+886912345678'])
      expect(await service.erasures.forget(phones(number), aiko, signal())).toMatchObject({ added: 1 });
    expect(await service.erasures.list()).toMatchObject([{ people: 2 }]);
    expect(await service.erasures.undo(phones('0912345678', 'TW'), aiko)).toMatchObject({ removed: 1 });
    expect(await service.erasures.list()).toMatchObject([{ people: 1 }]);
    expect(await service.erasures.forget(phones('+66912345678'), aiko, signal())).toMatchObject({ added: 0 });
  });

  test('is not sent by a run that has staged its chunks before', async () => {
    const bench = await serviceBench({ pace: { chunkRecords: 4 }, simulator: { jobMs: HOUR } });
    const { csv, hashes } = members(10);
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv), ...ONCE });
    // LINE has the first chunk, and works on it.
    const begun = await bench.waitForJob(id, (job) => job.audience_id !== null);
    const result = await bench.service.erasures.forget(emails('member10@example.com'), aiko, signal());
    expect(result.jobs).toMatchObject([{ id, outcome: 'running' }]);
    finish(bench);
    const done = await afterRun(bench, begun);
    expect(atLine(bench, done)).toEqual(without(hashes, 'member10@example.com'));
    const { items } = await bench.service.runs.list({ limit: 9 });
    expect(items.map(({ status, error }) => [status, error?.code ?? null])).toEqual([
      ['succeeded', null],
      ['failed', 'source_changed'],
    ]);
  });

  test('is replaced after a run whose chunks LINE has all, but which has not ended', async () => {
    const bench = await serviceBench({ simulator: { jobMs: HOUR } });
    const { csv, hashes } = members(10);
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv), ...ONCE });
    const begun = await bench.waitForJob(id, (job) => job.audience_id !== null);
    await bench.service.erasures.forget(emails('member1@example.com'), aiko, signal());
    finish(bench);
    const done = await afterRun(bench, begun);
    expect(atLine(bench, done)).toEqual(without(hashes, 'member1@example.com'));
  });

  test.each(['succeeded', 'failed'])('is replaced after a run that looked at the list before, and %s', async (end) => {
    const bench = await serviceBench({ pace: { chunkRecords: 4 }, simulator: { jobMs: HOUR } });
    if (end === 'failed')
      bench.simulator.addFault({ kind: 'job_failed', failedType: 'INTERNAL_ERROR', nth: 2, count: 1 });
    const { csv } = members(7);
    const { id } = await bench.createJob({ segment_id: bench.write('vip.csv', csv), ...ONCE });
    const begun = await bench.waitForJob(id, (job) => job.audience_id !== null);
    const result = await bench.service.erasures.forget(emails('member1@example.com'), aiko, signal());
    expect(result.jobs).toMatchObject([{ id, outcome: 'running' }]);
    // For the run it is as if it had looked at the list for the last time before: it sees no change.
    await bench.database.database.db.deleteFrom('erasures').execute();
    finish(bench);
    await afterRun(bench, begun);
    const { items } = await bench.service.runs.list({ limit: 9 });
    expect(items.map(({ status }) => status)).toEqual(['succeeded', end]);
    const log = (await bench.service.jobs.transitions(id, { limit: 9 })).items;
    const again = log.find(({ action }) => action === 'run_outdated');
    expect(again).toMatchObject({ reason: expect.stringContaining('a new run started') as string });
  });

  test('is not in what waits for an approval: it is staged again', async () => {
    const bench = await serviceBench();
    const job = await madeJob(bench, members(200).csv);
    bench.write('vip.csv', members(90).csv);
    await bench.service.jobs.act(job.id, 'run_now', aiko);
    const stopped = await afterRun(bench, job);
    expect(stopped.condition).toBe('needs_approval');
    const result = await bench.service.erasures.forget(emails('member5@example.com'), aiko, signal());
    expect(result.staged).toEqual([{ run_id: stopped.last_run!.id, job_name: 'VIP customers' }]);
    expect(result.jobs).toHaveLength(1);
    await until(() => bench.service.jobs.get(job.id), atRest);
    const open = await bench.service.jobs.get(job.id);
    if (open.condition === 'needs_approval') await approve(bench.service, job.id);
    const done = await bench.waitForJob(
      job.id,
      (candidate) => atRest(candidate) && candidate.last_run?.status === 'succeeded',
    );
    expect(atLine(bench, done)).toEqual(without(members(90).hashes, 'member5@example.com'));
  });

  test('is looked for in uploaded files, in the fields that jobs export', async () => {
    const bench = await serviceBench();
    const { csv } = members(10);
    const upload = (name: string, content: string) =>
      bench.service.uploads.create(
        { name, policy: 'keep' },
        { bytes: Readable.from([Buffer.from(content)]), length: null },
        aiko,
        signal(),
      );
    const [mine, other, unread] = [
      await upload('vip.csv', csv),
      await upload('others.csv', members(5, 'other').csv),
      await upload('unread.csv', csv),
    ];
    const listed = await upload('out.csv', members(3, 'out').csv);
    const list = { name: 'Out', segment_id: listed!.segment_id, fields: { email: 'email' } };
    await bench.service.suppressionLists.create(newSuppressionList.parse(list), aiko);
    const jobs = [];
    for (const { segment_id, name } of [mine!, other!]) {
      jobs.push(await bench.createJob({ segment_id, ...ONCE, audience_name: name }, name));
    }
    for (const { id } of jobs) await bench.waitForJob(id, atRest);
    const result = await bench.service.erasures.forget(emails('member3@example.com'), aiko, signal());
    expect(result.uploads.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { id: unread!.id, name: 'unread.csv', jobs: [], holds: null },
      { id: mine!.id, name: 'vip.csv', jobs: [{ id: jobs[0]!.id, name: 'vip.csv' }], holds: true },
    ]);
  });

  test('leaves only the audience of this kind of identifier', async () => {
    const bench = await serviceBench();
    const rows = [1, 2, 3].map((n) => `m${n}@example.com,+81901234567${n}`);
    const siblings = [{ identifier_type: 'phone', id_field: 'tel', audience_name: 'VIP phones' }];
    const job = await madeJob(bench, `email,tel\n${rows.join('\n')}\n`, { siblings });
    const phones = { identifier_type: 'phone' as const, values: ['090-1234-5672'], default_country: 'JP' };
    const result = await bench.service.erasures.forget(phones, aiko, signal());
    expect(result.audiences.map(({ audience_name }) => audience_name)).toEqual(['VIP phones']);
    const done = await afterRun(bench, job);
    expect(atLine(bench, done)).toHaveLength(3);
    expect(held(bench.simulator, done.sibling_audience_ids[0]!)).toEqual(
      without(['819012345671', '819012345672', '819012345673'].map(sha256).sort(), '819012345672'),
    );
  });

  test('stops every run when the key of the list cannot be opened', async () => {
    const bench = await serviceBench();
    const job = await madeJob(bench, members(5).csv);
    await bench.service.erasures.forget(emails('member5@example.com'), aiko, signal());
    const done = await afterRun(bench, job);
    const { db } = bench.database.database;
    const other = await openBox(db, bench.key);
    const sealed = other.seal(new Secret('x'), { table: 'settings', row: 'another', column: 'secret' });
    await db.updateTable('settings').set({ secret: sealed }).where('key', '=', 'erasure_key').execute();
    await bench.service.jobs.act(job.id, 'run_now', aiko);
    const refused = await afterRun(bench, done);
    expect(refused.error).toMatchObject({
      code: 'secret_key_wrong',
      message: expect.stringContaining('So nothing was sent, and the list was not changed') as string,
    });
    const undone = bench.service.erasures.undo(emails('member5@example.com'), aiko);
    await expect(undone).rejects.toMatchObject({ code: 'secret_key_wrong' });
    expect(atLine(bench, refused)).toHaveLength(4);
  });

  test('is asked for by what a run would send, and a wrong value is never repeated', async () => {
    const bench = await serviceBench({ role: 'api' });
    const refusal = await bench.service.erasures
      .forget(emails('a@example.com', 'Taro Yamada'), aiko, signal())
      .catch((error: unknown) => error as { fields: { path: string }[]; message: string });
    expect(refusal).toMatchObject({ code: 'invalid_argument', fields: [{ path: 'values.1' }] });
    expect(JSON.stringify(refusal)).not.toMatch(/Taro|Yamada|a@example/);
    expect(await bench.service.erasures.list()).toEqual([]);
  });
});
