/** What BigQuery can refuse: one sentence each, with what to ask whom for, and never a credential or a value. */
import { expect, test, vi } from 'vitest';
import type { Fault } from '../../../simulators/bigquery/index.ts';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import { inEnglish } from '../../../src/domain/text/sentence.ts';
import { networkGuard } from '../../../src/network/guard.ts';
import type { BigQueryOptions } from '../../../src/sources/bigquery/account.ts';
import { readMembers } from '../support/values.ts';
import { credentialsFor, openAudience, pathsOf, startBigQuery, swiftProvider } from './support.ts';

const never = new AbortController().signal;

async function failureOf(work: Promise<unknown>): Promise<LineupError> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(LineupError);
  return failure as LineupError;
}

/** The error of a whole scan while these faults last. */
async function scanning(audience: string, ...faults: Fault[]): Promise<LineupError> {
  const sim = await startBigQuery({ faults });
  return failureOf(
    (async () => {
      const source = await openAudience(sim, audience);
      await readMembers(await source.scan(['email']));
    })(),
  );
}

const always = { count: 0 } as const;
const query = 'SELECT email FROM crm.members';

test.each<[string, string, Fault, string, RegExp]>([
  [
    'no right to create read sessions',
    'crm.members',
    { kind: 'denied', permission: 'bigquery.readsessions.create', endpoint: 'session' },
    'source_unauthorized',
    /lacks the permission bigquery\.readsessions\.create.*roles\/bigquery\.readSessionUser/,
  ],
  [
    'no right to run queries',
    query,
    { kind: 'denied', permission: 'bigquery.jobs.create', endpoint: 'insert' },
    'source_unauthorized',
    /bigquery\.jobs\.create.*roles\/bigquery\.jobUser/,
  ],
  [
    'no right to read the table',
    'crm.members',
    { kind: 'denied', permission: 'bigquery.tables.getData', endpoint: 'session' },
    'source_unauthorized',
    /may not read crm\.members.*roles\/bigquery\.dataViewer/,
  ],
  [
    'a quota that is used up',
    'crm.members',
    { kind: 'quota', endpoint: 'session', ...always },
    'source_failed',
    /quota/,
  ],
  ['a quota of queries', query, { kind: 'quota', endpoint: 'insert', ...always }, 'source_failed', /quota/],
  [
    'a table that vanished',
    'crm.members',
    { kind: 'gone', endpoint: 'session' },
    'source_not_found',
    /crm\.members.*deleted/,
  ],
  ['no billing', query, { kind: 'billing', endpoint: 'insert' }, 'source_unauthorized', /Billing is not enabled/],
  [
    'no billing in a session',
    'crm.members',
    { kind: 'billing', endpoint: 'session' },
    'source_unauthorized',
    /Billing/,
  ],
  [
    'an API that is not enabled',
    'crm.members',
    { kind: 'api_disabled', endpoint: 'table' },
    'source_unauthorized',
    /API is not enabled/,
  ],
  [
    'the same in a session',
    'crm.members',
    { kind: 'api_disabled', endpoint: 'session' },
    'source_unauthorized',
    /API is not enabled/,
  ],
  [
    'a key that was deleted',
    'crm.members',
    { kind: 'key_deleted' },
    'source_unauthorized',
    /no longer accepts the key/,
  ],
  ['a wrong clock', 'crm.members', { kind: 'clock_skew' }, 'source_unauthorized', /time of this machine/],
  [
    'a service that stays away',
    'crm.members',
    { kind: 'unavailable', endpoint: 'rows', ...always },
    'source_failed',
    /Try again later/,
  ],
  [
    'the same for REST',
    'crm.members',
    { kind: 'unavailable', endpoint: 'table', ...always },
    'source_failed',
    /Try again later/,
  ],
  [
    'a reset of every connection',
    'crm.members',
    { kind: 'reset', endpoint: 'table', ...always },
    'source_failed',
    /could not be reached/,
  ],
  ['an expired session', 'crm.members', { kind: 'expired', nth: 2 }, 'source_expired', /start over/],
])('%s', async (_what, audience, fault, code, text) => {
  const failure = await scanning(audience, fault);
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(text);
  expect(`${failure.message} ${failure.reason}`).not.toMatch(/PRIVATE|simulated-|@example/);
});

