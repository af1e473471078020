/** Whole exports to the toy, which differs from LINE Ads in all that the traits can say. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LocalRuns } from '../../src/compose/local-runs.ts';
import { openSource } from '../../src/compose/open-source.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import type { ExportRequest } from '../../src/domain/audiences/requests.ts';
import type { RunDocument } from '../../src/domain/runs/run.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { FileLimits } from '../../src/store/data-directory/file-limits.ts';
import { directoryOfTest } from '../support/directory.ts';
import { KilledError, MortalRuns } from '../support/mortal-runs.ts';
import { toyKit } from './toy/kit.ts';
import { registerToy } from './toy/register.ts';
import type { ToyFault } from './toy/simulator.ts';
import { toyTraits } from './toy/traits.ts';

const people = Array.from({ length: 5 }, (_, n) => `person${n}@example.com`);
const phones = people.map((_, n) => `+8190123456${n}0`);
const hashesOf = (values: readonly string[]) =>
  values.map((value) => createHash('sha256').update(value).digest('hex')).sort();
const hashes = hashesOf(people);
const both = hashesOf([...people, ...phones.map((phone) => phone.slice(1))]);

async function bench(
  change: (destination: Destination) => Destination = (destination) => destination,
  members: readonly string[] = people,
) {
  registerToy();
  const { kit, simulator } = await toyKit();
  onTestFinished(() => simulator.close());
  const directory = directoryOfTest('toy-runs');
  const source = join(directory, 'members.csv');
  writeFileSync(source, ['email,phone', ...members.map((email, n) => `${email},${phones[n]}`), ''].join('\n'));
  const runs = new MortalRuns(directory);
  const limits = new FileLimits(directory, kit.clock, Math.random);
  onTestFinished(() => limits.close());
  const local = new LocalRuns({
    runs,
    limits,
    clock: kit.clock,
    random: Math.random,
    traits: toyTraits,
    destination: async () => change(await kit.connect({ limits })),
    openSource: async (where, signal) => openSource(where, () => undefined, signal),
  });
  const request: ExportRequest = {
    source,
    field: 'email',
    identifierType: 'email',
    ifaFormat: 'sha256',
    chunkRecords: 1_000_000,
    chunkBytes: 1_000_000,
    adAccountId: kit.account,
    audienceName: 'VIP',
    mode: 'append',
    maxShrink: 0.5,
    dryRun: false,
  };
  const pace = { pollIntervalMs: 50, jobTimeoutMs: Number.MAX_SAFE_INTEGER };
  const hooks = { signal: new AbortController().signal, onProgress: () => {} };
  const eventsOf = (runId: string): RunEvent[] =>
    readFileSync(join(directory, 'runs', runId, 'journal.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
  return {
    kit,
    simulator,
    runs,
    eventsOf,
    start: (more: Partial<ExportRequest> = {}): Promise<RunDocument> =>
      local.export({ ...request, ...more }, pace, hooks),
    resume: (runId: string): Promise<RunDocument> => local.resume(runId, {}, pace, hooks),
  };
}

const typesOf = (events: readonly RunEvent[]) => events.map(({ type }) => type);

test('a run creates the audience, sends the members with their heading, and waits for the job', async () => {
  const { kit, simulator, eventsOf, start } = await bench();
  const run = await start();
  expect(run).toMatchObject({
    status: 'succeeded',
    audience: { name: 'VIP', created: true, before: null },
    warnings: [],
  });
  expect(kit.held(run.audience?.id ?? '')).toEqual(hashes);
  const events = eventsOf(run.runId ?? '');
  expect(typesOf(events)).toEqual([
    'started',
    'staged',
    'intent',
    'created',
    'intent',
    'accepted',
    ...events.filter(({ type }) => type === 'job').map(({ type }) => type),
    // Its lists end after 90 days.
    'life',
    'ended',
  ]);
  expect(events[0]).toMatchObject({ request: { destination: 'toy', heading: 'sha256_email' } });
  const [creation, first] = events.filter((event) => event.type === 'intent');
  expect(creation).toMatchObject({ audienceId: null, action: 'ADD' });
  expect(first).toMatchObject({ audienceId: run.audience?.id, action: 'ADD' });
  const [job] = simulator.jobs;
  expect(events.find(({ type }) => type === 'accepted')).toMatchObject({ uploadJobId: job?.id });
  // The state in our word, and beside it the one of the toy.
  expect(events.findLast(({ type }) => type === 'job')).toMatchObject({
    uploadJobId: job?.id,
    jobStatus: 'FINISHED',
    word: 'done',
    audienceCount: null,
  });
  expect(run.chunks).toMatchObject([{ jobStatus: 'FINISHED', word: 'done', audienceCount: null }]);
  expect(simulator.violations).toEqual([]);
});

test('a run to an audience that exists neither creates nor compares', async () => {
  const { kit, simulator, eventsOf, start } = await bench();
  const audienceId = kit.addAudience('VIP', 100);
  const run = await start({ audienceId, audienceName: undefined as never });
  expect(run).toMatchObject({ status: 'succeeded', audience: { id: audienceId, created: false, before: null } });
  expect(kit.held(audienceId)).toHaveLength(100 + hashes.length);
  expect(typesOf(eventsOf(run.runId ?? ''))).not.toContain('compared');
  // It does not wait for the uploads of others, so it asks for jobs only when it has sent one.
  const asked = simulator.requests.map((request) => request.replace(/\d+/, 'id'));
  expect(asked.indexOf('GET /lists/id/jobs')).toBeGreaterThan(asked.indexOf('POST /lists/id/uploads'));
});

interface Case {
  readonly about: string;
  readonly faults: readonly ToyFault[];
}

/** Dies after each entry of the journal in turn, and continues. */
async function dieAndContinue(faults: readonly ToyFault[], expected: readonly string[], more: Partial<ExportRequest>) {
  const diedAfter = new Set<string>();
  for (let entries = 1; ; entries += 1) {
    const { kit, simulator, runs, eventsOf, start, resume } = await bench();
    for (const fault of faults) simulator.fault(fault);
    runs.entriesLeft = entries;
    const first = await start(more).catch((error: unknown) => {
      if (!(error instanceof KilledError)) throw error;
    });
    let last = first;
    if (!first) {
      diedAfter.add(runs.last ?? '');
      runs.entriesLeft = Number.POSITIVE_INFINITY;
      const [stopped] = await runs.list();
      last = stopped && stopped.status !== 'succeeded' ? await resume(stopped.runId) : undefined;
    }
    if (last) {
      expect(last, `after ${entries} entries`).toMatchObject({ status: 'succeeded', error: null });
      expect(last.audience).toMatchObject({ created: true });
      assertOrder(eventsOf(last.runId ?? ''));
    }
    const lists = [...simulator.lists.values()];
    expect(lists.map(({ name }) => name)).toEqual(['VIP']);
    expect(kit.held(lists[0]!.id)).toEqual(expected);
    expect(simulator.violations).toEqual([]);
    if (first) break;
  }
  expect([...diedAfter]).toEqual(expect.arrayContaining(['staged', 'intent', 'created', 'accepted', 'job']));
}

