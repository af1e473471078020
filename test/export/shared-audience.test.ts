/**
 * Two identifiers fill one audience, at a destination that creates the audience first, and whose upload jobs have no
 * names: they are known by the answer to the upload alone.
 */
import { expect, onTestFinished, test } from 'vitest';
import type { Accepted, Audience, Destination, UploadJob, Written } from '../../src/destinations/destination.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import type { DestinationTraits } from '../../src/domain/destinations/traits.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import type { RunRequest } from '../../src/domain/runs/run.ts';
import { describeRun } from '../../src/domain/runs/run-document.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import { foldRun } from '../../src/domain/runs/run-state.ts';
import { at, members, phones, runBench } from './run-bench.ts';

const traits: DestinationTraits = {
  ...lineAdsTraits,
  modes: ['append'],
  leaving: { by: 'never' },
  creates: 'first',
  sharing: ['email', 'phone'],
  identifiers: {
    email: { audienceType: 'LIST', sent: ['hashed'] },
    phone: { audienceType: 'LIST', sent: ['hashed'] },
  },
};

type Fault = 'lost before' | 'lost after' | 'refused';

/** The other side. It finishes each upload at once. */
function otherSide(turn: DestinationTraits['turn']) {
  const audiences: Audience[] = [];
  const jobs: UploadJob[] = [];
  const requests: string[] = [];
  const faults: Record<string, Fault[]> = {};
  /** How many uploads go on at this moment. */
  let going = 0;
  const lost = new LineupError('line_unreachable', 'The answer was lost.', { retryable: true });
  const answer = async <T>(name: string, act: () => T): Promise<Written<T>> => {
    requests.push(name);
    going += 1;
    if (going > 1) throw new Error('Two requests that write go on at the same time.');
    await new Promise((resolve) => setImmediate(resolve));
    going -= 1;
    const fault = faults[name]?.shift();
    if (fault === 'refused') {
      return { outcome: 'not_taken', why: new LineupError('line_rejected', 'No.'), reason: 'NO' };
    }
    if (fault === 'lost before') return { outcome: 'unknown', why: lost, reason: null };
    const value = act();
    return fault === 'lost after' ? { outcome: 'unknown', why: lost, reason: null } : { outcome: 'taken', value };
  };
  const destination: Destination = {
    traits: { ...traits, turn },
    verify: async () => [],
    accounts: async () => [],
    page: async () => ({ items: audiences, hasNext: false }),
    find: async function* (_, by) {
      yield* audiences.filter(({ id, name }) => ('name' in by ? name === by.name : by.ids.includes(id)));
    },
    create: (_, { name }) =>
      answer('create', () => {
        const audience: Audience = {
          ...{ id: `a${audiences.length + 1}`, name, identifierType: null, type: 'LIST', status: 'READY' },
          ...{ failedType: null, size: '100', created: at, unusable: null },
        };
        audiences.push(audience);
        return audience;
      }),
    rename: () => Promise.reject(new Error('not asked')),
    remove: () => Promise.reject(new Error('not asked')),
    send: ({ audience, action, identifierType }) =>
      answer(`${action} ${identifierType}`, (): Accepted => {
        if (!('id' in audience)) throw new Error('An upload needs an audience.');
        const id = `j${jobs.length + 1}`;
        jobs.push({
          ...{ id, state: 'FINISHED', word: 'DONE', fileName: '', action: 'ADD', remark: null, meaning: null },
          ...{ count: null, again: false, created: at },
        });
        return { audienceId: audience.id, audienceName: null, jobId: id };
      }),
    whatBecame: async ({ audience, otherJobIds }) => {
      const left = jobs.filter(({ id }) => !otherJobIds.includes(id));
      if (!('id' in audience) || left.length !== 1) return undefined;
      return { audienceId: audience.id, audienceName: null, jobId: left[0]!.id };
    },
    job: async ({ jobId }) => jobs.find(({ id }) => id === jobId),
    uploads: async () => jobs,
  };
  return { destination, audiences, jobs, requests, faults };
}

const shared: Partial<RunRequest> = {
  mode: 'append',
  audienceId: null,
  audienceName: 'VIP',
  siblings: [
    {
      ...{ field: 'phone', identifierType: 'phone', ifaFormat: 'sha256', defaultCountry: 'JP' },
      ...{ audienceId: null, audienceName: null, shares: true },
    },
  ],
};

function bench(change: Partial<RunRequest> = {}, turn: DestinationTraits['turn'] = 'until_finished') {
  const other = otherSide(turn);
  const made = runBench(other.destination, { ...shared, ...change });
  // As everywhere, the turn at an audience is free for one.
  const held = new Set<string>();
  const { limits } = made.context;
  Object.assign(limits, {
    audience: async (_: string, id: string) => {
      if (held.has(id)) throw new Error(`The run waits for ${id}, which it has itself.`);
      held.add(id);
      return () => void held.delete(id);
    },
  });
  onTestFinished(() => expect(held).toEqual(new Set()));
  return { ...other, ...made, types: () => made.events.map(typeOf) };
}

