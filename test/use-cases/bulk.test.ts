/** One request for many jobs: each is done or refused on its own, and a repetition does only the rest. */
import { expect, test } from 'vitest';
import { newAuthorization } from '../../src/contracts/authorizations.ts';
import type { BulkOutcome, BulkUpdate } from '../../src/contracts/bulk.ts';
import { members } from '../support/cli.ts';
import { aiko, aikoAs, aNewJob, SECRET_KEY } from '../support/service.ts';
import { type ServiceBench, serviceBench } from '../support/service-bench.ts';

const editor = aikoAs('editor');
const signal = () => AbortSignal.timeout(60_000);

async function outcomesOf(updates: Promise<AsyncIterable<BulkUpdate>>): Promise<BulkOutcome[]> {
  const found: BulkOutcome[] = [];
  let count: number | undefined;
  for await (const update of await updates) {
    if (update.type === 'jobs') count = update.count;
    else found.push(update);
  }
  expect(found).toHaveLength(count!);
  return found;
}

const short = (outcomes: readonly BulkOutcome[]) =>
  outcomes.map(({ outcome, error }) => (error ? `${outcome}: ${error.message}` : outcome));

/** Paused jobs, which nothing but the test changes. */
async function pausedJobs(bench: ServiceBench, names: readonly string[], tags: string[] = []): Promise<string[]> {
  const segment_id = bench.write('vip.csv', members(9).csv);
  const ids: string[] = [];
  for (const name of names) {
    const job = aNewJob(bench.authorizationId, { segment_id, audience_name: name });
    ids.push((await bench.service.jobs.create({ ...job, name, tags, paused: true }, aiko)).value.id);
  }
  return ids;
}

test('tags are added and removed; what is so already stays, and a refused job says why', async () => {
  const bench = await serviceBench({ role: 'api' });
  const { jobs, auditLog } = bench.service;
  const [a, b, ended] = (await pausedJobs(bench, ['A', 'B', 'Ended'], ['Spring'])) as [string, string, string];
  await jobs.act(ended, 'terminate', aiko);
  const full = Array.from({ length: 10 }, (_, n) => `tag ${n}`);
  await jobs.change(b, 1, { tags: full }, aiko);

  const change = { add_tags: ['VIP', 'spring'] };
  const tag = () => outcomesOf(jobs.changeChosen({ ids: [a, b, ended, 'job_none'] }, change, editor, signal()));
  const first = await tag();
  expect(first.map(({ id }) => id)).toEqual([a, b, ended, 'job_none']);
  expect(short(first)).toEqual([
    'done',
    'refused: A job has at most 10 tags. Remove one first.',
    'refused: The job is terminated. Duplicate the job instead.',
    'refused: There is no job "job_none".',
  ]);
  // Somebody has written the tag in other letters: it is the same tag.
  expect((await jobs.get(a)).tags).toEqual(['Spring', 'VIP']);
  expect(short(await tag())[0]).toBe('unchanged');
  const audit = await auditLog.list({ limit: 9, subject_type: 'job', subject_id: a });
  expect(audit.items.map(({ action, actor, detail }) => [action, actor, detail.changes])).toEqual([
    ['job.change', 'Aiko Tanaka', { tags: [['Spring'], ['Spring', 'VIP']] }],
    ['job.create', 'Aiko Tanaka', undefined],
  ]);
  const removal = { add_tags: ['Autumn'], remove_tags: ['SPRING'] };
  expect(short(await outcomesOf(jobs.changeChosen({ ids: [a] }, removal, editor, signal())))).toEqual(['done']);
  expect((await jobs.get(a)).tags).toEqual(['VIP', 'Autumn']);
});

test('a filter is for the jobs that the person saw, and the request of two people loses nothing', async () => {
  const bench = await serviceBench({ role: 'api' });
  const { jobs } = bench.service;
  const ids = await pausedJobs(bench, ['A', 'B', 'C'], ['Spring']);
  const others = await pausedJobs(bench, ['D']);
  const chosen = { filter: { tag: 'Spring' }, count: 3 };
  await expect(
    jobs.changeChosen({ ...chosen, count: 4 }, { add_tags: ['VIP'] }, editor, signal()),
  ).rejects.toMatchObject({ code: 'changed_meanwhile' });
  const both = await Promise.all(
    ['VIP', 'Gold'].map((tag) => outcomesOf(jobs.changeChosen(chosen, { add_tags: [tag] }, editor, signal()))),
  );
  expect(both.flatMap(short)).toEqual(Array(6).fill('done'));
  for (const id of ids) expect((await jobs.get(id)).tags.toSorted()).toEqual(['Gold', 'Spring', 'VIP']);
  expect((await jobs.get(others[0]!)).tags).toEqual([]);
});