/** Nothing that was taken is sent again unless its job has failed, and the audience is created once. */
function assertOrder(events: readonly RunEvent[]): void {
  expect(typesOf(events).filter((type) => type === 'created')).toHaveLength(1);
  const accepted = new Set<number>();
  for (const event of events) {
    if (!('delivery' in event || 'chunk' in event)) continue;
    const delivery = event.delivery ?? 1;
    if (event.type === 'intent') expect(accepted).not.toContain(delivery);
    if (event.type === 'accepted') accepted.add(delivery);
    if (event.type === 'job' && event.jobStatus === 'FAILED') accepted.delete(delivery);
  }
}

describe('a run that dies after any entry of its journal continues to the exact audience', () => {
  test.each<Case>([
    { about: 'nothing goes wrong', faults: [] },
    { about: 'the answer of the creation is lost', faults: [{ on: 'create', kind: 'lose_after' }] },
    { about: 'the creation is lost', faults: [{ on: 'create', kind: 'lose_before' }] },
    { about: 'the answer of the upload is lost', faults: [{ on: 'upload', kind: 'lose_after' }] },
    { about: 'the upload is lost', faults: [{ on: 'upload', kind: 'lose_before' }] },
    { about: 'the job fails', faults: [{ on: 'upload', kind: 'job_failed' }] },
    {
      about: 'the token is refused',
      faults: [
        { on: 'create', kind: 'revoke' },
        { on: 'upload', kind: 'revoke' },
      ],
    },
  ])('when $about', ({ faults }) => dieAndContinue(faults, hashes, {}));

  test.each<Case>([
    { about: 'nothing goes wrong', faults: [] },
    { about: 'the answer of the creation is lost', faults: [{ on: 'create', kind: 'lose_after' }] },
    { about: 'the answer of the first upload is lost', faults: [{ on: 'upload', kind: 'lose_after' }] },
    {
      about: 'the answer of the second upload is lost',
      faults: [
        { on: 'upload', kind: 'job_late' },
        { on: 'upload', kind: 'lose_after' },
      ],
    },
  ])('with two identifiers in one audience, when $about', ({ faults }) =>
    dieAndContinue(faults, both, { siblings: [{ identifierType: 'phone', field: 'phone', shares: true }] }),
  );
});

