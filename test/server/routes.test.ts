/**
 * Every route with every role, compared with the permission table. Also checks that each route passes its parsed
 * request on.
 */
import { readdirSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, mayDo, type Operation, permissions, type Role } from '../../src/domain/people/people.ts';
import { mainDatabase } from '../support/databases.ts';
import { endpointFiles } from '../support/endpoints.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { type Given, tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

const account = { authorization_id: 'aut_1', adaccount_id: 'A1' };
const query = 'authorization_id=aut_1&adaccount_id=A1';
const seen = {
  run_id: 'run_1',
  judged_at: '2026-03-02T00:00:00.000Z',
  revision: 1,
  audiences: [{ delivery: 1, before: 2_000, after: 900, reasons: [{ code: 'audience_shrinks', measured: 0.55 }] }],
};
const aNewJob = {
  name: 'VIP customers',
  authorization_id: 'aut_1',
  configuration: {
    segment_id: 'vip',
    adaccount_id: 'A1',
    audience_name: 'VIP',
    identifier_type: 'email',
    run_frequency: 'daily',
    time_of_day: '09:00',
    timezone: 'Asia/Tokyo',
  },
};
const aNewAuthorization = {
  provider: 'line_ads',
  method: 'line_ads_api_key',
  label: 'Main account',
  configuration: { access_key: 'an-access-key', secret_key: 'a-secret-key' },
};

type Route = readonly [method: string, path: string, needs: Operation | 'signed_in', status: number, body?: object];

