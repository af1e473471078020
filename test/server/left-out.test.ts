/**
 * How many members were left out is told in tens to everybody but administrators, wherever the API tells it, also by
 * subtraction.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { seenOf } from '../../src/domain/jobs/approvals.ts';
import {
  countsInEarlierSentences,
  countsInSentences,
  withoutLeftOut as shownWith,
} from '../../src/domain/runs/left-out.ts';
import { judgedAudience } from '../../src/domain/runs/run.ts';
import { inEnglish, sentence, share } from '../../src/domain/text/sentence.ts';
import { sentencesIn } from '../../src/domain/text/sentences-in.ts';
import { members } from '../support/cli.ts';
import { setUp, signIn, testServer } from '../support/server.ts';
import { aiko } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const sentences = Object.keys(JSON.parse(readFileSync('locales/en/server.json', 'utf8')) as object);

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

/** Of an answer without sentences. */
const withoutLeftOut = (answer: unknown, known = false) => shownWith(answer, undefined, known);

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
  expect(withoutLeftOut(body)).toEqual(body);
});

test('a share gives no exact number, of which it is one', () => {
  const shrinks = (from: number, to: number) => {
    const text = sentence`The audience would shrink from ${sentence`about ${from} members (LINE’s upload jobs)`} to ${to}, by ${share((from - to) / from)}. The limit is ${share(0.5)}, so nothing was sent.`;
    const reason = { code: 'audience_shrinks', measured: (from - to) / from, limit: 0.5, sentence: text };
    const before = { size: from, basis: 'upload_jobs', runId: null, at: null };
    const answer = { before, after: to, reasons: [{ ...reason, message: inEnglish(text) }] };
    return shownWith(answer, sentencesIn(judgedAudience), true);
  };
  expect(shrinks(1_003, 207)).toEqual(shrinks(1_009, 201));
  expect(shrinks(1_003, 207)).toMatchObject({
    before: { size: 1_000 },
    after: 200,
    reasons: [
      {
        measured: 0.8,
        message:
          'The audience would shrink from about 1,000 members (LINE’s upload jobs) to 200, by 80 %. The limit is 50 %, so nothing was sent.',
      },
    ],
  });
  const point = (members: number) =>
    withoutLeftOut({ at: '', members, estimated_size: '60', match_rate: 60 / members }, true);
  expect(point(123)).toEqual(point(127));
});

test('the earlier run that an answer is compared with may have left members out', () => {
  const told = (size: number) =>
    withoutLeftOut({
      type: 'line_ads_audience_export',
      last_run: { id: 'last', unique: 55, ended_at: 'then' },
      left_out: { held_out: 40, sent: 60, lists: [{ id: 'list', name: 'List', kept_out: 20 }] },
      approval: { audiences: [{ before: { size, basis: 'last_replace' }, after: 55, reasons: [] }] },
      recent_sizes: [size, 55],
      incomplete_at_line: { run_id: 'run', sent: size, total: size },
      audience: { size, basis: 'last_replace' },
    });
  expect(told(63)).toEqual(told(68));
  expect(told(63)).toMatchObject({
    last_run: { unique: 55 },
    approval: { audiences: [{ before: { size: 60 }, after: 55 }] },
    recent_sizes: [60, 50],
  });
  // Of a run that leaves nobody out, the own numbers are told.
  const incomplete_at_line = { run_id: 'last', sent: 5, total: 8 };
  const last_run = { id: 'last', unique: 8, ended_at: 'then' };
  expect(withoutLeftOut({ last_run, incomplete_at_line })).toMatchObject({ incomplete_at_line });
});

test('each sentence with such a number is one that the server writes', () => {
  const present = Object.keys(countsInSentences).filter((template) => !(template in countsInEarlierSentences));
  expect(present.filter((template) => !sentences.includes(template))).toEqual([]);
});

