/** Error responses: stable codes, fields, and no internal facts. */
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { inEnglish, internalFact, localized, sentence } from '../../src/domain/text/sentence.ts';
import { mainDatabase } from '../support/databases.ts';
import { job as exampleJob } from '../support/examples.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { type Given, tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

let service: ReturnType<typeof useCases>;
let given: Given;
/** The error that the job gives. */
let failWith: unknown;
let server: TestServer;
let drop: () => Promise<void>;
beforeAll(async () => {
  const opened = await mainDatabase.migrated();
  drop = opened.drop;
  given = answers();
  const { get } = given.jobs;
  given.jobs.get = async (id) => {
    if (failWith !== undefined) throw failWith;
    return get!(id);
  };
  service = useCases(given);
  server = await testServer(opened.database, service);
});
beforeEach(() => {
  failWith = undefined;
});
afterAll(async () => {
  await server.app.close();
  await drop();
});

const headers = { authorization: `Bearer ${tokens.editor}` };
const job = () => server.app.inject({ url: '/api/v1/jobs/job_1', headers });

test.each([
  [new LineupError('action_not_allowed', 'The job is paused. Resume it first.'), 409],
  [new LineupError('line_unauthorized', 'LINE refuses the key.', { reason: 'INVALID_SIGNATURE' }), 422],
  [new LineupError('line_unreachable', 'LINE does not answer.', { retryable: true }), 502],
  [new LineupError('line_rate_limited', 'LINE asks to wait.', { retryable: true }), 503],
  [new LineupError('nothing_to_send', 'The audience is empty.'), 422],
])('the status for %s', async (error, status) => {
  failWith = error;
  const answer = await job();
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toEqual({
    type: 'about:blank',
    title: expect.any(String),
    status,
    detail: error.message,
    code: error.code,
    reason: error.reason,
    retryable: error.retryable,
    errors: [],
    request_id: answer.headers['x-request-id'],
  });
});

test.each([
  [new LineupError('source_unauthorized', 'The server refuses this user.'), 422],
  [new LineupError('source_expired', 'The scan has lost its place.', { retryable: true }), 422],
  [new LineupError('source_failed', 'The source does not answer.', { retryable: true }), 422],
  [new LineupError('line_unreachable', 'LINE does not answer.', { retryable: true }), 502],
])('an error of a remote side is not logged as an error of the server: %s', async (error, status) => {
  failWith = error;
  const answer = await job();
  expect([answer.statusCode, answer.json().code]).toEqual([status, error.code]);
  const lines = server
    .log()
    .split('\n')
    .filter((line) => line.includes(String(answer.headers['x-request-id'])));
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(['info', 'info']);
});

test('a viewer sees no folder, host or database of the installation', async () => {
  const where = sentence`Only these folders are open to exports: ${internalFact('/srv/secret', sentence`those that an administrator has chosen`)}.`;
  const ask = async (token: string, url: string) =>
    (await server.app.inject({ url, headers: { authorization: `Bearer ${token}` } })).json();
  failWith = new LineupError('source_not_found', where, {
    fields: [{ path: 'segment_id', ...localized(where) }],
  });
  const [viewer, editor] = [tokens.viewer, tokens.editor];
  expect(await ask(editor, '/api/v1/jobs/job_1')).toMatchObject({
    detail: inEnglish(where),
    sentence: where,
  });
  const refused = await ask(viewer, '/api/v1/jobs/job_1');
  expect(refused.detail).toBe('Only these folders are open to exports: those that an administrator has chosen.');
  expect(refused.errors).toMatchObject([{ path: 'segment_id', message: refused.detail }]);
  expect(JSON.stringify(refused)).not.toContain('/srv/secret');
  // Nor in the stored error of an earlier failure.
  failWith = undefined;
  const { list } = given.authorizations;
  given.authorizations.list = async () => [
    { ...(await list!())[0]!, health_reason: inEnglish(where), health_reason_sentence: where },
  ];
  expect(JSON.stringify(await ask(editor, '/api/v1/authorizations'))).toContain('/srv/secret');
  expect((await ask(viewer, '/api/v1/authorizations')).items[0].health_reason).toBe(refused.detail);
  expect(JSON.stringify(await ask(viewer, '/api/v1/authorizations'))).not.toContain('/srv/secret');
  given.authorizations.list = list;
  // Nor in an error without a signed-in user.
  expect(JSON.stringify(await ask('lineup_none', '/api/v1/jobs/job_1'))).not.toContain('/srv/secret');
});