const routes: readonly Route[] = [
  ['GET', '/me', 'signed_in', 200],
  ['POST', '/me/password', 'signed_in', 409, { current_password: 'x', new_password: 'twelve chars or more' }],
  ['GET', '/providers', 'signed_in', 200],
  ['GET', '/authorizations', 'authorizations.read', 200],
  ['POST', '/authorizations', 'authorizations.write', 201, aNewAuthorization],
  ['GET', '/authorizations/aut_1', 'authorizations.read', 200],
  ['PATCH', '/authorizations/aut_1', 'authorizations.write', 200, { revision: 1, label: 'Other' }],
  ['DELETE', '/authorizations/aut_1', 'authorizations.write', 204],
  ['POST', '/authorizations/aut_1/verify', 'authorizations.write', 200, { adaccount_id: 'A1' }],
  ['POST', '/authorizations/aut_1/consent', 'authorizations.write', 200, { revision: 1, by: 'code' }],
  ['DELETE', '/authorizations/aut_1/consent', 'authorizations.write', 200],
  ['POST', '/authorizations/aut_1/consent/code', 'authorizations.write', 200, { code: 'a-code' }],
  ['GET', '/authorizations/aut_1/base-accounts', 'authorizations.write', 200],
  ['PUT', '/authorizations/aut_1/base-account', 'authorizations.write', 200, { revision: 1, account_id: '1001' }],
  ['GET', '/authorizations/aut_1/jobs', 'authorizations.read', 200],
  ['GET', '/sources', 'sources.read', 200],
  ['GET', '/sources/audiences?search=v', 'sources.read', 200],
  ['GET', '/sources/fields?segment_id=vip', 'sources.read', 200],
  ['POST', '/sources/sample', 'sources.preview', 200, { segment_id: 'vip', id_field: 'email' }],
  [
    'POST',
    '/sources/preview',
    'sources.preview',
    200,
    { segment_id: 'vip', id_field: 'email', identifier_type: 'email' },
  ],
  ['GET', '/uploads', 'uploads.read', 200],
  ['POST', '/uploads?name=vip.csv', 'uploads.write', 201, Buffer.from('email\na@example.com\n')],
  ['GET', '/uploads/upl_1', 'uploads.read', 200],
  ['PATCH', '/uploads/upl_1', 'uploads.write', 200, { policy: 'keep' }],
  ['DELETE', '/uploads/upl_1', 'uploads.write', 204],
  ['GET', '/suppression-lists', 'suppression_lists.read', 200],
  [
    'POST',
    '/suppression-lists',
    'suppression_lists.write',
    201,
    { name: 'Opted out', segment_id: '/srv/out.csv', fields: { email: 'email' } },
  ],
  ['GET', '/suppression-lists/sup_1', 'suppression_lists.read', 200],
  ['PATCH', '/suppression-lists/sup_1', 'suppression_lists.write', 200, { revision: 1, max_shrink: 0.2 }],
  ['DELETE', '/suppression-lists/sup_1', 'suppression_lists.write', 204],
  [
    'POST',
    '/suppression-lists/sup_1/accept-size',
    'suppression_lists.write',
    200,
    { revision: 1, sizes: [{ identifier_type: 'email', job_id: null, before: 1_000, after: 300 }] },
  ],
  ['GET', '/erasures', 'erasures.read', 200],
  ['POST', '/erasures', 'erasures.write', 200, { identifier_type: 'email', values: ['a@example.com'] }],
  ['POST', '/erasures/undo', 'erasures.write', 200, { identifier_type: 'email', values: ['a@example.com'] }],
  ['GET', `/custom-audiences?${query}`, 'custom_audiences.read', 200],
  ['GET', `/custom-audiences/5343822743475?${query}`, 'custom_audiences.read', 200],
  ['GET', `/custom-audiences/5343822743475/size?${query}`, 'custom_audiences.read', 200],
  ['GET', '/shared-audiences?authorization_id=aut_1', 'custom_audiences.read', 200],
  ['PATCH', '/custom-audiences/5343822743475', 'custom_audiences.write', 200, { ...account, name: 'Gold' }],
  ['DELETE', `/custom-audiences/5343822743475?${query}`, 'custom_audiences.write', 204],
  [
    'POST',
    '/custom-audiences/overlap',
    'custom_audiences.read',
    200,
    { ...account, base_id: '1', compared_ids: ['2'] },
  ],
  ['POST', '/custom-audiences/twins', 'custom_audiences.read', 200, { ...account, audience_ids: ['1'] }],
  [
    'POST',
    '/custom-audiences/lookalikes',
    'custom_audiences.write',
    201,
    { ...account, source_id: '1', name: 'Like VIP' },
  ],
  ['GET', '/jobs?status=runnable&condition=running&incomplete=true&limit=5', 'jobs.read', 200],
  ['GET', '/jobs/rows?condition=failed&limit=2000', 'jobs.read', 200],
  ['GET', '/jobs/tags', 'jobs.read', 200],
  ['GET', '/ad-accounts?authorization_id=aut_1', 'custom_audiences.read', 200],
  ['POST', '/jobs', 'jobs.write', 201, aNewJob],
  ['POST', '/jobs/validate', 'jobs.write', 200, aNewJob],
  [
    'POST',
    '/configuration/validate',
    'jobs.write',
    200,
    { assumed: {}, steps: [{ kind: 'job', id: null, body: aNewJob }] },
  ],
  [
    'POST',
    '/jobs/next-times',
    'jobs.read',
    200,
    { schedule: { run_frequency: 'daily', time_of_day: '09:00', timezone: 'Asia/Tokyo' } },
  ],
  ['POST', '/jobs/outlook', 'jobs.read', 200, { schedule: null, member_days: 30 }],
  ['GET', '/jobs/job_1', 'jobs.read', 200],
  ['GET', '/jobs/job_1/parts', 'jobs.read', 200],
  ['GET', '/jobs/job_1/move?authorization_id=aut_1', 'jobs.write', 200],
  ['PATCH', '/jobs/job_1', 'jobs.write', 200, { revision: 1, name: 'Other', another_audience: true }],
  ['DELETE', '/jobs/job_1', 'jobs.write', 204],
  ['POST', '/jobs/job_1/webhook-secret', 'jobs.write', 201, { rotate: true }],
  ['POST', '/jobs/job_1/actions/pause', 'jobs.act', 200],
  ['POST', '/jobs/job_1/actions/run_anyway', 'jobs.act', 200, seen],
  ['POST', '/jobs/actions/resume', 'jobs.act', 200, { ids: ['job_1', 'job_2'] }],
  ['POST', '/jobs/bulk/actions/pause', 'jobs.act', 200, { jobs: { ids: ['job_1'] } }],
  [
    'POST',
    '/jobs/bulk/changes',
    'jobs.write',
    200,
    { jobs: { filter: { tag: 'summer' }, count: 1 }, change: { add_tags: ['autumn'] } },
  ],
  ['GET', '/jobs/job_1/history?days=7', 'jobs.read', 200],
  ['GET', '/jobs/job_1/log', 'jobs.read', 200],
  ['GET', '/alerts?job_id=job_1&open=true', 'jobs.read', 200],
  [
    'GET',
    '/runs?job_id=job_1&status=failed&status=stopped&deleted_job=false&ad_account=A1&from=2026-11-01&to=2026-11-02',
    'runs.read',
    200,
  ],
  ['GET', '/runs/run_1', 'runs.read', 200],
  ['GET', '/runs/run_1/report', 'runs.read', 200],
  ['GET', '/runs/run_1/report.csv', 'runs.read', 200],
  ['GET', '/runs/run_1/journal', 'runs.read', 200],
  ['GET', '/runs/run_1/requests', 'runs.read', 200],
  ['GET', '/runs/run_1/matching?delivery=2', 'runs.read', 200],
  ['GET', '/runs/run_1/events', 'runs.read', 200],
  ['GET', '/health-report?limit=5', 'jobs.read', 200],
  ['GET', '/overview?days=7', 'jobs.read', 200],
  ['GET', '/settings', 'settings.read', 200],
  ['PUT', '/settings/retention', 'settings.write', 200, { runs_days: 30, audit_days: 90 }],
  ['PUT', '/settings/files', 'settings.write', 200, { roots: ['/data'] }],
  ['PUT', '/settings/network', 'settings.write', 200, { internal_hosts: ['hooks.example.com'] }],
  ['PUT', '/settings/appearance', 'settings.write', 200, { language: 'ja' }],
  ['PUT', '/settings/alerts', 'settings.write', 200, { late: { action: 'warn', minutes: 90 } }],
  ['PUT', '/settings/mail', 'settings.write', 200, { host: 'smtp.example.com', from: 'lineup@example.com' }],
  ['GET', '/notification-channels', 'notifications.read', 200],
  [
    'POST',
    '/notification-channels',
    'notifications.write',
    201,
    { kind: 'webhook', label: 'Operations', configuration: { url: 'https://hooks.example.com/lineup' } },
  ],
  ['PATCH', '/notification-channels/chn_1', 'notifications.write', 200, { label: 'On call' }],
  ['DELETE', '/notification-channels/chn_1', 'notifications.write', 204],
  ['POST', '/notification-channels/chn_1/test', 'notifications.write', 200],
  ['GET', '/notification-channels/weekly-digest?language=ja', 'notifications.read', 200],
  ['POST', '/notification-channels/chn_1/weekly-digest', 'notifications.write', 200],
  ['GET', '/users', 'users.read', 200],
  ['POST', '/users', 'users.write', 400, {}],
  ['PATCH', '/users/nobody', 'users.write', 404, { role: 'viewer' }],
  ['DELETE', '/users/nobody', 'users.write', 404],
  ['POST', '/users/nobody/invitation', 'users.write', 404],
  ['GET', '/api-tokens', 'api_tokens.read', 200],
  ['POST', '/api-tokens', 'api_tokens.write', 201, { name: 'Airflow', role: 'editor' }],
  ['DELETE', '/api-tokens/tok_1', 'api_tokens.write', 204],
  ['GET', '/audit-log', 'audit_log.read', 200],
  ['GET', '/audit-log/entries', 'audit_log.read', 200],
  ['GET', '/audit-log/export', 'audit_log.read', 200],
];