test.each<[string, string, RegExp, string?]>([
  ['two statements', 'SELECT email FROM crm.members; SELECT 1', /several statements.*exactly one SELECT/],
  ['one that writes', 'DELETE FROM crm.members WHERE TRUE', /exactly one SELECT that only reads/],
  ['a table is created', 'CREATE TABLE crm.x (a INT64)', /exactly one SELECT/],
  ['a wrong column', 'SELECT emial FROM crm.members', /line 1, column 8: there is no such column/, 'field_not_found'],
  ['a syntax error', 'SELECT email FORM crm.members', /syntax error/],
])('a query is refused: %s', async (_what, text, sentence, code = 'invalid_argument') => {
  const failure = await scanning(text);
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(sentence);
});

test('a query of a table in another location', async () => {
  const sim = await startBigQuery();
  const failure = await failureOf(openAudience(sim, 'SELECT email FROM marketing_tokyo.members', { location: 'US' }));
  expect(failure).toMatchObject({
    code: 'source_not_found',
    message: expect.stringContaining('is not in US'),
  });
});

test('a table without a project is one of the project that pays, and the notice says so', async () => {
  const tables = [{ project: 'payer-1', dataset: 'crm', table: 'members', rows: 7 }];
  const sim = await startBigQuery({ tables });
  const more = { billing_project: 'payer-1' };
  const there = await openAudience(sim, query, more);
  expect(there.notice && inEnglish(there.notice)).toMatch(
    /less than USD 0\.01.* It reads crm\.members of payer-1.*For a table of lineup-sample/,
  );
  expect(await readMembers(await there.scan(['email']))).toHaveLength(7);
  const here = await openAudience(sim, 'SELECT email FROM lineup-sample.crm.members', more);
  expect(here.notice && inEnglish(here.notice)).not.toContain('payer-1');
  expect(await readMembers(await here.scan(['email']))).toHaveLength(450);
  await expect(openAudience(sim, 'SELECT email FROM marketing.newsletter_japan', more)).rejects.toMatchObject({
    code: 'source_not_found',
  });
});

test('a query above the limit is refused before it runs', async () => {
  const sim = await startBigQuery({ members: 60_000_000 });
  const failure = await failureOf(openAudience(sim, query, { byte_limit_gb: '1' }));
  expect(failure.code).toBe('invalid_argument');
  expect(failure.message).toMatch(/would read 1\.2 GB, which is more than the limit of 1\.0 GB/);
  const source = await openAudience(sim, query, { byte_limit_gb: '2' });
  expect(source.notice).toMatchObject({ values: ['1.2 GB'] });
  expect(sim.inspect().jobs).toEqual([]);
});

test('streams that break are read on from the row behind the last batch', async () => {
  const sim = await startBigQuery();
  const source = await openAudience(sim, 'crm.members');
  const whole = await readMembers(await source.scan(['email']));
  sim.addFault({ kind: 'broken', batches: 1, count: 3 });
  expect(await readMembers(await source.scan(['email']))).toEqual(whole);
  expect(whole).toHaveLength(450);
  expect(pathsOf(sim, 'rows').filter((path) => path.endsWith('@50'))).toHaveLength(3);
});

test('answers without rows are skipped', async () => {
  const sim = await startBigQuery({ faults: [{ kind: 'throttled', count: 0 }] });
  const source = await openAudience(sim, 'crm.members');
  expect(await readMembers(await source.scan(['email']))).toHaveLength(450);
  expect(pathsOf(sim, 'rows')).toHaveLength(3);
});

test.each<[string, Fault]>([
  ['a batch with fewer rows than its answer says', { kind: 'short' }],
  ['a session without streams, of a table with rows', { kind: 'no_streams', count: 0 }],
])('no members are lost without an error: %s', async (_what, fault) => {
  expect(await scanning('crm.members', fault)).toMatchObject({
    code: 'source_failed',
    message: expect.stringContaining('does not understand'),
  });
});

test('a table without rows has no streams, and is an empty audience', async () => {
  const source = await openAudience(await startBigQuery(), 'crm.lapsed');
  expect(await readMembers(await source.scan(['email']))).toEqual([]);
});

test('temporary failures are tried again', async () => {
  const faults: Fault[] = (['table', 'session', 'rows', 'insert', 'results', 'job'] as const).map((endpoint) => ({
    kind: 'unavailable',
    endpoint,
    count: 2,
  }));
  const sim = await startBigQuery({ faults });
  for (const audience of ['crm.members', query]) {
    const source = await openAudience(sim, audience);
    expect(await readMembers(await source.scan(['email']))).toHaveLength(450);
  }
});