test('whoever goes away stops the rest, and a repetition does it', async () => {
  const bench = await serviceBench({ role: 'api' });
  const { jobs } = bench.service;
  const ids = await pausedJobs(bench, ['A', 'B', 'C', 'D', 'E', 'F']);
  const gone = new AbortController();
  const seen: string[] = [];
  for await (const update of await jobs.changeChosen({ ids }, { add_tags: ['VIP'] }, editor, gone.signal)) {
    if (update.type === 'job') seen.push(update.id);
    gone.abort();
  }
  expect(seen).toEqual([]);
  const again = await jobs.changeChosen({ ids: ids.slice(0, 2) }, { add_tags: ['VIP'] }, editor, signal());
  expect(short(await outcomesOf(Promise.resolve(again)))).toEqual(['done', 'done']);
  expect(short(await outcomesOf(jobs.changeChosen({ ids }, { add_tags: ['VIP'] }, editor, signal())))).toEqual([
    'unchanged',
    'unchanged',
    ...Array(4).fill('done'),
  ]);
});

test('a busy job is refused, and what is done already is not done again', async () => {
  const bench = await serviceBench({ role: 'api' });
  const { jobs } = bench.service;
  const ids = await pausedJobs(bench, ['A', 'B']);
  await jobs.act(ids[1]!, 'resume', aiko);
  const act = async (action: 'resume' | 'pause' | 'run_now') =>
    short(await outcomesOf(jobs.actOnChosen({ ids }, action, editor, signal())));
  expect(await act('pause')).toEqual(['unchanged', 'done']);
  expect(await act('run_now')).toEqual(Array(2).fill('refused: The job is paused. Resume it first.'));
  expect(await act('resume')).toEqual(['done', 'done']);
  expect(await act('resume')).toEqual(['unchanged', 'unchanged']);
  expect(await act('run_now')).toEqual(Array(2).fill('refused: The job is running. A run is already in progress.'));
});

test('jobs move to another authorization of the same kind, each checked as an edit is', async () => {
  const bench = await serviceBench({ role: 'api' });
  const { jobs, authorizations } = bench.service;
  const ids = await pausedJobs(bench, ['A', 'B']);
  const add = async (label: string, provider: string, method: string, configuration: Record<string, string>) => {
    const input = newAuthorization.parse({ provider, method, label, configuration });
    return (await authorizations.create(input, aiko)).value.id;
  };
  const { accessKey } = bench.simulator.keys[0]!;
  const keys = { access_key: accessKey, secret_key: SECRET_KEY };
  const other = await add('New key', 'line_ads', 'line_ads_api_key', keys);
  const wrong = await add('Wrong key', 'line_ads', 'line_ads_api_key', { ...keys, secret_key: 'a-wrong-one' });
  const lake = await add('Lake', 's3', 's3_access_key', {
    bucket: 'lake',
    region: 'ap-northeast-1',
    access_key_id: 'AKIAINVENTED',
    secret_access_key: 'an-invented-secret',
  });
  const move = async (authorization_id: string) =>
    short(await outcomesOf(jobs.changeChosen({ ids }, { authorization_id }, editor, signal())));
  expect(await move(lake)).toEqual(
    Array(2).fill('refused: This job uses no authorization of this kind, so it was not changed.'),
  );
  expect(await move(wrong)).toEqual(Array(2).fill(expect.stringMatching(/^refused: .*401/)));
  expect((await jobs.get(ids[0]!)).authorization_id).toBe(bench.authorizationId);
  expect(await move(other)).toEqual(['done', 'done']);
  expect(await move(other)).toEqual(['unchanged', 'unchanged']);
  expect((await jobs.get(ids[0]!)).authorization_label).toBe('New key');
  await expect(jobs.changeChosen({ ids }, { authorization_id: 'aut_none' }, editor, signal())).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a line says what the list of jobs says, and names files only to those who may see them', async () => {
  const bench = await serviceBench();
  const { jobs, uploads } = bench.service;
  const content = Buffer.from(members(9).csv);
  const bytes = (async function* () {
    yield content;
  })();
  const upload = await uploads.create(
    { name: 'guests of Hanako.csv', policy: 'keep' },
    { bytes, length: content.length },
    aiko,
    signal(),
  );
  const { id } = await bench.createJob({ segment_id: upload.segment_id, audience_name: 'Guests' }, 'Spring');
  const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
  const { items, total } = await jobs.rows({ limit: 9 }, 'editor');
  expect(total).toBe(1);
  const { found_by, last_run, adaccount_id, siblings, next_run_at, ...row } = items[0]!;
  expect(job).toMatchObject({ ...row, configuration: { adaccount_id, siblings } });
  const toSecond = (time: string | null) => time?.replace(/\.\d+Z$/, 'Z');
  expect(last_run).toEqual({ status: 'succeeded', at: toSecond(job.last_run!.ended_at) });
  expect(next_run_at).toBe(toSecond(job.next_run_at));
  expect(found_by).toEqual([upload.segment_id, 'Guests', job.audience_id, 'guests of Hanako.csv']);
  const forViewer = await jobs.rows({ limit: 9 });
  expect(forViewer.items[0]?.found_by).toEqual([upload.segment_id, 'Guests', job.audience_id]);
  for (const [search, found] of [
    ['guests', 1],
    ['hanako', 0],
  ] as const) {
    expect((await jobs.rows({ limit: 9, search })).items, search).toHaveLength(found);
  }
});