const open = [
  // Its signature is its permission.
  'POST /api/v1/jobs/{id}/webhook',
  'GET /api/v1/sign-in',
  'POST /api/v1/setup',
  'POST /api/v1/setup/check',
  'POST /api/v1/invitations/accept',
  'POST /api/v1/invitations/check',
  'POST /api/v1/session',
];

let service: ReturnType<typeof useCases>;
let given: Given;
let server: TestServer;
let drop: () => Promise<void>;
beforeAll(async () => {
  const opened = await mainDatabase.migrated();
  drop = opened.drop;
  given = answers();
  service = useCases(given);
  server = await testServer(opened.database, service);
});
afterAll(async () => {
  await server.app.close();
  await drop();
});

const call = ([method, path, , , body]: Route, token?: string) =>
  server.app.inject({
    method: method as InjectOptions['method'],
    url: `/api/v1${path}`,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body instanceof Buffer && { 'content-type': 'application/octet-stream' }),
    },
    payload: body,
  });

const isActor = (value: unknown): value is Actor =>
  typeof value === 'object' && value !== null && 'id' in value && 'name' in value;

describe.each(routes.map((route) => ({ name: `${route[0]} ${route[1]}`, route })))('$name', ({ route }) => {
  const [, , needs, status] = route;

  test.each(Object.keys(tokens) as Role[])('as %s', async (role) => {
    const before = service.calls.length;
    const answer = await call(route, tokens[role]);
    if (needs === 'signed_in' || mayDo(role, needs)) {
      expect([answer.statusCode, answer.body]).toEqual([status, expect.anything()]);
      const actors = service.calls.slice(before).flatMap(({ values }) => values.filter(isActor));
      expect(actors.every(({ id }) => id === `tok_${role}`)).toBe(true);
    } else {
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'not_permitted' });
      expect(service.calls.length).toBe(before);
    }
  });

  test('is refused without a token, or with an unknown one', async () => {
    for (const token of [undefined, 'lineup_unknown']) {
      const answer = await call(route, token);
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'not_signed_in']);
    }
  });
});