test('a job that fails is sent again a few times, and then by a person', async () => {
  const { kit, simulator, eventsOf, start, resume } = await bench();
  for (let n = 0; n < 3; n += 1) simulator.fault({ on: 'upload', kind: 'job_failed' });
  const run = await start();
  expect(run).toMatchObject({
    status: 'failed',
    error: { code: 'upload_job_failed', retryable: true, resumable: true },
  });
  expect(simulator.jobs).toHaveLength(3);
  const resumed = await resume(run.runId ?? '');
  expect(resumed).toMatchObject({ status: 'succeeded' });
  expect(simulator.jobs).toHaveLength(4);
  expect(kit.held(resumed.audience?.id ?? '')).toEqual(hashes);
  expect(typesOf(eventsOf(run.runId ?? '')).filter((type) => type === 'accepted')).toHaveLength(4);
});

test('a name that somebody else has taken meanwhile is not adopted', async () => {
  const { kit, simulator, start } = await bench((destination) => ({
    ...destination,
    create: (...wanted) => {
      kit.addAudience('VIP', 7);
      return destination.create!(...wanted);
    },
  }));
  const run = await start();
  expect(run).toMatchObject({ status: 'failed', error: { code: 'audience_name_taken' } });
  expect(simulator.jobs).toEqual([]);
});

test('while a run waits for its job, another one sends to the audience', async () => {
  const { kit, simulator, start } = await bench();
  const to = { audienceId: kit.addAudience('VIP'), audienceName: undefined as never };
  const finish = simulator.holdJobs();
  const first = start(to);
  await expect.poll(() => simulator.jobs).toHaveLength(1);
  const second = start(to);
  await expect.poll(() => simulator.jobs).toHaveLength(2);
  finish();
  expect(await Promise.all([first, second])).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }]);
});

test.each([
  { code: 'too_few_rows', members: people.slice(0, 2), chunkRecords: 1_000_000 },
  { code: 'audience_too_large', members: people, chunkRecords: 3 },
])('what the toy would not take ($code) is refused before its audience is created', async (given) => {
  const { code, members, chunkRecords } = given;
  const { simulator, start } = await bench(undefined, members);
  expect(await start({ chunkRecords })).toMatchObject({ status: 'failed', error: { code } });
  expect([...simulator.lists]).toEqual([]);
  expect(simulator.jobs).toEqual([]);
});

test('a client secret that is refused stops the run with a reason to connect again', async () => {
  const { kit, start } = await bench();
  kit.tokens?.refuseClient();
  await expect(start()).resolves.toMatchObject({ status: 'failed', error: { code: 'line_unauthorized' } });
});

const toList = (audienceId: string): Partial<ExportRequest> => ({ audienceId, audienceName: undefined as never });

test('an upload that was lost is not taken for that of an earlier run', async () => {
  const { kit, simulator, start } = await bench();
  const to = toList(kit.addAudience('VIP'));
  await start(to);
  simulator.fault({ on: 'upload', kind: 'lose_before' });
  expect(await start(to)).toMatchObject({ status: 'succeeded' });
  // A moment ago, by the clock of the toy: only its id tells that the first job is none of it.
  expect(simulator.jobs).toHaveLength(2);
});

test('a new audience has the days of the run, and an existing one gets them', async () => {
  const { simulator, start } = await bench();
  const made = await start({ memberDays: 7 });
  expect(made).toMatchObject({ status: 'succeeded', warnings: [] });
  const [list] = simulator.lists.values();
  expect(list?.days).toBe(7);
  await start({ ...toList(list!.id), memberDays: 14 });
  expect(list?.days).toBe(14);
  const asked = simulator.requests.filter((request) => request.startsWith('PATCH')).length;
  await start({ ...toList(list!.id), memberDays: 14 });
  expect(simulator.requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(asked);
});

test.each([
  ['refuses to', undefined, 'The toy answered 400 bad_value.'],
  [
    'cannot',
    { by: 'age', days: [1, 30], isChangeable: false } as const,
    'the toy does not change the days of an audience that exists.',
  ],
])('where the toy %s change the days, the run sends the members and warns', async (_, leaving, words) => {
  const { kit, simulator, start } = await bench((destination) => ({
    ...destination,
    traits: { ...destination.traits, ...(leaving && { leaving }) },
  }));
  const audienceId = kit.addAudience('VIP');
  if (!leaving) simulator.fault({ on: 'rename', kind: 'refuse' });
  const run = await start({ ...toList(audienceId), memberDays: 7 });
  expect(run).toMatchObject({ status: 'succeeded', warnings: [{ code: 'member_days_kept', count: 30 }] });
  expect(run.warnings[0]?.message).toContain('after 30 days, and not after 7, as the job has it.');
  expect(run.warnings[0]?.message).toContain(words);
  expect(kit.held(audienceId)).toEqual(hashes);
});