const typeOf = (event: RunEvent): string =>
  'delivery' in event && event.delivery ? `${event.type} ${event.delivery}` : event.type;

test('the first identifier creates the audience, and the others go into it after that, one after another', async () => {
  const { run, requests, audiences, types, events } = bench({ chunkRecords: 2 });
  expect(await run()).toMatchObject({ status: 'succeeded', audienceId: 'a1', audienceName: 'VIP' });
  expect(requests).toEqual(['create', 'ADD email', 'ADD email', 'ADD phone', 'ADD phone']);
  expect(audiences).toHaveLength(1);
  const sent = ['intent', 'accepted', 'job'];
  const second = sent.map((type) => `${type} 2`);
  expect(types()).toEqual([
    ...['started', 'staged', 'intent', 'created', ...sent, ...sent, ...second, ...second, 'ended'],
  ]);
  expect(events.filter(({ type }) => type === 'intent')).toMatchObject(
    [null, 'a1', 'a1', 'a1', 'a1'].map((audienceId) => ({ audienceId, action: 'ADD' })),
  );
  expect(events.find(({ type }) => type === 'accepted')).toMatchObject({ uploadJobId: 'j1' });
  expect(events.find(({ type }) => type === 'job')).toMatchObject({ jobStatus: 'FINISHED', word: 'DONE' });
});

test('so it is where an upload may go as soon as the last one is answered', async () => {
  const { run, requests } = bench({ chunkRecords: 2 }, 'until_answered');
  expect(await run()).toMatchObject({ status: 'succeeded' });
  expect(requests).toEqual(['create', 'ADD email', 'ADD email', 'ADD phone', 'ADD phone']);
});

test('the document of such a run names the audience at each identifier', async () => {
  const { run, events } = bench();
  await run();
  const { audience, siblings } = describeRun(foldRun(events), new Date(at));
  expect(audience).toMatchObject({ id: 'a1', name: 'VIP', created: true });
  expect(siblings).toMatchObject([{ identifierType: 'phone', audience: { id: 'a1', name: 'VIP', created: true } }]);
});

test.each<[Fault, string[]]>([
  ['lost after', ['create', 'ADD email', 'ADD phone']],
  ['lost before', ['create', 'create', 'ADD email', 'ADD phone']],
])('a creation whose answer was %s makes one audience', async (fault, expected) => {
  const { run, requests, audiences, faults } = bench();
  faults.create = [fault];
  expect(await run()).toMatchObject({ status: 'succeeded' });
  expect(requests).toEqual(expected);
  expect(audiences).toHaveLength(1);
});

test.each<[Fault, string[]]>([
  ['lost after', ['create', 'ADD email', 'ADD phone']],
  ['lost before', ['create', 'ADD email', 'ADD phone', 'ADD phone']],
])(
  'an upload into a shared audience whose answer was %s is no job of the other identifier',
  async (fault, expected) => {
    const { run, requests, faults, events } = bench();
    faults['ADD phone'] = [fault];
    expect(await run()).toMatchObject({ status: 'succeeded' });
    expect(requests).toEqual(expected);
    expect(events.filter(({ type }) => type === 'accepted')).toMatchObject([
      { uploadJobId: 'j1' },
      { uploadJobId: 'j2' },
    ]);
  },
);

test('nothing is sent of the others when the audience is not created, and a resumed run makes it', async () => {
  const { run, resume, requests, faults, types } = bench();
  faults.create = ['refused'];
  expect(await run()).toMatchObject({ status: 'failed', error: { code: 'line_rejected' } });
  expect(requests).toEqual(['create']);
  expect(types().slice(-4)).toEqual(['not_taken', 'delivery_failed', 'delivery_failed 2', 'ended']);
  expect(await resume()).toMatchObject({ status: 'succeeded' });
  expect(requests).toEqual(['create', 'create', 'ADD email', 'ADD phone']);
});

test('an identifier that fails after that does not stop the others, and only its own chunks are sent again', async () => {
  const { run, resume, requests, faults } = bench();
  faults['ADD email'] = ['refused'];
  expect(await run()).toMatchObject({ status: 'failed' });
  expect(requests).toEqual(['create', 'ADD email', 'ADD phone']);
  expect(await resume()).toMatchObject({ status: 'succeeded' });
  expect(requests).toEqual(['create', 'ADD email', 'ADD phone', 'ADD email']);
});

test('an audience that is there gets no REPLACE by a further identifier', async () => {
  const { run, requests, audiences, world } = bench({ audienceId: 'a1', audienceName: null, mode: 'replace' });
  audiences.push({
    ...{ id: 'a1', name: 'VIP', identifierType: null, type: 'LIST', status: 'READY' },
    ...{ failedType: null, size: '100', created: at, unusable: null },
  });
  world.columns = [members, phones];
  expect(await run()).toMatchObject({ status: 'succeeded' });
  expect(requests).toEqual(['REPLACE email', 'ADD phone']);
});