test('each file of endpoints has the file of handlers with its name', () => {
  expect(readdirSync('src/server/handlers').toSorted()).toEqual(endpointFiles.toSorted());
});

test('the table above has every operation of the reference, and each operation has a route', async () => {
  const { paths } = (await server.app.inject({ url: '/api/docs/json' })).json<{
    paths: Record<string, Record<string, unknown>>;
  }>();
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const shapes = documented
    .filter((route) => route.includes('/api/v1/'))
    .filter((route) => ![...open, 'DELETE /api/v1/session'].includes(route))
    .map((route) => route.replace(/\{\w+\}/g, '*'));
  const tested = routes.map(([method, path]) =>
    `${method} /api/v1${path.split('?')[0]}`
      .replace(/\/(aut_1|job_1|run_1|upl_1|sup_1|tok_1|chn_1|nobody|5343822743475)(?=\/|$)/, '/*')
      .replace(/\/actions\/(?!run_anyway$)\w+$/, '/actions/*'),
  );
  expect([...tested].sort()).toEqual([...shapes].sort());
  const covered = new Set<string>(routes.map(([, , needs]) => needs));
  expect(Object.keys(permissions).filter((operation) => !covered.has(operation))).toEqual([
    'sources.any',
    'metrics.read',
  ]);
});

test('a use case gets the parsed request, with defaults', async () => {
  service.calls.length = 0;
  await call(['POST', '/jobs', 'jobs.write', 201, aNewJob], tokens.editor);
  await call(
    ['PATCH', '/authorizations/aut_1', 'authorizations.write', 200, { revision: 1, label: ' Other ' }],
    tokens.editor,
  );
  expect(service.calls).toEqual([
    {
      operation: 'jobs.create',
      values: [
        expect.objectContaining({
          type: 'line_ads_audience_export',
          configuration: expect.objectContaining({ id_field: 'email', max_shrink: 0.5 }),
        }),
        expect.objectContaining({ id: 'tok_editor' }),
        {},
      ],
    },
    {
      operation: 'authorizations.change',
      values: ['aut_1', 1, { label: 'Other' }, expect.objectContaining({ id: 'tok_editor' }), 'editor'],
    },
  ]);
});

test('a list of jobs has the total count, and refuses an invalid order, text or tag', async () => {
  const ask = (query: string) => call(['GET', `/jobs?${query}`, 'jobs.read', 200], tokens.viewer);
  expect((await ask('sort=size&order=asc&tag=summer&ad_account=A1&search=vip')).json()).toMatchObject({
    items: [{ id: 'job_1' }],
    next: null,
    total: 1,
    before: 0,
  });
  for (const query of [
    'sort=password',
    'order=up',
    `tag=${'x'.repeat(31)}`,
    'ad_account=A%201',
    `search=${'x'.repeat(201)}`,
  ]) {
    expect((await ask(query)).statusCode, query).toBe(400);
  }
});

test.each([
  ['status=done', 'status.0', 'Enter one of these: running, succeeded, failed'],
  ['from=yesterday', 'from', 'Enter a date such as 2026-11-01'],
  ['from=2026-11-02&to=2026-11-01', 'to', 'The end must be after the start'],
  ['ad_account=A%201', 'ad_account', 'Enter the ad account’s ID'],
])('a list of runs with %s is refused in one sentence', async (query, path, message) => {
  const answer = await call(['GET', `/runs?${query}`, 'runs.read', 400], tokens.viewer);
  expect([answer.statusCode, answer.json().errors]).toEqual([
    400,
    [expect.objectContaining({ path, message: expect.stringContaining(message) })],
  ]);
});

