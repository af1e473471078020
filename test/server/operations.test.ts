/**
 * What operators and browsers use beside the API: health, metrics, the reference, headers, the files of the web app.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logEventNames } from '../../src/contracts/event-log.ts';
import { mainDatabase, type TestDatabase } from '../support/databases.ts';
import { allEndpoints } from '../support/endpoints.ts';
import { runReport } from '../support/examples.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { dangerousBeginnings } from '../support/spreadsheets.ts';
import { type Given, tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

let opened: TestDatabase;
let service: ReturnType<typeof useCases>;
let given: Given;
let server: TestServer;
beforeAll(async () => {
  opened = await mainDatabase.migrated();
  given = answers();
  service = useCases(given);
  server = await testServer(opened.database, service);
});
afterAll(async () => {
  await server.app.close();
  await opened.drop();
});

const viewer = { authorization: `Bearer ${tokens.viewer}` };
const get = (url: string, headers: Record<string, string> = {}) => server.app.inject({ url, headers });

test('health means that the server answers, and readiness that it can work', async () => {
  expect((await get('/health')).json()).toEqual({ ok: true });
  expect((await get('/ready')).json()).toMatchObject({ ready: true });
  given.status.ready = async () => [{ name: 'database', ok: false, message: 'It is away.' }];
  const answer = await get('/ready');
  expect([answer.statusCode, answer.json().checks[0].name]).toEqual([503, 'database']);
});

test('metrics need a token, and include data of the service and of this process', async () => {
  expect((await get('/metrics')).statusCode).toBe(401);
  await get('/api/v1/jobs/job_1', viewer);
  const answer = await get('/metrics', viewer);
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = answer.body.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'lineup_runs{status="succeeded"} 2',
      'lineup_values{outcome="uploaded"} 3',
      'lineup_line_requests{status="200"} 7',
      'lineup_line_requests{status="0"} 1',
      'lineup_runs_going{activity="waiting"} 40',
      'lineup_queue_depth 4',
      'lineup_queue_oldest_seconds 1.5',
      'lineup_audit_stream_lag_seconds{stream="file"} 3',
      'lineup_jobs{status="failed"} 1',
      'lineup_jobs_by_condition{condition="waiting"} 1',
      'lineup_jobs_incomplete 1',
      'lineup_jobs_without_success{longer_than="1d"} 1',
      'lineup_jobs_without_success{longer_than="8d"} 1',
      'lineup_jobs_without_success{longer_than="32d"} 0',
      'lineup_events_total{event="run.started"} 5',
      // Events that have not happened yet are included with zero, so that an alert sees the first one.
      ...logEventNames.filter((name) => name !== 'run.started').map((name) => `lineup_events_total{event="${name}"} 0`),
    ]),
  );
  // As many series with ten thousand jobs.
  expect(answer.body).not.toContain('job="job_1"');
  expect(answer.body).toMatch(
    /lineup_http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/jobs\/:id",status="200"\} 1/,
  );
  // The second request counts the jobs again.
  const second = (await get('/metrics', viewer)).body;
  expect(second).toContain('lineup_jobs{status="failed"} 1\n');
  expect(second).toContain('lineup_events_total{event="run.started"} 5\n');
});

test('metrics have a series for each job when they are asked to', async () => {
  const perJob = await testServer(opened.database, service, { metricsPerJob: true });
  const { body } = await perJob.app.inject({ url: '/metrics', headers: viewer });
  await perJob.app.close();
  expect(body).toMatch(/^lineup_job_last_success_age_seconds\{job="job_1"\} /m);
  expect(body).not.toContain('job="job_2"');
});

test('metrics follow the naming rules of Prometheus', async () => {
  const { body } = await get('/metrics', viewer);
  const types = new Map([...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]));
  const helped = new Set([...body.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name));
  expect(types.size).toBeGreaterThan(20);
  expect([...types.keys()].filter((name) => name.startsWith('lineup_')).length).toBeGreaterThan(6);
  // The rules of `promtool check metrics`.
  const complaints = [...types].flatMap(([name, type]) => [
    ...(helped.has(name) ? [] : [`${name} has no help`]),
    ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : [`${name} has capitals, colons or other signs`]),
    ...(name.endsWith('_total') === (type === 'counter') ? [] : [`${name} is a ${type}`]),
    ...(type !== 'histogram' && type !== 'summary' && /_(count|sum|bucket)$/.test(name)
      ? [`${name} ends as a part of a histogram`]
      : []),
    ...(/_(gauge|counter|histogram|summary)(_|$)/.test(name) ? [`${name} holds its type`] : []),
    ...(/_(ms|millis\w*|minutes?|hours?|days?|secs?|kb|mb|gb|kib|mib|kilobytes?|megabytes?|percent)(_|$)/.test(name)
      ? [`${name} has no base unit`]
      : []),
  ]);
  expect(complaints).toEqual([]);
});

describe('the reference', () => {
  test('is OpenAPI 3.1, and includes every schema that it refers to', async () => {
    const document = (await get('/api/docs/json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect((await get('/api/v1/openapi.json')).json()).toEqual(document);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(50);
    const missing = references.filter(([, name]) => !(name! in document.components.schemas));
    expect(missing.map(([, name]) => name)).toEqual([]);
    const referred = new Set(references.map(([, name]) => name));
    expect(Object.keys(document.components.schemas).filter((name) => !referred.has(name))).toEqual([]);
    expect(Object.keys(document.components.schemas).filter((name) => name.endsWith('Input'))).toEqual([]);
    const create = document.paths['/api/v1/jobs'].post;
    expect(create.security).toEqual([{ token: [] }, { session: [] }]);
    expect(create.requestBody.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/NewJob',
    });
    expect(document.components.schemas.NewJob.properties.configuration).toEqual({
      $ref: '#/components/schemas/JobConfiguration',
    });
    expect(Object.keys(create.responses)).toEqual(['201', 'default']);
  });

  test('names every operation once, with the roles that may use it', async () => {
    const document = (await get('/api/docs/json')).json();
    const all = Object.entries<Record<string, { operationId?: string; security?: object[] }>>(document.paths).flatMap(
      ([path, operations]) =>
        Object.entries(operations).map(([method, operation]) => ({ where: `${method} ${path}`, ...operation })),
    );
    expect(all.length).toBeGreaterThan(60);
    expect(all.filter(({ operationId }) => !/^[a-z]+([A-Z][a-z]+)+$/.test(operationId ?? ''))).toEqual([]);
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
    expect(all.filter(({ security }) => security === undefined)).toEqual([]);
    expect(all.flatMap(({ where, security }) => (security?.length === 0 ? [where] : [])).sort()).toEqual([
      'delete /api/v1/session',
      'get /api/v1/sign-in',
      'get /health',
      'get /ready',
      'post /api/v1/invitations/accept',
      'post /api/v1/invitations/check',
      // Its signature is the permission.
      'post /api/v1/jobs/{id}/webhook',
      'post /api/v1/session',
      'post /api/v1/setup',
      'post /api/v1/setup/check',
    ]);
  });

  test('has a page that loads nothing from other sites', async () => {
    const page = await get('/api/docs');
    expect(page.statusCode).toBe(200);
    const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) {
      expect(source).toMatch(/^[./]/);
      expect((await get(new URL(source, 'http://x/api/docs').pathname)).statusCode).toBe(200);
    }
  });
});

test('security headers are sent to browsers', async () => {
  const { headers } = await get('/api/v1/sign-in');
  expect(headers['content-security-policy']).toContain("script-src 'self'");
  expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['strict-transport-security']).toBeUndefined();
  expect(headers['cache-control']).toBe('no-store');
});

test('a report as CSV is safe to open in a spreadsheet', async () => {
  const answer = await get('/api/v1/runs/run_1/report.csv', viewer);
  expect(answer.headers['content-disposition']).toBe('attachment; filename="run-run_1.csv"');
  const lines = answer.body.split('\r\n');
  // Excel recognises UTF-8 by the byte order mark.
  expect(lines.slice(0, 2)).toEqual(['\ufeffsection,name,value', 'run,id,run_1']);
  expect(lines).toContain(`run,audience name,"'=VIP, ""gold"""`);
  expect(lines).toContain('invalid,not_an_email,1');
  expect(lines).toContain('chunk 1,accepted by LINE,3');
  const queued = await get('/api/v1/runs/run_queued/report', viewer);
  expect(queued.json()).toMatchObject({ code: 'not_found' });
});

test.each(dangerousBeginnings)('no file that people download has a cell that begins with %j', async (beginning) => {
  const name = `${beginning}cmd`;
  given.runs.document = async () => ({ ...runReport, audience: { ...runReport.audience!, name } });
  given.auditLog.exported = async () => [['actor'], [name]];
  const keys = allEndpoints.flatMap(([key, { response }]) => (response.kind === 'csv' ? [key] : []));
  expect(keys).toHaveLength(2);
  for (const key of keys) {
    const url = `/api/v1${key.replace('GET ', '').replace(':id', 'run_1')}`;
    const { body } = await get(url, { authorization: `Bearer ${tokens.administrator}` });
    expect(body, key).toContain(`"'${name}"`);
    expect(body.replaceAll(`'${name}`, ''), key).not.toContain(name);
  }
});

describe('the web app', () => {
  let directory: string;
  let web: TestServer;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lineup-web-'));
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'index.html'), '<!doctype html><title>Lineup</title>');
    await writeFile(join(directory, 'assets', 'app-1a2b.js'), 'void 0;');
    await writeFile(join(directory, 'assets', 'app-1a2b.js.gz'), gzipSync('void 0;'));
    web = await testServer(opened.database, service, { webDirectory: directory });
  });
  afterAll(async () => {
    await web.app.close();
    await rm(directory, { recursive: true });
  });
  const page = (url: string, accept = 'text/html,*/*') => web.app.inject({ url, headers: { accept } });

  test('has the same page at all of its addresses', async () => {
    for (const url of ['/', '/jobs/job_1?tab=runs', '/setup']) {
      const answer = await page(url);
      expect([answer.statusCode, answer.body]).toEqual([200, expect.stringContaining('<title>Lineup')]);
      expect(answer.headers['cache-control']).toBe('no-cache');
    }
  });

  test('lets browsers cache its files, because their names change with their content', async () => {
    const file = await page('/assets/app-1a2b.js', '*/*');
    expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  test('is sent compressed if the build has compressed it', async () => {
    const file = await web.app.inject({
      url: '/assets/app-1a2b.js',
      headers: { 'accept-encoding': 'gzip, br' },
    });
    expect(file.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(file.rawPayload).toString()).toBe('void 0;');
    expect(file.headers['content-type']).toMatch(/javascript/);
  });

  test('does not answer for missing files', async () => {
    for (const [url, accept] of [
      ['/assets/gone.js', '*/*'],
      ['/api/v1/nothing', 'text/html'],
      ['/../../etc/passwd', '*/*'],
    ] as const) {
      const answer = await page(url, accept);
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'application/problem+json']);
    }
  });
});
