/** The journals of runs, as workers write them, on all storages. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobStore, JobTransaction, StoredJob } from '../../../src/contracts/job-store.ts';
import type { Lease, RunFolder } from '../../../src/contracts/ports.ts';
import { foldRun } from '../../../src/domain/runs/run-state.ts';
import { RunJournals } from '../../../src/jobs/run-journals.ts';
import { systemClock } from '../../../src/machine/system-clock.ts';
import { HeldLeases } from '../../../src/store/coordination/leases.ts';
import { ended, intent, staged, started } from '../../support/runs.ts';
import { aiko, at } from '../../support/service.ts';
import {
  accepted,
  bothStaged,
  created,
  makeJob,
  queueRun,
  resumed,
  time,
  transition,
  withPhone,
  withSharer,
} from '../../support/stored-runs.ts';
import { stores, type TestStore } from '../../support/stores.ts';

/** These runs stage nothing. */
const noFolder = {} as RunFolder;

interface Worker {
  readonly store: JobStore;
  readonly journals: RunJournals;
  readonly table: TestStore['leases'];
  /** Those of its journals. */
  readonly leases: Lease[];
}

describe.each(stores)('journals of runs on $kind', (kind) => {
  const current = kind.use();
  const open: HeldLeases[] = [];
  let a: Worker;
  let b: Worker;
  let job: StoredJob;
  const worker = async (): Promise<Worker> => {
    const { store, leases: table } = await current.open();
    const held = new HeldLeases(table, { clock: systemClock, holder: `worker-${open.length}` });
    open.push(held);
    const leases: Lease[] = [];
    const stagedOf = (_: string, lease: Lease) => {
      leases.push(lease);
      return noFolder;
    };
    return { store, table, leases, journals: new RunJournals({ store, leases: held, stagedOf }) };
  };
  beforeEach(async () => {
    a = await worker();
    b = await worker();
    job = await makeJob(a.store, await current.authorize());
    await queueRun(a.store, 'r1', job.id);
  });
  afterEach(async () => {
    for (const leases of open.splice(0)) await leases.close();
  });
  const begin = ({ journals }: Worker, change = {}) => journals.open('r1', async () => started('r1', time(0), change));
  const typesOf = async (runId = 'r1') => (await a.store.runEvents(runId)).map(({ type }) => type);

  test('a later worker finds what an earlier one has written', async () => {
    const first = await begin(a);
    expect(first.isNew).toBe(true);
    await first.append(staged(time(1), 7));
    await expect(begin(b)).rejects.toMatchObject({ code: 'run_in_progress' });
    await first.close();
    const second = await begin(b);
    expect(second.isNew).toBe(false);
    expect(second.state).toEqual(first.state);
    await second.append(ended(time(2)));
    expect(await typesOf()).toEqual(['started', 'staged', 'ended']);
    expect((await a.store.getRun('r1')).status).toBe('succeeded');
  });

  test('a worker that has lost the run cannot write, and changes nothing', async () => {
    const lost = await begin(a);
    // Another worker gets the lease, and the first one does not know.
    await b.table.delete(a.leases.map(({ token }) => token));
    const next = await b.journals.resume('r1');
    await next.append(staged(time(1), 7));
    const before = lost.state;
    for (const also of [undefined, (tx: JobTransaction) => tx.requeueRun('r1')]) {
      await expect(lost.append(ended(time(2)), also)).rejects.toMatchObject({ code: 'run_taken_over' });
    }
    expect(lost.state).toBe(before);
    expect(await typesOf()).toEqual(['started', 'staged']);
    expect((await a.store.getRun('r1')).status).toBe('running');
  });

  test('an entry whose number is taken is refused, and the next one is not lost', async () => {
    const journal = await begin(a);
    const other = staged(time(1), 9);
    const state = foldRun([started('r1', time(0)), other]);
    await b.store.transaction((tx) => tx.addRunEvent('r1', 2, other, state));
    await expect(journal.append(ended(time(2)))).rejects.toMatchObject({ code: 'storage_failed' });
    expect(journal.state.staged).toBeNull();
    expect(await typesOf()).toEqual(['started', 'staged']);
  });

  test('what belongs to an entry is written with it, or not at all', async () => {
    const journal = await begin(a);
    const write = (fails: boolean) =>
      journal.append(staged(time(1), 7), async (tx) => {
        await tx.recordTransition(transition(job.id, 'late', { runId: 'r1' }), at(1));
        expect(await tx.runEvents('r1', 1)).toHaveLength(1);
        if (fails) throw new Error('a mistake');
      });
    await expect(write(true)).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await a.store.hasTransition(job.id, 'late', 'r1')).toBe(false);
    expect(await typesOf()).toEqual(['started']);
    await write(false);
    expect(await a.store.hasTransition(job.id, 'late', 'r1')).toBe(true);
    expect(await typesOf()).toEqual(['started', 'staged']);
  });

  test.each([
    ['pause', 'interrupted'],
    ['end', 'stopped'],
  ] as const)('a run that a person stopped (%s) before its worker came does not begin', async (kind, status) => {
    await a.store.transaction((tx) => tx.requestStop('r1', kind, at(1)));
    await expect(begin(a)).rejects.toMatchObject({ code: 'run_taken_over' });
    expect(await typesOf()).toEqual([]);
    expect((await a.store.getRun('r1')).status).toBe(status);
    // The refusal has released the run.
    await a.store.transaction((tx) => tx.requeueRun('r1'));
    expect((await begin(b)).isNew).toBe(true);
  });

  test('a run whose job was changed does not go on', async () => {
    const first = await begin(a);
    await first.append(ended(time(1), 'interrupted'));
    await first.close();
    await a.store.transaction(async (tx) => {
      await tx.forbidContinuing('r1');
      await tx.requeueRun('r1');
    });
    const next = await b.journals.resume('r1');
    await expect(next.append(resumed(2))).rejects.toMatchObject({ code: 'run_superseded' });
    expect(await typesOf()).toEqual(['started', 'ended']);
    expect((await a.store.getRun('r1')).status).toBe('queued');
  });

  test.each([
    ['its job was changed', 'run_superseded', (tx: JobTransaction) => tx.forbidContinuing('r1')],
    ['a person stopped it', 'run_taken_over', (tx: JobTransaction) => tx.requestStop('r1', 'end', at(3))],
  ])('a worker that stood still sends nothing of a run that was queued again, when %s', async (_, code, change) => {
    const journal = await begin(a);
    await journal.append(staged(time(1), 7));
    await b.store.transaction(async (tx) => {
      await tx.requeueRun('r1');
      await change(tx);
    });
    await expect(journal.append(intent(time(4)))).rejects.toMatchObject({ code });
    expect(await typesOf()).toEqual(['started', 'staged']);
  });

  test('a run begins with what its job wants at that moment', async () => {
    const edit = { name: 'New', audience_id: null, sibling_audience_ids: [] };
    await a.store.transaction((tx) => tx.changeJob(job.id, 1, edit, aiko, at(1)));
    let seen = '';
    await a.journals.open('r1', async (tx) => {
      seen = (await tx.getJob(job.id)).name;
      expect(await tx.runEvents('r1')).toEqual([]);
      return started('r1', time(0));
    });
    expect(seen).toBe('New');
  });

  test('a run that cannot begin writes nothing, and is free', async () => {
    const failing = a.journals.open('r1', () => Promise.reject(new Error('a mistake')));
    await expect(failing).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await typesOf()).toEqual([]);
    expect((await begin(b)).isNew).toBe(true);
  });

  test.each([
    ['accepted', accepted],
    ['created', created],
  ])('the job gets the audience with the entry that reports it: %s', async (_, reported) => {
    const journal = await begin(a, { audienceId: null, audienceName: 'VIP' });
    for (const event of [staged(time(1), 7), intent(time(2))]) await journal.append(event);
    const failing = journal.append(reported(3, '900'), () => Promise.reject(new Error('a mistake')));
    await expect(failing).rejects.toMatchObject({ code: 'storage_failed' });
    expect((await a.store.getJob(job.id)).audienceId).toBeNull();
    await journal.append(reported(3, '900'));
    expect((await a.store.getJob(job.id)).audienceId).toBe('900');
  });

  test('so with each audience of a run that makes several', async () => {
    const phone = { identifier_type: 'phone', id_field: 'phone', audience_name: 'VIP (phone)' };
    const both = await makeJob(a.store, await current.authorize(), { siblings: [phone] });
    await queueRun(a.store, 'r2', both.id);
    const request = { audienceId: null, audienceName: 'VIP' };
    const siblings = withPhone({ audienceId: null, audienceName: 'VIP (phone)' });
    const journal = await a.journals.open('r2', async () => started('r2', time(0), { ...request, ...siblings }));
    await journal.append(bothStaged(1));
    const idsOf = async () => {
      const { audienceId, siblingAudienceIds } = await a.store.getJob(both.id);
      return [audienceId, ...siblingAudienceIds];
    };
    await journal.append({ ...accepted(2, '900'), delivery: 2 });
    expect(await idsOf()).toEqual([null, '900']);
    await journal.append(accepted(3, '901'));
    expect(await idsOf()).toEqual(['901', '900']);
  });

  test('a job gets no audience for an identifier that shares that of the first one', async () => {
    const phone = { identifier_type: 'phone', id_field: 'phone', shares: true };
    const both = await makeJob(a.store, await current.authorize(), { siblings: [phone] });
    await queueRun(a.store, 'r2', both.id);
    const request = { audienceId: null, audienceName: 'VIP', ...withSharer() };
    const journal = await a.journals.open('r2', async () => started('r2', time(0), request));
    for (const event of [bothStaged(1), created(2, '900'), accepted(3, '900'), { ...accepted(4, '900'), delivery: 2 }])
      await journal.append(event);
    expect(await a.store.getJob(both.id)).toMatchObject({ audienceId: '900', siblingAudienceIds: [null] });
  });

  test('the run of a deleted job goes on, and gives its audience to nobody', async () => {
    const journal = await begin(a, { audienceId: null, audienceName: 'VIP' });
    await b.store.transaction((tx) => tx.deleteJob(job.id));
    for (const event of [staged(time(1), 7), intent(time(2)), accepted(3, '900'), ended(time(4))]) {
      await journal.append(event);
    }
    expect(await a.store.getRun('r1')).toMatchObject({
      jobId: null,
      status: 'succeeded',
      summary: { audience_id: '900' },
    });
    expect(await a.store.jobsOfAudiences(['900'])).toEqual([]);
  });

  test('a run that is not there has no journal', async () => {
    await expect(a.journals.resume('r2')).rejects.toMatchObject({ code: 'run_not_found' });
    const beginOther = a.journals.open('r2', async () => started('r2', time(0)));
    await expect(beginOther).rejects.toMatchObject({ code: 'not_found' });
    expect(await typesOf('r2')).toEqual([]);
  });
});