test('one request can act on up to a hundred jobs, each once; some actions take only one job', async () => {
  const act = async (action: string, ids: string[]) =>
    (await call(['POST', `/jobs/actions/${action}`, 'jobs.act', 200, { ids }], tokens.editor)).statusCode;
  const many = Array.from({ length: 101 }, (_, n) => `job_${n}`);
  service.calls.length = 0;
  expect(await act('pause', many.slice(1))).toBe(200);
  expect(service.calls).toMatchObject([
    { operation: 'jobs.actOnMany', values: [many.slice(1), 'pause', { id: 'tok_editor' }] },
  ]);
  expect(await act('pause', many)).toBe(400);
  expect(await act('pause', [])).toBe(400);
  expect(await act('pause', ['job_1', 'job_1'])).toBe(400);
  for (const action of ['run_anyway', 'stop_run', 'terminate', 'restart', 'edit']) {
    expect(await act(action, ['job_1'])).toBe(400);
  }
});

test('a request for very many jobs names each once, or a filter with what it matched; a wrong filter matches nothing', async () => {
  const change = async (jobs: object, change: object = { add_tags: ['autumn'] }) =>
    (await call(['POST', '/jobs/bulk/changes', 'jobs.write', 200, { jobs, change }], tokens.editor)).statusCode;
  const many = Array.from({ length: 2_001 }, (_, n) => `job_${n}`);
  const seen = { filter: { condition: 'failed' }, count: 3 };
  service.calls.length = 0;
  expect(await change({ ids: many.slice(1) })).toBe(200);
  expect(await change(seen)).toBe(200);
  expect(service.calls).toMatchObject([
    {
      operation: 'jobs.changeChosen',
      values: [{ ids: many.slice(1) }, { add_tags: ['autumn'] }, { id: 'tok_editor' }, {}],
    },
    { operation: 'jobs.changeChosen', values: [seen, { add_tags: ['autumn'] }, { id: 'tok_editor' }, {}] },
  ]);
  for (const wrong of [
    { ids: many },
    { ids: [] },
    { ids: ['job_1', 'job_1'] },
    {},
    { filter: {} },
    { count: 3 },
    { ids: ['job_1'], ...seen },
    { ids: ['job_1'], count: 1 },
    // A misspelt condition would match all jobs.
    { filter: { conditon: 'failed' }, count: 3 },
    { filter: {}, count: 2_001 },
  ]) {
    expect(await change(wrong), JSON.stringify(wrong).slice(0, 99)).toBe(400);
  }
  for (const wrong of [{}, { add_tags: [] }, { add_tags: ['a,b'] }, { name: 'New' }]) {
    expect(await change({ ids: ['job_1'] }, wrong), JSON.stringify(wrong)).toBe(400);
  }
});

test('the lines of jobs are compressed as the client takes them', async () => {
  const { items } = await given.jobs.rows!({ limit: 1 });
  const many = Array.from({ length: 300 }, () => items[0]!);
  given.jobs.rows = async () => ({ items: many, next: null, total: 300, before: 0 });
  const ask = (encoding: string) =>
    server.app.inject({
      url: '/api/v1/jobs/rows',
      headers: { authorization: `Bearer ${tokens.viewer}`, 'accept-encoding': encoding },
    });
  const plain = await ask('identity');
  expect([plain.headers['content-encoding'], plain.headers.vary]).toEqual([undefined, 'accept-encoding']);
  for (const [accepted, form, decode] of [
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['gzip;q=1, br;q=0', 'gzip', gunzipSync],
  ] as const) {
    const { headers, rawPayload } = await ask(accepted);
    expect([headers['content-encoding'], headers.vary]).toEqual([form, 'accept-encoding']);
    expect(rawPayload.length).toBeLessThan(plain.rawPayload.length / 10);
    expect(decode(rawPayload).toString()).toBe(plain.body);
  }
});

test('nobody approves a stopped run without saying what they saw', async () => {
  service.calls.length = 0;
  const approve = async (body: object) =>
    (await call(['POST', '/jobs/job_1/actions/run_anyway', 'jobs.act', 200, body], tokens.editor)).statusCode;
  const { run_id, revision } = seen;
  for (const body of [{}, { run_id, revision }, { ...seen, audiences: [] }, { ...seen, revision: undefined }]) {
    expect(await approve(body)).toBe(400);
  }
  expect(service.calls).toEqual([]);
  expect(await approve(seen)).toBe(200);
  expect(service.calls).toMatchObject([{ operation: 'jobs.approve', values: ['job_1', seen, { id: 'tok_editor' }] }]);
});

test('a token is shown when it is created, and never again', async () => {
  const made = await call(
    ['POST', '/api-tokens', 'api_tokens.write', 201, { name: 'A', role: 'viewer' }],
    tokens.administrator,
  );
  expect(made.json().token).toBe('lineup_shown-once');
  expect(made.headers['cache-control']).toBe('no-store');
  expect(server.log()).not.toContain('lineup_');
});