test('a query whose start was not confirmed is not started twice, and its result serves every scan', async () => {
  const sim = await startBigQuery({ faults: [{ kind: 'reset', endpoint: 'insert', nth: 2 }] });
  const source = await openAudience(sim, query);
  for (let scans = 0; scans < 2; scans += 1) expect(await readMembers(await source.scan(['email']))).toHaveLength(450);
  expect(sim.inspect().jobs).toHaveLength(1);
});

test('a query whose start was never confirmed is cancelled', async () => {
  const sim = await startBigQuery({ faults: [{ kind: 'reset', endpoint: 'insert', nth: 2, count: 0 }] });
  const source = await openAudience(sim, query);
  expect((await failureOf(readMembers(await source.scan(['email'])))).code).toBe('source_failed');
  expect(pathsOf(sim, 'cancel')).toHaveLength(1);
});

test('an error of a running query shows no number that the query has put into its text', async () => {
  // As `ERROR(FORMAT('[%d:%d]', …))` makes it of the characters of a member.
  const message = 'Syntax error: [116:97]';
  const fault = { kind: 'status', status: 400, reason: 'invalidQuery', endpoint: 'insert', nth: 2 } as const;
  const sim = await startBigQuery({ faults: [{ ...fault, message }] });
  const failure = await failureOf((await openAudience(sim, query)).preview('email', 3));
  // What stops it is a value, which may be another one tomorrow.
  expect(failure).toMatchObject({ code: 'source_failed' });
  expect(failure.message).toMatch(/^BigQuery stopped the query before its end[^\d]*$/);
});

test('a query whose start is interrupted is cancelled', async () => {
  const sim = await startBigQuery({ faults: [{ kind: 'slow', endpoint: 'insert', nth: 2, ms: 60_000 }] });
  const source = await openAudience(sim, query);
  const stop = new AbortController();
  const previewing = failureOf(source.preview('email', 3, stop.signal));
  await vi.waitFor(() => expect(pathsOf(sim, 'insert')).toHaveLength(2));
  stop.abort();
  expect((await previewing).code).toBe('interrupted');
  expect(pathsOf(sim, 'cancel')).toHaveLength(1);
});

test('a query that BigQuery refused to start is not cancelled', async () => {
  const sim = await startBigQuery({
    faults: [{ kind: 'denied', permission: 'bigquery.jobs.create', endpoint: 'insert', nth: 2 }],
  });
  const source = await openAudience(sim, query);
  expect((await failureOf(readMembers(await source.scan(['email'])))).code).toBe('source_unauthorized');
  expect(pathsOf(sim, 'cancel')).toEqual([]);
});

test('a moment without tokens does not end a scan', async () => {
  const sim = await startBigQuery({ faults: [{ kind: 'status', endpoint: 'token', status: 503, count: 2 }] });
  const source = await openAudience(sim, 'crm.members');
  expect(await readMembers(await source.scan(['email']))).toHaveLength(450);
  expect(pathsOf(sim, 'token')).toHaveLength(3);
});

test('a session that expired in another process starts over', async () => {
  const sim = await startBigQuery();
  const source = await openAudience(sim, 'crm.members');
  const scan = await source.scan(['email']);
  await scan.blocks[Symbol.asyncIterator]().next();
  const place = scan.place?.();
  await scan.close();
  sim.advance(7 * 3_600_000);
  const rest = await (await openAudience(sim, 'crm.members')).scan(['email'], undefined, place);
  expect((await failureOf(readMembers(rest))).code).toBe('source_expired');
});

test('a column that has another type meanwhile is not read as the old one', async () => {
  const field: { name: string; type: 'STRING' | 'INTEGER' } = { name: 'number', type: 'STRING' };
  const rows = Array.from({ length: 200 }, (_, number) => ({ number: String(number) }));
  const sim = await startBigQuery({
    tables: [{ dataset: 'given', table: 'numbers', fields: [field], rows }],
  });
  const texts = await openAudience(sim, 'given.numbers');
  const scan = await texts.scan(['number']);
  await scan.blocks[Symbol.asyncIterator]().next();
  const place = scan.place?.();
  await scan.close();
  field.type = 'INTEGER';
  expect(await failureOf(readMembers(await texts.scan(['number'])))).toMatchObject({
    code: 'source_failed',
    message: expect.stringContaining('columns of the table have changed'),
  });
  const numbers = await openAudience(sim, 'given.numbers');
  expect((await failureOf(numbers.scan(['number'], undefined, place))).code).toBe('source_expired');
  expect(await readMembers(await numbers.scan(['number']))).toHaveLength(200);
});

