/** How many members were left out is told in tens to everybody but administrators, wherever the API tells it, also by subtraction. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { newSuppressionList } from '../../src/contracts/suppression-lists.ts';
import { countsInSentences, withoutLeftOut } from '../../src/server/left-out.ts';
import { members } from '../support/cli.ts';
import { setUp, signIn, testServer } from '../support/server.ts';
import { aiko } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const counts = {
  rows: 100,
  scanned: 100,
  missing: 3,
  invalid: { not_an_email: 2 },
  prehashed: 0,
  hashed: 95,
  raw: 0,
  duplicates: 14,
  unique: 40,
  suppressed: 37,
  held_out: 4,
  uploaded: 40,
};

test('every value still has one outcome, and what is not told counts as unique', () => {
  const shown = withoutLeftOut({ counts, chunks: [{ index: 1, records: 40, bytes: 2_600, sha256: 'ab' }] });
  expect(shown).toEqual({
    counts: { ...counts, suppressed: 30, held_out: 0, duplicates: 10, unique: 55, uploaded: 55 },
    chunks: [{ index: 1, records: 55, bytes: 3_575, sha256: '' }],
  });
  expect(withoutLeftOut(shown)).toEqual(shown);
});

test('a run that leaves nobody out is told as it is', () => {
  const { suppressed: _, held_out: __, ...plain } = counts;
  const body = { counts: plain, chunks: [{ index: 1, records: 40, bytes: 2_600, sha256: 'ab' }] };
  expect(withoutLeftOut(body)).toBe(body);
});

test('each sentence with such a number is one that the server writes', () => {
  const known = Object.keys(JSON.parse(readFileSync('locales/en/server.json', 'utf8')) as object);
  expect(Object.keys(countsInSentences).filter((template) => !known.includes(template))).toEqual([]);
});

test('no answer tells a viewer or an editor whether two or seven of the same members are on a list', {
  timeout: 180_000,
}, async () => {
  const toldWith = async (listed: number) => {
    const bench = await serviceBench();
    const server = await testServer(await bench.database.another(), bench.service);
    await setUp(server);
    const cookie = await signIn(server);
    const names = Array.from({ length: listed }, (_, n) => `member${n + 1}@example.com\n`).join('');
    const { value: list } = await bench.service.suppressionLists.create(
      newSuppressionList.parse({
        name: 'Opted out',
        // Of the same size, whoever is on it.
        segment_id: bench.write(
          'out.csv',
          `mail\n${names}${Array.from({ length: 20 - listed }, (_, n) => `stranger${n}@example.com\n`).join('')}`,
        ),
        fields: { email: 'mail' },
      }),
      aiko,
    );
    const segment_id = bench.write('vip.csv', members(60).csv);
    const { id } = await bench.createJob({ segment_id, max_shrink: 0 });
    const job = await bench.waitForJob(
      id,
      ({ status, last_run }) => status !== 'runnable' && !!last_run?.ended_at,
    );
    const run = job.last_run!.id;
    const told: Record<string, unknown> = {};
    for (const role of ['administrator', 'editor', 'viewer']) {
      const made = await server.browse({
        method: 'POST',
        url: '/api/v1/api-tokens',
        headers: { cookie },
        payload: { name: role, role },
      });
      const { token } = made.json<{ token: string }>();
      const ask = async (url: string, payload?: object) => {
        const answer = await server.app.inject({
          url,
          method: payload ? 'POST' : 'GET',
          headers: { authorization: `Bearer ${token}` },
          ...(payload && { payload }),
        });
        expect(answer.statusCode, `${url} ${answer.body}`).toBe(200);
        return answer.body;
      };
      const preview = { segment_id, id_field: 'email', identifier_type: 'email' };
      told[role] = [
        await ask('/api/v1/jobs'),
        await ask(`/api/v1/jobs/${id}`),
        await ask(`/api/v1/jobs/${id}/log`),
        await ask('/api/v1/runs'),
        await ask(`/api/v1/runs/${run}`),
        await ask(`/api/v1/runs/${run}/report`),
        await ask(`/api/v1/runs/${run}/report.csv`),
        await ask(`/api/v1/runs/${run}/journal`),
        await ask(`/api/v1/runs/${run}/events`),
        await ask('/api/v1/suppression-lists'),
        await ask(`/api/v1/suppression-lists/${list.id}`),
        await ask('/api/v1/health-report'),
        await ask('/api/v1/alerts'),
        (await ask('/metrics')).match(/^lineup_values.*$/gm),
        await ask('/api/v1/sources/preview', preview),
      ].map((body) => anonymous(String(body), bench.directory));
    }
    return told;
  };
  const [two, seven] = [await toldWith(2), await toldWith(7)];
  for (const role of ['editor', 'viewer']) expect(two[role], role).toEqual(seven[role]);
  expect(two.administrator).not.toEqual(seven.administrator);
});

/** Without what is different in each installation and at each moment. */
const anonymous = (body: string, directory: string): string =>
  body
    .replaceAll(directory, '/directory')
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z| UTC)?/g, 'then')
    .replace(/\d{8}-\d{6}-[a-z0-9]{6}/g, 'run')
    .replace(/\b(run|job|sup|aut|upl)_[A-Za-z0-9_-]+/g, '$1')
    .replace(/"(audience_id|audienceId|id|uploadJobId|upload_job_id)":"\d+"/g, '"$1":""')
    // LINE may work on the chunk for more than one look.
    .replace(/\{"seq":\d+,"event":\{[^{}]*"WORKING"[^{}]*\}\},/g, '')
    .replace(/(id: \d+\n)?event: event\ndata: \{[^\n]*"WORKING"[^\n]*\n\n/g, '')
    .replace(/^id: \d+\n/gm, '')
    .replace(/"seq":\d+/g, '"seq":0')
    .replace(/"(durationMs|score)":\d+/g, '"$1":0')
    .replace(/(audience id|upload job),\d+/g, '$1')
    .replace(/"stage":"(queue|wait|upload|scan|suppression)"[^}]*\}/g, '"stage":"$1"}')
    .replace(/^(event: progress\n)?data: \{"type":"progress".*\n\n/gm, '');
