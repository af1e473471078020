/** What is known of runs with several identifiers, and of their audiences, on all storages. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore, StoredJob } from '../../../src/contracts/job-store.ts';
import type { RunEvent } from '../../../src/domain/runs/run-events.ts';
import { deliveryOf, foldRun, type RunState } from '../../../src/domain/runs/run-state.ts';
import { useEarlierRuns } from '../../support/earlier-runs.ts';
import { ended, intent, started } from '../../support/runs.ts';
import { aiko, at } from '../../support/service.ts';
import {
  AUDIENCE,
  accepted,
  addEvents,
  bothSent,
  bothStaged,
  created,
  queueRun,
  type Sent,
  SIBLING_AUDIENCE,
  sendingOf,
  sentIn,
  time,
  warning,
  withPhone,
  withSharer,
} from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

const phoneOf = (audience: Record<string, unknown>) => ({
  identifier_type: 'phone',
  id_field: 'phone',
  ...audience,
});
const filling = {
  audience_id: AUDIENCE,
  audience_name: null,
  siblings: [phoneOf({ audience_id: SIBLING_AUDIENCE })],
};
const creating = { audience_name: 'VIP', siblings: [phoneOf({ audience_name: 'VIP (phone)' })] };
const toCreate = { audienceId: null, audienceName: 'VIP (phone)' };

describe.each(stores)('runs with several identifiers on $kind', (kind) => {
  const world = useEarlierRuns(kind);
  const { run } = world;
  const newJob = (configuration: Record<string, unknown> = filling) => world.newJob(configuration);
  let store: JobStore;
  beforeEach(() => {
    ({ store } = world);
  });
  /** A run that replaces only the audience of the telephone numbers. */
  const onlyPhone = (id: string, minutes: number): RunEvent[] => {
    const phone = { audienceId: SIBLING_AUDIENCE, identifierType: 'phone' as const };
    const events = [started(id, time(minutes), phone), ...sentIn(id, minutes).slice(1)];
    return events.map((event) => (event.type === 'accepted' ? accepted(minutes, SIBLING_AUDIENCE) : event));
  };

  test('a run is read with all identifiers, and a run with one has no further ones', async () => {
    const job = await newJob();
    await run('r1', bothSent('r1', 1, ['whole', 'part'], 'failed').slice(0, -1), { job });
    await addEvents(store, 'r1', [
      { ...(warning(2) as Extract<RunEvent, { type: 'warning' }>), delivery: 2 },
      ended(time(3), 'failed'),
    ]);
    const { summary, atLine } = await store.getRun('r1');
    expect(atLine).toBe('part');
    expect(summary).toMatchObject({ audience_id: AUDIENCE, unique: 100, uploaded: 100, warnings: 1 });
    expect(summary.siblings).toEqual([
      {
        delivery: 2,
        identifier_type: 'phone',
        id_field: 'phone',
        audience_id: SIBLING_AUDIENCE,
        audience_name: null,
        scanned: 40,
        missing: 0,
        invalid: 0,
        suppressed: null,
        held_out: null,
        duplicates: 0,
        unique: 40,
        uploaded: 40,
        chunks: 1,
        matching_status: null,
        matching_size: null,
        matching_at: null,
      },
    ]);
    expect((await store.lastRun(job.id))?.summary).toEqual(summary);
    await run('r2', sentIn('r2', 5), { job, minutes: 5 });
    expect((await store.getRun('r2')).summary).not.toHaveProperty('siblings');
    expect((await store.lastRun(job.id))?.summary).not.toHaveProperty('siblings');
  });

  test('each audience has its own last replace and its own sizes', async () => {
    const job = await newJob();
    await run('r1', bothSent('r1', 1), { job, minutes: 1 });
    const larger = bothSent('r2', 2).map((event) => (event.type === 'staged' ? bothStaged(2, 110, 60) : event));
    await run('r2', larger, { job, minutes: 2 });
    await run('r3', bothSent('r3', 3, ['whole', 'part'], 'failed'), { job, minutes: 3 });
    await run('r4', [started('r4', time(4), withPhone()), bothStaged(4)], { job, minutes: 4 });
    // The first delivery of r3 is complete, although another one of the run has failed.
    expect(await store.lastReplace('A1', AUDIENCE)).toEqual({ runId: 'r3', unique: 100, at: time(3) });
    expect(await store.lastReplace('A1', SIBLING_AUDIENCE)).toEqual({ runId: 'r2', unique: 60, at: time(2) });
    expect(await store.lastReplace('A2', SIBLING_AUDIENCE)).toBeUndefined();
    expect(await store.sizesBefore('r4', 9)).toEqual([110, 100]);
    expect(await store.sizesBefore('r4', 9, 2)).toEqual([60, 40]);
    expect(await store.sizesBefore('r4', 1, 2)).toEqual([60]);
    expect(await store.sizesBefore('r4', 9, 3)).toEqual([]);
    // A new audience has no sizes yet.
    await store.transaction((tx) => tx.requestStop('r4', 'end', at(5)));
    await addEvents(store, 'r4', [ended(time(5), 'failed')]);
    await run('r5', [started('r5', time(6), withPhone(toCreate)), bothStaged(6)], { job, minutes: 6 });
    expect(await store.sizesBefore('r5', 9, 2)).toEqual([]);
    // One that was another job's is there as a run of this job sent it, with whatever identifier.
    await store.transaction((tx) => tx.requestStop('r5', 'end', at(7)));
    await addEvents(store, 'r5', [ended(time(7), 'failed')]);
    await run('r6', onlyPhone('r6', 8), { job, minutes: 8 });
    await run('r7', [started('r7', time(9), withPhone()), bothStaged(9)], { job, minutes: 9 });
    expect(await store.sizesBefore('r7', 9, 2)).toEqual([100, 60, 40]);
  });

  test('a run has made those audiences that it was started without', async () => {
    await run('r1', [
      started('r1', time(1), withPhone(toCreate)),
      bothStaged(1),
      ...sendingOf(1, 'part', 1, AUDIENCE),
      ...sendingOf(2, 'part', 1, '900'),
    ]);
    expect(await store.made('A1', '900')).toBe(true);
    expect(await store.made('A1', AUDIENCE)).toBe(false);
    await run('r2', bothSent('r2', 2));
    expect(await store.made('A1', SIBLING_AUDIENCE)).toBe(false);
    await run('r3', [
      started('r3', time(3), { audienceId: null, audienceName: 'VIP', ...withPhone() }),
      bothStaged(3),
      ...sendingOf(1, 'part', 3, '901'),
      ...sendingOf(2, 'part', 3, SIBLING_AUDIENCE),
    ]);
    expect(await store.made('A1', '901')).toBe(true);
    expect(await store.made('A1', SIBLING_AUDIENCE)).toBe(false);
  });

  test('another run supersedes the identifier whose audience it wrote to, and no other', async () => {
    const both = await run('r1', bothSent('r1', 1, ['part', 'part'], 'interrupted'));
    const [first, second] = [deliveryOf(both, 1), deliveryOf(both, 2)];
    const phone = await run('r2', onlyPhone('r2', 2));
    expect(await store.supersededBy(first)).toBeUndefined();
    expect(await store.supersededBy(second)).toBe('r2');
    expect(await store.openUploads(first)).toEqual([]);
    expect(await store.openUploads(second)).toEqual([{ runId: 'r2', delivery: 1, chunk: 1 }]);
    // And the other way round.
    await run('r3', bothSent('r3', 3, ['whole', 'part'], 'interrupted'));
    expect(await store.supersededBy(phone)).toBe('r3');
    expect(await store.openUploads(phone)).toEqual([{ runId: 'r3', delivery: 2, chunk: 1 }]);
    expect(await store.supersededBy(first)).toBe('r3');
    // It has sent all of this one.
    expect(await store.openUploads(first)).toEqual([]);
  });

  test.each([
    ['accepted', accepted],
    ['created', created],
  ])('the creation of any audience may be unanswered until it is %s', async (_, reported) => {
    const job = await newJob(creating);
    const wanted = { jobId: job.id, adAccountId: 'A1', audienceName: 'VIP (phone)' };
    const asks = { ...(intent(time(2)) as Extract<RunEvent, { type: 'intent' }>), delivery: 2 };
    await run('r1', [started('r1', time(1), withPhone(toCreate)), bothStaged(1)], { job });
    expect(await store.unansweredCreation(wanted)).toBeUndefined();
    await addEvents(store, 'r1', [...sendingOf(1, 'part', 2, AUDIENCE), asks]);
    expect(await store.unansweredCreation(wanted)).toBe('r1');
    for (const other of [{ audienceName: 'VIP' }, { adAccountId: 'A2' }, { jobId: 'job_other' }]) {
      expect(await store.unansweredCreation({ ...wanted, ...other })).toBeUndefined();
    }
    await addEvents(store, 'r1', [{ ...reported(3, '900'), delivery: 2 }]);
    expect(await store.unansweredCreation(wanted)).toBeUndefined();
    expect((await store.getRun('r1')).summary.siblings).toMatchObject([{ audience_id: '900' }]);
  });

  describe('a job is incomplete', () => {
    const incomplete = async (job: StoredJob) => (await store.incompleteOf([job.id])).get(job.id);
    const continuable = async (job: StoredJob) => (await incomplete(job))?.continuable;

    test.each([
      ['a part of a further identifier', ['whole', 'part'], 140],
      ['a part of the first identifier', ['part', 'whole'], 140],
      ['nothing of one identifier', ['whole', 'nothing'], 100],
    ] as const)('when LINE has %s', async (_, sent, records) => {
      const job = await newJob();
      await run('r1', bothSent('r1', 1, sent, 'failed'), { job });
      expect(await incomplete(job)).toEqual({
        runId: 'r1',
        sent: records,
        total: 140,
        endedAt: at(1),
        continuable: true,
      });
    });

    test.each([
      ['everything', ['whole', 'whole']],
      ['nothing', ['nothing', 'nothing']],
    ] as const)('but not when LINE has %s', async (_, sent) => {
      const job = await newJob();
      await run('r1', bothSent('r1', 1, sent, 'failed'), { job });
      expect(await incomplete(job)).toBeUndefined();
    });

    test('until something else is in the audience that has a part', async () => {
      const job = await newJob();
      await run('r1', bothSent('r1', 1, ['whole', 'part'], 'failed'), { job });
      await run('r2', sentIn('r2', 2));
      expect(await incomplete(job)).toMatchObject({ runId: 'r1' });
      expect(await continuable(job)).toBe(true);
      await run('r3', onlyPhone('r3', 3).slice(0, -1));
      expect(await incomplete(job)).toMatchObject({ runId: 'r1' });
      expect(await continuable(job)).toBe(false);
      await addEvents(store, 'r3', [ended(time(4))]);
      expect(await incomplete(job)).toBeUndefined();
    });

    test('also when the audience without anything was replaced before the run', async () => {
      const job = await newJob();
      await run('r0', onlyPhone('r0', 1));
      await run('r1', bothSent('r1', 2, ['whole', 'nothing'], 'failed'), { job });
      expect(await incomplete(job)).toMatchObject({ runId: 'r1' });
      await run('r2', onlyPhone('r2', 3));
      expect(await incomplete(job)).toBeUndefined();
    });

    test('not any more when it no longer fills the audience that has a part', async () => {
      const job = await newJob();
      await run('r1', bothSent('r1', 1, ['whole', 'part'], 'failed'), { job });
      const edit = (revision: number, sibling_audience_ids: readonly (string | null)[]) =>
        store.transaction((tx) =>
          tx.changeJob(job.id, revision, { audience_id: AUDIENCE, sibling_audience_ids }, aiko, at(2)),
        );
      await edit(1, []);
      expect(await incomplete(job)).toBeUndefined();
      await edit(2, ['900', SIBLING_AUDIENCE]);
      expect(await incomplete(job)).toMatchObject({ runId: 'r1' });
      await edit(3, [null]);
      expect(await incomplete(job)).toBeUndefined();
    });

    test('before LINE has given the audience an id', async () => {
      const job = await newJob(creating);
      const asks = { ...(intent(time(2)) as Extract<RunEvent, { type: 'intent' }>), delivery: 2 };
      const lost = [started('r1', time(1), withPhone(toCreate)), bothStaged(1), asks];
      await run('r1', [...lost, ended(time(3), 'interrupted')], { job });
      expect(await incomplete(job)).toEqual({ runId: 'r1', sent: 0, total: 140, endedAt: at(3), continuable: true });
    });
  });

  describe('that share an audience', () => {
    const sharing = { ...filling, siblings: [phoneOf({ shares: true })] };
    /** A run that adds to the audience. The telephone numbers go a minute after the e-mail addresses. */
    const both = (id: string, minutes: number, [first, second]: readonly [Sent, Sent]): RunEvent[] => [
      started(id, time(minutes), { mode: 'append', ...withSharer() }),
      bothStaged(minutes),
      ...sendingOf(1, first, minutes, AUDIENCE),
      ...sendingOf(2, second, minutes + 1, AUDIENCE),
      ended(time(minutes + 2), first === 'whole' && second === 'whole' ? 'succeeded' : 'failed'),
    ];

    test('each of them has the audience from the moment that it is there', async () => {
      const request = { audienceId: null, audienceName: 'VIP', ...withSharer() };
      await run('r1', [started('r1', time(1), request), bothStaged(1), intent(time(2)), created(3, '900')]);
      const { summary } = await store.getRun('r1');
      expect(summary).toMatchObject({ audience_id: '900', audience_name: 'VIP' });
      expect(summary.siblings).toMatchObject([{ audience_id: '900', audience_name: 'VIP', id_field: 'phone' }]);
    });

    test('a job is incomplete when a later one of the same run was complete', async () => {
      const job = await newJob(sharing);
      await run('r1', both('r1', 1, ['part', 'whole']), { job });
      expect((await store.incompleteOf([job.id])).get(job.id)).toMatchObject({ runId: 'r1', continuable: true });
      await run('r2', both('r2', 5, ['whole', 'whole']), { job, minutes: 5 });
      expect((await store.incompleteOf([job.id])).get(job.id)).toBeUndefined();
    });

    test('the uploads of all of them may be open', async () => {
      await run('r1', both('r1', 1, ['part', 'part']));
      const next = await run('r2', both('r2', 5, ['nothing', 'nothing']).slice(0, 2));
      expect(await store.openUploads(next)).toEqual([
        { runId: 'r1', delivery: 1, chunk: 1 },
        { runId: 'r1', delivery: 2, chunk: 1 },
      ]);
      expect(await store.openUploads(deliveryOf(next, 2))).toHaveLength(2);
    });

    test('each of them has its own sizes', async () => {
      const job = await newJob(sharing);
      await run('r1', both('r1', 1, ['whole', 'whole']), { job, minutes: 1 });
      await run('r2', both('r2', 5, ['whole', 'whole']), { job, minutes: 5 });
      expect(await store.sizesBefore('r2', 9)).toEqual([100]);
      expect(await store.sizesBefore('r2', 9, 2)).toEqual([40]);
    });

    test('none of them has made an audience that was chosen', async () => {
      await run('r1', both('r1', 1, ['whole', 'whole']));
      expect(await store.made('A1', AUDIENCE)).toBe(false);
      const request = { audienceId: null, audienceName: 'VIP', ...withSharer() };
      await run('r2', [started('r2', time(4), request), ...both('r2', 4, ['whole', 'whole']).slice(1)]);
      expect(await store.made('A1', AUDIENCE)).toBe(true);
    });
  });

  describe('an audience that a run made goes to its job', () => {
    const made = (delivery: number, audienceId: string): RunState => {
      const events = [
        started('r1', time(1), { audienceId: null, audienceName: 'VIP', ...withPhone(toCreate) }),
        bothStaged(1),
        { ...accepted(2, audienceId), ...(delivery > 1 && { delivery }) },
      ];
      return deliveryOf(foldRun(events), delivery);
    };
    const adopt = (delivery: number, audienceId: string) =>
      store.transaction(async (tx) => {
        await tx.lockJobOfRun('r1');
        await tx.adoptAudience('r1', made(delivery, audienceId));
      });
    const idsOf = async ({ id }: StoredJob) => {
      const { audienceId, siblingAudienceIds } = await store.getJob(id);
      return [audienceId, ...siblingAudienceIds];
    };

    test('for the identifier that was to get it, once', async () => {
      const job = await newJob(creating);
      await queueRun(store, 'r1', job.id);
      await adopt(2, '900');
      expect(await idsOf(job)).toEqual([null, '900']);
      await adopt(2, '901');
      expect(await idsOf(job)).toEqual([null, '900']);
      await adopt(1, '902');
      expect(await idsOf(job)).toEqual(['902', '900']);
      expect(await store.jobsOfAudiences(['900', '902', '903'])).toEqual([
        { id: job.id, name: 'VIP customers', audienceId: '902' },
        { id: job.id, name: 'VIP customers', audienceId: '900' },
      ]);
      expect(await store.jobsOfAudiences(['900'])).toMatchObject([{ id: job.id, audienceId: '900' }]);
    });

    test('also after an edit that moved the identifier', async () => {
      const job = await newJob({
        audience_name: 'VIP (phone)',
        identifier_type: 'phone',
        id_field: 'phone',
        siblings: [
          { identifier_type: 'ifa', id_field: 'idfa', audience_name: 'VIP (ifa)' },
          { identifier_type: 'email', id_field: 'email', audience_name: 'VIP' },
        ],
      });
      await queueRun(store, 'r1', job.id);
      await adopt(1, '900');
      expect(await idsOf(job)).toEqual([null, null, '900']);
      await adopt(2, '901');
      expect(await idsOf(job)).toEqual(['901', null, '900']);
    });

    test.each([
      ['name', { ...creating, siblings: [phoneOf({ audience_name: 'Calls' })] }],
      [
        'identifier type',
        {
          ...creating,
          siblings: [{ identifier_type: 'ifa', id_field: 'phone', audience_name: 'VIP (phone)' }],
        },
      ],
      ['ad account', { ...creating, adaccount_id: 'A2' }],
      ['number of identifiers', { audience_name: 'VIP' }],
    ])('but not after an edit that gave it another %s', async (_, configuration) => {
      const job = await newJob(configuration);
      const before = await idsOf(job);
      await queueRun(store, 'r1', job.id);
      await adopt(2, '900');
      expect(await idsOf(job)).toEqual(before);
    });
  });
});