/** Numbers of the scan, of LINE, of the person's own words, or of a message for the channels of administrators. */
const othersWithNumbers = [
  'Skipped values: {0} of {1} ({2}). The limit is {3}.',
  'None of the {0} values of "{1}" is valid. Nothing was sent, and the audience at {2} is unchanged.',
  'at least {0} members ({1}’s estimate)',
  'at most {0} members ({1}’s estimate)',
  'The database of the suppression list "{0}" cannot hash {1} of its values, so nothing was sent. Correct or remove these values, or turn off hashing in the database.',
  'A spreadsheet probably damaged {0} values. {1} ended in .0 and were repaired. {2} have an exponent such as E+11 and were skipped, because their last digits are lost.',
  'The field has {0} values that were already hashed and {1} plain ones. Hashed values are sent unchanged. Make sure that they were normalised before hashing.',
  '{0} values were skipped, because the database cannot bring them into the form that {1} expects. To send them, correct them in the database, or turn off hashing in the database.',
  '{0} values are not LINE user IDs and were skipped. A LINE user ID is U and 32 digits and letters from a to f, in lower case. IDs of groups (C…) and rooms (R…), LINE IDs such as @name, and hashes cannot be sent.',
  '“{0}”: {1} members.',
  'Match rate: {0}.',
  'A chunk must have room for at least one record of {0} bytes, not {1} records and {2} bytes.',
  'The job “{0}” succeeded. Its list has {1} members.',
  // For the administrators who change lists.
  'The suppression list "{0}" applies to all jobs, which are {1} now. It kept {2} members out of their last runs. They come back with the next runs.',
  'The suppression list "{0}" would not keep the same people out of its jobs any more. The change concerns {1} of them. It kept {2} members out of their last runs. At most that many come back with the next runs.',
  // A moment.
  'A run begins by itself, from {0} on.',
  // From numbers in tens.
  'The change concerns {0} audiences of this job. About {1} members who were kept out of them come in with the next runs.',
  'At least {0} of about {1} members of the last run are not in this one ({2}). The limit is {3}.',
  'Without the hold-out, about {0} members who were held out come into the audience with the next run.',
  'The experiment "{0}" holds out other people than "{1}". With the next run, about {2} members who were held out come into the audience, and about {3} who may have seen the campaign leave it.',
  'With a share of {0} instead of {1}, about {2} members who were held out come into the audience with the next run.',
  'With a share of {0} instead of {1}, about {2} members who may have seen the campaign leave the audience with the next run.',
  'The suppression list "{0}" kept about {1} members out of the last run of this job. Without it, they come back with the next run, unless another list has them.',
];

