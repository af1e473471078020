/** A row that another version has stored, or that is damaged, is shown as such, and hides no other row. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { RunPage } from '../../src/contracts/run-progress.ts';
import { members } from '../support/cli.ts';
import { setUp, signIn, type TestServer, testServer } from '../support/server.ts';
import { aiko } from '../support/service.ts';
import { type ServiceBench, useServiceBench } from '../support/service-bench.ts';

const current = useServiceBench();
let server: TestServer;
let cookie: string;
const jobs: JobView[] = [];

const get = async <T>(url: string): Promise<T> => {
  const answer = await server.browse({ url: `/api/v1${url}`, headers: { cookie } });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json() as T;
};
const list = (url: string) => get<{ items: ({ id: string; damaged?: string[] } & JobView)[] }>(url);

async function change(bench: ServiceBench, statement: string): Promise<void> {
  await sql.raw(statement).execute(bench.database.database.db);
}

beforeAll(async () => {
  const bench = current();
  server = await testServer(bench.database.database, bench.service);
  await setUp(server);
  cookie = await signIn(server);
  for (const name of ['Whole', 'Other']) {
    const segment_id = bench.write(`${name}.csv`, members(20, name).csv);
    const { id } = await bench.createJob({ segment_id, audience_name: name }, name);
    jobs.push(await bench.waitForJob(id, ({ status }) => status === 'sleeping'));
  }
  return () => server.app.close();
});

describe('a job and its run', () => {
  test('whose errors an older version stored without newer keys, are shown with defaults', async () => {
    const id = jobs[1]!.id;
    const old = `'{"code":"source_failed","message":"The source failed."}'`;
    await change(
      current(),
      `update lineup.jobs set error = ${old}, error_count = 1, errors_since = now() where id = '${id}'`,
    );
    await change(current(), `update lineup.runs set error = ${old} where job_id = '${id}'`);
    const found = (await list('/jobs')).items;
    expect(found).toHaveLength(2);
    expect(found.find((item) => item.id === id)).toMatchObject({
      error: { code: 'source_failed', reason: null },
      last_run: { error: { code: 'source_failed', resumable: false, allowShrinkTo: null } },
    });
    expect(found.some(({ damaged }) => damaged)).toBe(false);
    expect((await list('/runs')).items).toHaveLength(2);
    await get(`/jobs/${id}`);
  });

  test('that are damaged are marked, and the others are shown as ever', async () => {
    const id = jobs[1]!.id;
    const configuration = `'{"segment_id": 7, "adaccount_id": "A1", "identifier_type": "fax", "id_field": "fax"}'`;
    await change(
      current(),
      `update lineup.jobs set configuration = ${configuration}, error = '[]', tags = '3' where id = '${id}'`,
    );
    await change(current(), `update lineup.runs set error = '"broken"' where job_id = '${id}'`);
    const found = (await list('/jobs')).items;
    expect(found.map(({ name, damaged }) => ({ name, damaged })).sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      {
        name: 'Other',
        damaged: ['tags', 'configuration.segment_id', 'configuration.identifier_type', 'error'],
      },
      { name: 'Whole', damaged: undefined },
    ]);
    const runs = (await get<RunPage>('/runs')).items;
    expect(runs.find((run) => run.job_id === id)?.damaged).toEqual(['error']);
    expect(runs.find((run) => run.job_id !== id)).not.toHaveProperty('damaged');
    // Alone, too.
    expect((await get<JobView>(`/jobs/${id}`)).damaged).toContain('error');
    // What can only end is possible.
    expect((await get<JobView>(`/jobs/${id}`)).actions).toEqual(['pause', 'terminate']);
    for (const url of ['/health-report', '/overview', '/alerts', '/jobs/tags', '/jobs?search=fax', '/jobs?sort=size'])
      await get(url);
  });
});

test('an entry of a journal that this version does not know is shown as unreadable', async () => {
  const [run] = (await get<RunPage>(`/runs?job_id=${jobs[0]!.id}`)).items;
  await change(
    current(),
    `insert into lineup.run_events select '${run!.id}', max(seq) + 1, '{"type":"approved","at":"2026-03-02T00:00:00.000Z"}'
     from lineup.run_events where run_id = '${run!.id}'`,
  );
  const { items } = await get<{ items: { seq: number; event: object }[] }>(`/runs/${run!.id}/journal`);
  expect(items.at(-1)?.event).toEqual({
    type: 'unreadable',
    at: '2026-03-02T00:00:00.000Z',
    event: 'approved',
  });
  expect(items.length).toBeGreaterThan(4);
  await get(`/runs/${run!.id}/report`);
});

test('rows of every other list are sent with what can be read, and logged', async () => {
  const { id } = (
    await current().service.suppressionLists.create(
      {
        name: 'Buyers',
        description: '',
        source_authorization_id: null,
        segment_id: current().write('buyers.csv', members(20, 'Whole').csv),
        fields: { email: 'email' },
        applies_to: 'chosen_jobs',
        max_shrink: 0.5,
      },
      aiko,
    )
  ).value;
  await change(
    current(),
    `update lineup.suppression_lists set fields = '{"email":"email","postcode":"zip"}' where id = '${id}'`,
  );
  expect((await list('/suppression-lists')).items).toMatchObject([{ id, damaged: ['fields.postcode'] }]);
  await change(current(), `update lineup.notification_channels set events = '["job_failed","moon_full"]'`);
  const channels = (await list('/notification-channels')).items;
  expect(channels).toMatchObject([{ events: ['job_failed'], damaged: ['events.1'] }]);
  expect(server.log()).toContain('A row of a list does not match its schema');
});

test('settings of another version are read with defaults, and keep what is unknown when they are written', async () => {
  await change(
    current(),
    `update lineup.settings set value = value || '{"proxies": ["proxy"], "url_roots": 7}' where key = 'files'`,
  );
  const { files } = await get<{ files: object }>('/settings');
  expect(files).toMatchObject({ url_roots: [] });
  await current().service.settings.write('files', { roots: ['/tmp'] }, aiko);
  const { rows } = await sql<{
    value: object;
  }>`select value from lineup.settings where key = 'files'`.execute(current().database.database.db);
  // What the change does not name stays as it is, also if this version cannot read it.
  expect(rows[0]?.value).toEqual({ roots: ['/tmp'], url_roots: 7, proxies: ['proxy'] });
});
