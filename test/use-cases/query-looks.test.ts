/** What the author of a query can learn from samples and previews of it: outcomes and counts, and not often. */
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { previewRequest } from '../../src/contracts/sources.ts';
import { QUERY_LOOKS_PER_HOUR } from '../../src/domain/audiences/requests.ts';
import type { Caller } from '../../src/domain/people/people.ts';
import { countQueryLook } from '../../src/use-cases/sources/query-looks.ts';
import { needsPostgres } from '../support/postgres.ts';
import { aiko, aikoAs, aNewJob } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(30_000);
const ADDRESS = 'taro@shop.example';

/** A service with a database of members as a source. */
async function withMembers(role: 'api' | 'all' = 'api') {
  const bench = await serviceBench({ role });
  const { connection } = bench.database.database;
  if (connection.kind !== 'postgres') throw new Error('expected a server');
  const connection_url = connection.url.reveal();
  const client = new pg.Client({ connectionString: connection_url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(`create schema crm; create table crm.members (email text, phone text);
    insert into crm.members values ('${ADDRESS}', '09012345678'), (null, '12'), ('nobody', null),
      (repeat('ab', 32), '+819012345678'), (' ', '')`);
  const { value } = await bench.service.authorizations.create(
    {
      provider: 'postgresql',
      method: 'postgresql_connection_url',
      label: 'CRM',
      description: '',
      configuration: { connection_url },
    },
    aiko,
  );
  const internal_hosts = [new URL(connection_url).searchParams.get('host') ?? ''];
  await bench.service.settings.write('network', { internal_hosts }, aiko);
  return { bench, source_authorization_id: value.id };
}

const codeOf = (error: { code?: string }) => error.code;

/** Looks at a sample of a query. */
const sampler =
  ({ service }: ServiceBench, source_authorization_id: string) =>
  (caller: Caller, segment_id: string, more: object = {}) =>
    service.sources.sample(caller, { source_authorization_id, segment_id, id_field: 'email', ...more }, signal());

describe('of a query', needsPostgres, () => {
  test('a sample shows no character of a value, whatever the query makes of it', async () => {
    const { bench, source_authorization_id } = await withMembers();
    const sample = sampler(bench, source_authorization_id);
    let read = '';
    for (let k = 1; k <= 4; k += 1) {
      const query = `select substr(email, ${k}, 1) || 'zzz' as email from crm.members limit 1`;
      const { items } = await sample(aikoAs('editor'), query);
      expect(items).toEqual([{ row: 1, value: null, outcome: 'present' }]);
      read += items[0]?.value?.[0] ?? '';
    }
    expect(read).toBe('');
  });

  test('a sample shows what the rules make of the values', async () => {
    const { bench, source_authorization_id } = await withMembers();
    const sample = sampler(bench, source_authorization_id);
    const query = 'select email, phone, array[email, phone] as both from crm.members';
    const shown = async (more: object) =>
      (await sample(aikoAs('editor'), query, more)).items.map(({ row, value, ...told }) => told);
    const missing = { outcome: 'missing' };
    const present = { outcome: 'present' };
    expect(await shown({})).toEqual([present, missing, present, present, missing]);
    expect(await shown({ identifier_type: 'email' })).toEqual([
      { outcome: 'valid' },
      missing,
      { outcome: 'invalid', reason: 'not_an_email' },
      { outcome: 'hashed' },
      missing,
    ]);
    const phones = { id_field: 'phone', identifier_type: 'phone' };
    const [first] = await shown({ ...phones, default_country: 'JP' });
    expect(first).toEqual({ outcome: 'valid' });
    // One outcome for each member, however many values a query puts into a list.
    expect(await shown({ id_field: 'both', identifier_type: 'email' })).toEqual([
      { outcome: 'valid' },
      { outcome: 'invalid', reason: 'not_an_email' },
      { outcome: 'invalid', reason: 'not_an_email' },
      { outcome: 'hashed' },
      missing,
    ]);
  });

  test('a preview has counts and no examples; a table has both, without a limit', async () => {
    const { bench, source_authorization_id } = await withMembers();
    const { sources } = bench.service;
    const preview = (segment_id: string) =>
      sources.preview(
        aikoAs('editor'),
        previewRequest.parse({
          source_authorization_id,
          segment_id,
          id_field: 'email',
          identifier_type: 'email',
        }),
        signal(),
      );
    const ofTable = await preview('crm.members');
    expect(ofTable.examples).toEqual({ not_an_email: [{ row: 3, value: 'n***' }] });
    expect(ofTable.sent).toContainEqual({ row: 1, value: 't***@s***.example' });
    expect(await preview('select email from crm.members')).toEqual({ ...ofTable, examples: {}, sent: [] });
    const isQuery = async (segment: string) =>
      (await sources.fields('editor', source_authorization_id, segment, signal())).query;
    expect([await isQuery('crm.members'), await isQuery('select email from crm.members')]).toEqual([false, true]);
    const [{ items: entries }] = [await bench.service.auditLog.list({ limit: 9, verb: 'look' })];
    expect(entries).toMatchObject([
      {
        action: 'authorization.look',
        actor: aiko.name,
        subject_id: source_authorization_id,
        detail: { kind: 'preview', fields: ['email'], looks_in_an_hour: 1 },
      },
    ]);
  });

  test('a run tells no numbers of rows, and no run tells digests from which a member could be found', async () => {
    const { bench, source_authorization_id } = await withMembers('all');
    const { service, authorizationId } = bench;
    const runOf = async (segment_id: string) => {
      const job = aNewJob(authorizationId, { segment_id, audience_name: segment_id.slice(0, 60) });
      const { value } = await service.jobs.create({ ...job, name: segment_id, source_authorization_id }, aiko);
      const { last_run } = await bench.waitForJob(value.id, (candidate) => Boolean(candidate.last_run?.ended_at));
      const id = last_run?.id ?? '';
      const { items } = await service.runs.events(id, { limit: 99 });
      return { report: await service.runs.document(id), journal: JSON.stringify(items) };
    };
    const ofTable = await runOf('crm.members');
    const ofQuery = await runOf('select email from crm.members');
    expect(ofTable.report?.invalidRows).toEqual({ not_an_email: [3] });
    expect(ofQuery.report?.invalidRows).toEqual({});
    expect(ofQuery.report?.counts).toEqual(ofTable.report?.counts);
    for (const { report, journal } of [ofTable, ofQuery]) {
      expect(report?.chunks).toMatchObject([{ records: 2, sha256: '' }]);
      expect(journal).toContain('"sha256":""');
      expect(journal).not.toMatch(/[0-9a-f]{64}/);
    }
  });

  test('a person may look twenty times an hour, with all tokens and over all processes', async () => {
    const { bench, source_authorization_id } = await withMembers();
    const { service, clock } = bench;
    const token = async (maker: typeof aiko) => {
      const input = { name: 'CI', role: 'editor', expires_at: null } as const;
      const { entry } = await service.apiTokens.create(input, maker);
      return { id: entry.id, name: entry.name, role: entry.role };
    };
    const first = await token(aiko);
    const ofToken = await token(first);
    const query = 'select email from crm.members limit 1';
    const callers = [aikoAs('editor'), first, ofToken, aikoAs('administrator'), aikoAs('editor')];
    // At once: none of them overlooks another.
    const deps = { db: bench.database.database.db, now: () => clock.now() };
    const look = { kind: 'sample', fields: ['email'] } as const;
    const outcomes = await Promise.all(
      Array.from({ length: QUERY_LOOKS_PER_HOUR + 5 }, (_, n) =>
        countQueryLook(deps, callers[n % callers.length]!, source_authorization_id, look).then(() => 'shown', codeOf),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'shown')).toHaveLength(QUERY_LOOKS_PER_HOUR);
    expect(outcomes.filter((outcome) => outcome === 'too_many_requests')).toHaveLength(5);
    await bench.restart();
    const later = sampler(bench, source_authorization_id);
    const refused = await later(ofToken, query).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'too_many_requests', retryable: true });
    const request = {
      source_authorization_id,
      segment_id: query,
      id_field: 'email',
      identifier_type: 'email',
    };
    const preview = bench.service.sources.preview(aikoAs('editor'), previewRequest.parse(request), signal());
    await expect(preview).rejects.toMatchObject({ code: 'too_many_requests' });
    // Another person, a table, and an hour later.
    const other = { id: 'user-2', name: 'Ken', role: 'editor' } as const;
    expect((await later(other, query)).items).toHaveLength(1);
    expect((await later(aikoAs('editor'), 'crm.members')).items[0]?.value).toBe('t***@s***.example');
    clock.advance(3_600_000);
    expect((await later(first, query)).items).toHaveLength(1);
  });

  test('of a trigger is executed only for whoever saves the job, and counts when it is not saved', async () => {
    const { bench, source_authorization_id } = await withMembers();
    const { service, authorizationId, database } = bench;
    // It has two rows when the answer is yes, and a trigger may have one.
    const asking = (guess: string) =>
      `select 1 from generate_series(1, 1 + (select count(*)::int from crm.members where email like '${guess}'))`;
    const jobOn = (query: string, audience_name = 'Members') => ({
      ...aNewJob(authorizationId, {
        segment_id: 'crm.members',
        audience_name,
        run_frequency: 'when_ready',
        time_of_day: undefined,
        trigger: { kind: 'table', query },
      }),
      source_authorization_id,
    });
    const validated = async (query: string) => (await service.jobs.validate(jobOn(query), signal())).errors;
    expect(await validated(asking('t%'))).toEqual(await validated(asking('x%')));
    expect(await validated('select email, phone from crm.members')).toMatchObject([
      { path: 'configuration.trigger.query' },
    ]);
    await service.jobs.create(jobOn(asking('x%'), 'No'), aiko);
    const times = async () =>
      (await database.database.db.selectFrom('query_looks').select('times').execute())[0]?.times;
    expect(await times()).toEqual([]);
    const refused = () => service.jobs.create(jobOn(asking('t%')), aiko).catch(codeOf);
    const deps = { db: database.database.db, now: () => bench.clock.now() };
    const look = { kind: 'sample', fields: [] } as const;
    for (let n = 1; n < QUERY_LOOKS_PER_HOUR; n += 1) await countQueryLook(deps, aiko, source_authorization_id, look);
    expect(await refused()).toBe('invalid_argument');
    expect(await refused()).toBe('too_many_requests');
  });
});