test('a view is read through a query, and a column without a text is refused', async () => {
  const sim = await startBigQuery();
  const view = await openAudience(sim, 'crm.vip');
  expect(view.notice).toBeDefined();
  expect(await readMembers(await view.scan(['email']))).toHaveLength(13);
  const failure = await failureOf(view.scan(['profile']));
  expect(failure).toMatchObject({ code: 'field_type', message: expect.stringContaining('JSON_VALUE') });
});

test('only the key of a service account is accepted', async () => {
  const sim = await startBigQuery();
  const key = JSON.parse(sim.credentials);
  const open = (service_account_key: string) =>
    failureOf(swiftProvider().open(credentialsFor(sim, { service_account_key }), 'crm.members', never));
  const external = { type: 'external_account', credential_source: { executable: { command: '/bin/sh' } } };
  for (const text of [
    '',
    '{',
    '[]',
    JSON.stringify(external),
    JSON.stringify({ ...key, private_key: 'secret-text' }),
  ]) {
    const failure = await open(text);
    expect(failure.code).toBe('invalid_configuration');
    expect(failure.message).not.toContain('secret-text');
  }
  expect(sim.inspect().requests).toEqual([]);
});

test('the addresses in a key are ignored', async () => {
  const sim = await startBigQuery();
  const key = { ...JSON.parse(sim.credentials), token_uri: 'http://127.0.0.1:9/token' };
  const credentials = credentialsFor(sim, { service_account_key: JSON.stringify(key) });
  await expect(swiftProvider().verify(credentials, never)).resolves.toMatchObject({
    rights: { more: false },
  });
});

test('the guard refuses a simulator inside the network, for REST and for gRPC', async () => {
  const sim = await startBigQuery();
  const guarded = (allowed: string[]) =>
    swiftProvider({ networkAt: (port) => networkGuard({ allowed, port, purpose: 'source' }) });
  const named = credentialsFor(sim, { endpoint: sim.origin.replace('127.0.0.1', 'localhost') });
  for (const credentials of [credentialsFor(sim), named]) {
    const failure = await failureOf(guarded([]).verify(credentials, never));
    expect(failure.code).toBe('source_unreadable');
  }
  expect(sim.inspect().requests).toEqual([]);
  const source = await guarded(['127.0.0.1', 'localhost']).open(named, 'crm.members', never);
  expect(await readMembers(await source.scan(['email']))).toHaveLength(450);
  await source.close();
});

test.each<[string, string, BigQueryOptions, RegExp]>([
  [
    'the service, without an entry of the administrator',
    'http://203.0.113.7:4030',
    { networkAt: (port) => networkGuard({ allowed: [], port, purpose: 'source' }) },
    /an administrator must list it/,
  ],
  ['the command line, on another machine', 'http://203.0.113.7:4030', {}, /must be on this machine/],
])('a public simulator gets neither a key nor members: %s', async (_what, endpoint, options, text) => {
  const sim = await startBigQuery();
  const provider = swiftProvider(options);
  const credentials = credentialsFor(sim, { endpoint });
  for (const work of [
    provider.verify(credentials, never),
    provider.open(credentials, 'crm.members', never),
    provider.audiences(credentials, { limit: 5 }, never),
  ])
    expect(await failureOf(work)).toMatchObject({
      code: 'source_unreadable',
      message: expect.stringMatching(text),
    });
  expect(provider.hosts?.(credentials)).toMatchObject([{ host: '203.0.113.7' }]);
});

test('credentials are good although BigQuery does not tell their rights', async () => {
  const faults: Fault[] = [{ kind: 'denied', permission: 'bigquery.tables.getIamPolicy', endpoint: 'permissions' }];
  const sim = await startBigQuery({ faults });
  const verified = await swiftProvider().verify(credentialsFor(sim), never);
  expect(verified).toEqual({ works: expect.objectContaining({ values: [3, 'lineup-sample'] }) });
});

test('credentials of the machine need the operator’s consent', async () => {
  const { Secret } = await import('../../../src/domain/values/secret.ts');
  const failure = await failureOf(swiftProvider().open(new Secret({ project: 'some-project' }), 'crm.members', never));
  expect(failure.message).toContain('LINEUP_MACHINE_CREDENTIALS');
});
