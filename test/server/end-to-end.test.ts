/** The whole way over HTTP with the real service: from the first start to an audience at LINE. */
import { expect, test } from 'vitest';
import { listen } from '../../src/server/connections.ts';
import { held, members } from '../support/cli.ts';
import { setUp, signIn, testServer } from '../support/server.ts';
import { quietTime, SECRET_KEY } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

test('the API can export an audience', async () => {
  const bench = await serviceBench();
  const server = await testServer(await bench.database.another(), bench.service);
  const { url, stop } = await listen(server.app, { port: 0 });
  const output: string[] = [];
  try {
    await setUp(server);
    const cookie = await signIn(server);
    const made = await server.browse({
      method: 'POST',
      url: '/api/v1/api-tokens',
      headers: { cookie },
      payload: { name: 'Airflow', role: 'editor' },
    });
    const { token } = made.json<{ token: string }>();

    const ask = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body && { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body && JSON.stringify(body),
      });
      const text = await answer.text();
      output.push(text);
      return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) };
    };

    const authorization = await ask('POST', '/authorizations', {
      provider: 'line_ads',
      method: 'line_ads_api_key',
      label: 'By API',
      configuration: { access_key: bench.simulator.keys[0]!.accessKey, secret_key: SECRET_KEY },
    });
    expect(authorization.status).toBe(201);
    const { id: authorizationId } = authorization.json();
    const verified = await ask('POST', `/authorizations/${authorizationId}/verify`, { adaccount_id: 'A1' });
    expect(verified.json()).toMatchObject({ health: 'healthy' });

    const { csv, hashes } = members(40);
    const job = {
      name: 'VIP customers',
      authorization_id: authorizationId,
      configuration: {
        segment_id: bench.write('vip.csv', `${csv}41,not an address\n`),
        adaccount_id: 'A1',
        audience_name: 'VIP',
        identifier_type: 'email',
        run_frequency: 'daily',
        time_of_day: quietTime(),
        timezone: 'Asia/Tokyo',
      },
    };
    expect((await ask('POST', '/jobs/validate', job)).json()).toEqual({ errors: [], warnings: [] });
    const created = await ask('POST', '/jobs', job, { 'idempotency-key': 'once' });
    expect(created.status).toBe(201);
    const again = await ask('POST', '/jobs', job, { 'idempotency-key': 'once' });
    expect([again.status, again.headers.get('idempotency-replayed'), again.json().id]).toEqual([
      201,
      'true',
      created.json().id,
    ]);
    const runId = created.json().last_run.id;

    const events = await ask('GET', `/runs/${runId}/events`);
    expect(events.text).toContain('"type":"staged"');
    expect(events.text.trimEnd().split('\n\n').at(-1)).toBe('event: end\ndata: {}');
    const run = (await ask('GET', `/runs/${runId}`)).json();
    expect(run).toMatchObject({ status: 'succeeded', unique: 40, uploaded: 40, invalid: 1 });
    expect(held(bench.simulator, run.audience_id)).toEqual(hashes);
    expect((await ask('GET', `/runs/${runId}/report.csv`)).text).toContain('invalid,not_an_email,1');
    const resumed = await ask('GET', `/runs/${runId}/events`, undefined, { 'last-event-id': '2' });
    expect(resumed.text.match(/^id: \d+$/m)?.[0]).toBe('id: 3');

    const audiences = await ask(
      'GET',
      `/custom-audiences?authorization_id=${authorizationId}&adaccount_id=A1&search=VIP`,
    );
    expect(audiences.json().items).toMatchObject([{ name: 'VIP', used_by: [{ id: created.json().id }] }]);
    await expect(bench.waitForJob(created.json().id, ({ status }) => status === 'sleeping')).resolves.toBeDefined();
    const refused = await ask('DELETE', `/authorizations/${authorizationId}`);
    expect([refused.status, refused.json().code]).toEqual([409, 'authorization_in_use']);

    const audit = await server.browse({ method: 'GET', url: '/api/v1/audit-log', headers: { cookie } });
    const actions = audit.json<{ items: { action: string; actor: string }[] }>().items;
    expect(actions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'job.create', actor: 'Airflow' }),
        expect.objectContaining({ action: 'user.setup', actor: 'Aiko Tanaka' }),
      ]),
    );
    const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect(await metrics.text()).toMatch(/^lineup_values\{outcome="uploaded"\} 40$/m);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    for (const secret of [SECRET_KEY, token, ...hashes.slice(0, 3)]) {
      expect(output.join('\n')).not.toContain(secret);
      expect(server.log()).not.toContain(secret);
    }
  } finally {
    await stop();
  }
  expect(bench.errors).toEqual([]);
});