test('of a wrong key, the sentence is shown, because the operator must act', async () => {
  const text = sentence`The erasure list cannot be read.`;
  failWith = new LineupError('secret_key_wrong', text);
  const answer = await job();
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toMatchObject({
    code: 'secret_key_wrong',
    detail: 'The erasure list cannot be read.',
  });
});

test('an internal error is shown only with its request id, and logged', async () => {
  failWith = new Error('select * from jobs where secret = 1');
  const answer = await job();
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('select');
  expect(answer.json()).toMatchObject({ code: 'internal' });
  const line = server
    .log()
    .split('\n')
    .find((text) => text.includes(String(answer.headers['x-request-id'])) && text.includes('select'));
  expect(line).toBeDefined();
  failWith = new LineupError('storage_failed', 'Could not write /var/lib/lineup/x.');
  expect((await job()).body).not.toContain('/var/lib');
});

test.each([
  [Object.assign(new Error('terminating connection'), { code: '57P01' }), 503, 'database_unreachable', true],
  [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 503, 'database_unreachable', true],
  [new Error('Connection terminated unexpectedly'), 503, 'database_unreachable', true],
  [Object.assign(new Error('could not extend file'), { code: '53100' }), 503, 'disk_full', true],
])('an unreachable or full database: %s', async (error, status, code, retryable) => {
  failWith = error;
  const answer = await job();
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toMatchObject({ code, retryable });
});

test('all invalid values are reported together, each at its key', async () => {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/v1/jobs',
    headers,
    payload: {
      name: '',
      authorization_id: 'aut_1',
      configuration: {
        segment_id: 'vip',
        adaccount_id: 'A-1',
        identifier_type: 'ifa',
        run_frequency: 'weekly',
      },
    },
  });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().code).toBe('invalid_argument');
  expect(
    answer
      .json()
      .errors.map(({ path }: { path: string }) => path)
      .sort(),
  ).toEqual([
    'configuration.adaccount_id',
    'configuration.audience_name',
    'configuration.day_of_week',
    'configuration.id_field',
    'configuration.time_of_day',
    'configuration.timezone',
    'name',
  ]);
});

test('each wrong cron expression is reported at its place, also before a job is created', async () => {
  const schedule = {
    run_frequency: 'custom',
    cron_expressions: ['0 9 * * *', '@daily', '0 9 30 2 *'],
    timezone: 'Asia/Tokyo',
  };
  const expected = (path: string) => [
    { path: `${path}.1`, message: expect.stringMatching(/^Write five parts/) },
    { path: `${path}.2`, message: expect.stringMatching(/^This never happens/) },
  ];
  const post = async (url: string, payload: object) =>
    (await server.app.inject({ method: 'POST', url, headers, payload })).json();
  expect((await post('/api/v1/jobs/next-times', { schedule })).errors).toMatchObject(
    expected('schedule.cron_expressions'),
  );
  const configuration = {
    ...{ segment_id: 'vip', adaccount_id: 'A1', audience_name: 'VIP', identifier_type: 'email' },
    ...schedule,
  };
  const job = { name: 'VIP', authorization_id: 'aut_1', configuration };
  expect((await post('/api/v1/jobs', job)).errors).toMatchObject(expected('configuration.cron_expressions'));
});

test('the fields of a use case’s own error are reported, too', async () => {
  failWith = new LineupError('invalid_argument', 'Some of it is wrong.', {
    fields: [{ path: 'configuration.audience_id', message: 'It takes phone numbers.' }],
  });
  expect((await job()).json().errors).toMatchObject([
    { path: 'configuration.audience_id', message: 'It takes phone numbers.' },
  ]);
});

test.each([
  ['invalid JSON', { payload: '{', headers: { 'content-type': 'application/json' } }],
  ['another content type', { payload: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ['an unknown key', { payload: { name: 'A', role: 'viewer', admin: true } }],
])('a body with %s is refused', async (_, request) => {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/v1/api-tokens',
    ...request,
    headers: {
      authorization: `Bearer ${tokens.administrator}`,
      ...('headers' in request ? request.headers : {}),
    },
  });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ code: 'invalid_argument' });
});