test('each sentence that may have such a number is known', () => {
  const numbers =
    /\{\d\} (of the \{\d\} )?(valid )?(members|records|values)\b|\{\d\} of its values|Replacing them with \{\d\}|(held|it holds|\{\d\} holds|from) \{\d\}|[Mm]atch rate|[Aa]pproved|of \{\d\} members|all \{\d\} members|now it is \{/;
  const known = [...Object.keys(countsInSentences), ...othersWithNumbers];
  const unknown = sentences.filter(
    (sentence) => /\{\d/.test(sentence) && numbers.test(sentence) && !known.includes(sentence),
  );
  expect(unknown).toEqual([]);
});

test('no answer tells a viewer or an editor whether one or three of the same members are on a list', {
  timeout: 300_000,
}, async () => {
  const toldWith = async (listed: number) => {
    const bench = await serviceBench();
    const server = await testServer(await bench.database.another(), bench.service);
    await setUp(server);
    const cookie = await signIn(server);
    const writeList = (strangers: number) =>
      bench.write('out.csv', `mail\n${mails('member', listed)}${mails('stranger', strangers)}`);
    const { value: list } = await bench.service.suppressionLists.create(
      newSuppressionList.parse({ name: 'Opted out', segment_id: writeList(40), fields: { email: 'mail' } }),
      aiko,
    );
    const segment_id = bench.write('vip.csv', members(60).csv);
    const alerts = { size_change: { action: 'stop', percent: 5, runs: 2 } };
    const { id } = await bench.createJob({ segment_id, max_shrink: 0, alerts });
    let job: JobView | undefined;
    const settled = async (last?: string) => {
      job = await bench.waitForJob(
        id,
        ({ status, last_run }) => status !== 'runnable' && !!last_run?.ended_at && last_run.id !== last,
      );
    };
    const runNow = async () => {
      await bench.service.jobs.act(id, 'run_now', aiko);
      await settled(job!.last_run!.id);
    };
    const tokens: Record<string, string> = {};
    for (const role of ['administrator', 'editor', 'viewer']) {
      const made = await server.browse({
        method: 'POST',
        url: '/api/v1/api-tokens',
        headers: { cookie },
        payload: { name: role, role },
      });
      tokens[role] = made.json<{ token: string }>().token;
    }
    const ask = async (role: string, url: string, payload?: object) => {
      const answer = await server.app.inject({
        url,
        method: payload ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${tokens[role]}` },
        ...(payload && { payload }),
      });
      // A preview is refused while the list has shrunk.
      expect([200, 422], `${url} ${answer.body}`).toContain(answer.statusCode);
      return answer.body;
    };
    const told: Record<string, string[]> = { administrator: [], editor: [], viewer: [] };
    const tell = async () => {
      const run = job!.last_run!.id;
      const at = `authorization_id=${bench.authorizationId}&adaccount_id=${job!.configuration.adaccount_id}`;
      const preview = { segment_id, id_field: 'email', identifier_type: 'email' };
      // Only to show that there is something to hide.
      told.administrator!.push(anonymous(await ask('administrator', '/api/v1/jobs'), bench.directory));
      for (const role of ['editor', 'viewer']) {
        const bodies = [
          await ask(role, '/api/v1/me'),
          await ask(role, '/api/v1/jobs'),
          await ask(role, '/api/v1/jobs/rows'),
          // A cursor is a question whether the size is smaller.
          await ask(role, `/api/v1/jobs/rows?sort=size&cursor=${cursorAt(58)}`),
          await ask(role, `/api/v1/jobs?sort=size&cursor=${cursorAt(28)}`),
          await ask(role, `/api/v1/jobs/${id}`),
          await ask(role, `/api/v1/jobs/${id}/history`),
          await ask(role, `/api/v1/jobs/${id}/log`),
          await ask(role, '/api/v1/runs'),
          await ask(role, `/api/v1/runs/${run}`),
          await ask(role, `/api/v1/runs/${run}/report`),
          await ask(role, `/api/v1/runs/${run}/report.csv`),
          await ask(role, `/api/v1/runs/${run}/journal`),
          await ask(role, `/api/v1/runs/${run}/events`),
          await ask(role, `/api/v1/custom-audiences?${at}`),
          await ask(role, '/api/v1/suppression-lists'),
          await ask(role, `/api/v1/suppression-lists/${list.id}`),
          await ask(role, `/api/v1/custom-audiences/${job!.audience_id}/size?${at}`),
          await ask(role, '/api/v1/health-report'),
          await ask(role, '/api/v1/overview?days=7'),
          await ask(role, '/api/v1/alerts'),
          (await ask(role, '/metrics')).match(/^lineup_values.*$/gm),
          await ask(role, '/api/v1/sources/preview', preview),
        ];
        told[role]!.push(...bodies.map((body) => anonymous(String(body), bench.directory)));
      }
    };
    await settled();
    await runNow();
    await tell();

    // The guard and an alert rule stop it, and an editor approves what an editor sees.
    bench.write('vip.csv', members(30).csv);
    await runNow();
    expect(job!.approval?.audiences).toMatchObject([
      { before: { size: 60 - listed }, after: 30 - listed, reasons: [{}, {}] },
    ]);
    await tell();
    const { approval, revision } = JSON.parse(await ask('editor', `/api/v1/jobs/${id}`)) as JobView;
    expect(approval!.audiences).toMatchObject([
      { before: { size: 50 }, after: 20, reasons: [{ measured: 0.6 }, { measured: -0.6 }] },
    ]);
    const other = { ...approval!, judged_at: '2026-03-02T00:00:00.000Z' };
    const approve = (seen: typeof other) =>
      server.app.inject({
        url: `/api/v1/jobs/${id}/actions/run_anyway`,
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.editor}` },
        payload: seenOf(seen, revision),
      });
    expect((await approve(other)).json()).toMatchObject({ code: 'changed_meanwhile' });
    expect((await approve(approval!)).statusCode).toBe(200);
    await settled();
    expect(job!.last_run).toMatchObject({ status: 'succeeded', unique: 30 - listed });
    await tell();

    // The list shrinks.
    writeList(10);
    await runNow();
    expect(job!.error?.code).toBe('suppression_list_shrinks');
    await tell();

    // Nobody is left out any more.
    await bench.service.suppressionLists.change(list.id, 1, { applies_to: 'chosen_jobs' }, aiko, listed);
    await runNow();
    expect(job!.last_run).toMatchObject({ suppressed: null, unique: 30 });
    await tell();
    return told;
  };
  // With both, all sums and means are in the same tens.
  const [single, three] = [await toldWith(1), await toldWith(3)];
  for (const role of ['editor', 'viewer']) expect(single[role], role).toEqual(three[role]);
  expect(single.administrator).not.toEqual(three.administrator);
});

const cursorAt = (size: number): string =>
  Buffer.from(JSON.stringify(['size', 'desc', size, 'zzz'])).toString('base64url');

const mails = (name: string, count: number): string =>
  Array.from({ length: count }, (_, n) => `${name}${n + 1}@example.com\n`).join('');

/** Without what is different in each installation and at each moment. */
const anonymous = (body: string, directory: string): string =>
  body
    .replaceAll(directory, '/directory')
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z| UTC)?/g, 'then')
    .replace(/\d{8}-\d{6}-[a-z0-9]{6}/g, 'run')
    .replace(/\b(run|job|sup|aut|upl|tok)_[A-Za-z0-9_-]+/g, '$1')
    .replace(/"(audience_id|audienceId|id|uploadJobId|upload_job_id)":"\d+"/g, '"$1":""')
    .replace(/"request_id":"\w+"/, '')
    // LINE may work on the chunk for more than one look.
    .replace(/\{"seq":\d+,"event":\{[^{}]*"(WORKING|QUEUED)"[^{}]*\}\},/g, '')
    .replace(/(id: \d+\n)?event: event\ndata: \{[^\n]*"(WORKING|QUEUED)"[^\n]*\n\n/g, '')
    .replace(/^id: \d+\n/gm, '')
    .replace(/"seq":\d+/g, '"seq":0')
    .replace(/"(durationMs|score)":\d+/g, '"$1":0')
    .replace(/"(median_ms|p95_ms)":\[[^\]]*\]/g, '"$1":[]')
    .replace(/"expected_ms":\d+/g, '"expected_ms":0')
    .replace(/(audience id|upload job),\d+/g, '$1')
    .replace(/"stage":"(queue|wait|upload|scan|suppression)"[^}]*\}/g, '"stage":"$1"}')
    .replace(/^(event: progress\n)?data: \{"type":"progress".*\n\n/gm, '');
