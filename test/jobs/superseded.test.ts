/**
 * What a worker looks at again when it continues a run: who has written to its audiences, and what its job asks for
 * now.
 */
import { expect, test } from 'vitest';
import type { JobStore } from '../../src/contracts/job-store.ts';
import type { RunFolder } from '../../src/contracts/ports.ts';
import { RunJournals } from '../../src/jobs/run-journals.ts';
import { Worker } from '../../src/jobs/worker.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { HeldLeases, type LeaseTable } from '../../src/store/coordination/leases.ts';
import { intent, started } from '../support/runs.ts';
import { at } from '../support/service.ts';
import { AUDIENCE, addEvents, bothSent, makeJob, queueRun, SIBLING_AUDIENCE, time } from '../support/stored-runs.ts';
import { stores } from '../support/stores.ts';

const current = stores.find(({ kind }) => kind === 'memory')!.use();

function workerOn(store: JobStore, table: LeaseTable) {
  const leases = new HeldLeases(table, { clock: systemClock, holder: 'worker' });
  const executed: string[] = [];
  const worker = new Worker({
    context: {
      store,
      queue: { enqueueAgain: async () => {} },
      log: { record: () => {} },
      now: () => at(3),
      retryLimitMs: 0,
      newRunId: () => 'r3',
    },
    journals: new RunJournals({ store, leases, stagedOf: () => ({}) as RunFolder }),
    describe: () => started('r1', time(1)).request,
    execute: async ({ run }) => void executed.push(run.id),
    sleep: systemClock.sleep,
    concurrency: 1,
  });
  return { worker, leases, executed };
}

test.each([
  ['the first identifier', 'email', AUDIENCE],
  ['a further one', 'phone', SIBLING_AUDIENCE],
] as const)('another run has written to the audience of %s', async (_, identifierType, audienceId) => {
  const { store, leases: table } = await current.open();
  const job = await makeJob(store, await current.authorize());
  await queueRun(store, 'r1', job.id);
  await addEvents(store, 'r1', bothSent('r1', 1, ['part', 'part'], 'interrupted'));
  await queueRun(store, 'r2', null, 2);
  await addEvents(store, 'r2', [started('r2', time(2), { identifierType, audienceId }), intent(time(2))]);
  await store.transaction((tx) => tx.requeueRun('r1'));

  const { worker, leases, executed } = workerOn(store, table);
  await worker.begin('r1');
  await worker.handOver(1_000);
  await leases.close();

  expect(executed).toEqual([]);
  expect((await store.getRun('r1')).summary).toMatchObject({
    status: 'failed',
    error: { code: 'run_superseded' },
  });
});

test('a job was changed meanwhile, and asks for something that this version does not know', async () => {
  const { store, leases: table } = await current.open();
  const job = await makeJob(store, await current.authorize());
  await queueRun(store, 'r1', job.id);
  await addEvents(store, 'r1', bothSent('r1', 1, ['part', 'part'], 'interrupted'));
  await store.transaction((tx) => tx.requeueRun('r1'));
  const before = await store.runEvents('r1');
  const { worker, leases, executed } = workerOn(
    {
      ...store,
      // Outside of transactions, the worker reads the job as it was.
      transaction: (work) =>
        store.transaction((tx) =>
          work({
            ...tx,
            getJob: async (id) => ({ ...(await tx.getJob(id)), damaged: ['configuration.new'] }),
          }),
        ),
    },
    table,
  );
  await worker.begin('r1');
  await worker.handOver(1_000);
  await leases.close();

  expect(executed).toEqual([]);
  expect(await store.runEvents('r1')).toEqual(before);
  expect((await store.getRun('r1')).status).toBe('queued');
});