test.each([
  ['DELETE', '/api/v1/jobs/job_1', 204],
  ['POST', '/api/v1/jobs/job_1/actions/pause', 200],
  // It needs one.
  ['POST', '/api/v1/api-tokens', 400],
] as const)('%s %s without a body may name the type of its body: %i', async (method, url, status) => {
  const answer = await server.app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${tokens.administrator}`, 'content-type': 'application/json' },
  });
  expect(answer.statusCode).toBe(status);
  if (status === 400) expect(answer.json().detail).toContain('Send JSON');
});

test('a body or an address that is too large is refused', async () => {
  const body = await server.app.inject({
    method: 'POST',
    url: '/api/v1/api-tokens',
    payload: { name: 'x'.repeat(300_000) },
    headers: { authorization: `Bearer ${tokens.administrator}` },
  });
  expect([body.statusCode, body.json().code]).toEqual([413, 'request_too_large']);
  const address = await server.app.inject({ url: `/api/v1/jobs/${'x'.repeat(200)}`, headers });
  expect([address.statusCode, address.json().code]).toEqual([414, 'request_address_too_long']);
});

test('text that no database can store is reported at its key, in every part of a request', async () => {
  const ask = async (request: InjectOptions) => {
    const answer = await server.app.inject({ headers, ...request });
    expect(answer.statusCode).toBe(400);
    return answer.json().errors.map(({ path }: { path: string }) => path);
  };
  const post = (url: string, payload: string) =>
    ask({ method: 'POST', url, payload, headers: { ...headers, 'content-type': 'application/json' } });
  expect(await ask({ url: '/api/v1/jobs/a%00b' })).toEqual(['id']);
  expect(await ask({ url: '/api/v1/jobs?search=%00' })).toEqual(['search']);
  expect(await post('/api/v1/jobs/validate', '{"name":"a\\u0000"}')).toContain('name');
  expect(await post('/api/v1/jobs', '{"configuration":{"segment_id":["\\ud800"]}}')).toEqual([
    'configuration.segment_id.0',
  ]);
  // This needs no sign-in.
  expect(await post('/api/v1/setup', '{"token":"\\u0000"}')).toEqual(['token']);
  // As deep as a body may be.
  await post('/api/v1/jobs', `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  await post('/api/v1/authorizations', 'null');
});

test('an unknown address and a wrong method get a problem response', async () => {
  for (const [method, url] of [
    ['GET', '/api/v1/nothing'],
    ['GET', '/nothing'],
    ['PUT', '/api/v1/jobs'],
  ] as const) {
    const answer = await server.app.inject({ method, url, headers });
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
  }
  const none = await server.app.inject({ url: '/api/v1/jobs/%zz', headers });
  expect([none.statusCode, none.headers['content-type']]).toEqual([400, 'application/problem+json']);
  expect(none.json()).toMatchObject({
    code: 'invalid_argument',
    request_id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});

test('a creation that is sent twice happens once', async () => {
  const made = new Set<unknown>();
  given.jobs.create = async (_, __, { idempotencyKey } = {}) => {
    const replayed = made.has(idempotencyKey);
    made.add(idempotencyKey);
    return { value: exampleJob, replayed };
  };
  const create = (key: string) =>
    server.app.inject({
      method: 'POST',
      url: '/api/v1/jobs',
      headers: { ...headers, 'idempotency-key': key },
      payload: {
        name: 'VIP',
        authorization_id: 'aut_1',
        configuration: {
          segment_id: 'vip',
          adaccount_id: 'A1',
          audience_name: 'VIP',
          identifier_type: 'email',
          continuous_update: false,
        },
      },
    });
  const first = await create('k-1');
  expect([first.statusCode, first.headers['idempotency-replayed']]).toEqual([201, undefined]);
  const second = await create('k-1');
  expect([second.statusCode, second.headers['idempotency-replayed']]).toEqual([201, 'true']);
  expect(second.body).toBe(first.body);
  expect((await create('a key with spaces')).json().errors[0].path).toBe('idempotency-key');
});

test.each([
  ['that is accepted', { identifier_type: 'email', values: ['taro.yamada@example.com'] }],
  ['with a wrong kind', { identifier_type: 'mail', values: ['taro.yamada@example.com'] }],
  ['that is too long', { identifier_type: 'email', values: [`taro.yamada@${'x'.repeat(2_000)}`] }],
  ['with an unknown key', { identifier_type: 'email', values: ['a@b.jp'], name: 'taro.yamada' }],
  ['that is not JSON', '{"values": [taro.yamada@example.com]}'],
])('the identifier of a person in a request %s is in no answer and in no log', async (_, payload) => {
  failWith = undefined;
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/v1/erasures',
    headers: { authorization: `Bearer ${tokens.administrator}`, 'content-type': 'application/json' },
    payload,
  });
  expect([200, 400]).toContain(answer.statusCode);
  expect(answer.body + server.log()).not.toMatch(/taro|yamada/i);
});
