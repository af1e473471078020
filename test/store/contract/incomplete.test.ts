/** Which audiences hold only a part of the members of a run, and which of those runs may continue. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JobStore, StoredJob } from '../../../src/contracts/job-store.ts';
import type { RunError } from '../../../src/domain/runs/run.ts';
import type { RunEvent } from '../../../src/domain/runs/run-events.ts';
import { localized, sentence } from '../../../src/domain/text/sentence.ts';
import { filling, sentBy, useEarlierRuns } from '../../support/earlier-runs.ts';
import { ended, intent, staged, started } from '../../support/runs.ts';
import { aiko, at } from '../../support/service.ts';
import { AUDIENCE, accepted, finished, queueRun, time } from '../../support/stored-runs.ts';
import { stores } from '../../support/stores.ts';

const errorThat = (resumable: boolean): RunError => ({
  code: 'line_unavailable',
  ...localized(sentence`LINE did not answer.`),
  reason: null,
  retryable: false,
  resumable,
  allowShrinkTo: null,
});

describe.each(stores)('parts that runs left on $kind', (kind) => {
  const world = useEarlierRuns(kind);
  const { newJob, run } = world;
  let store: JobStore;
  beforeEach(() => {
    ({ store } = world);
  });
  const incomplete = async (...jobs: StoredJob[]) =>
    [...(await store.incompleteOf(jobs.map(({ id }) => id)))].map(([id, { runId }]) => [id, runId]);

  describe('a job is incomplete', () => {
    test('because of its newest part, each of several jobs', async () => {
      const [a, b, c] = [
        await newJob(),
        await newJob({ ...filling, audience_id: '900' }),
        await newJob({ ...filling, audience_id: '901' }),
      ];
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job: a });
      await run('r2', sentBy('r2', 3, {}, 'failed'), { job: a, minutes: 2 });
      const another = sentBy('r3', 1, { audienceId: '900' }, 'interrupted');
      await run(
        'r3',
        another.map((event) => (event.type === 'accepted' ? accepted(1, '900') : event)),
        { job: b },
      );
      expect((await incomplete(a, b, c)).sort()).toEqual(
        [
          [a.id, 'r2'],
          [b.id, 'r3'],
        ].sort(),
      );
      expect(await incomplete()).toEqual([]);
      expect((await store.incompleteOf([a.id])).get(a.id)).toEqual({
        runId: 'r2',
        sent: 100,
        total: 100,
        endedAt: at(3),
        continuable: true,
      });
    });

    test('not while its run goes on', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      await store.transaction((tx) => tx.requeueRun('r1'));
      expect(await incomplete(job)).toEqual([]);
      await store.transaction((tx) => tx.requestStop('r1', 'end', at(5)));
      expect(await incomplete(job)).toEqual([[job.id, 'r1']]);
      expect((await store.incompleteOf([job.id])).get(job.id)?.endedAt).toEqual(at(5));
    });

    test('not when LINE has nothing or everything of its run', async () => {
      const job = await newJob();
      await run('r1', [started('r1', time(1)), staged(time(1), 7), ended(time(1), 'failed')], { job });
      const whole = sentBy('r2', 2, {}, 'failed');
      await run('r2', [...whole.slice(0, -1), finished(2), whole.at(-1)!], { job, minutes: 2 });
      expect((await store.getRun('r2')).atLine).toBe('whole');
      expect(await incomplete(job)).toEqual([]);
    });

    test('not when it fills another audience or ad account now', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      const edit = (revision: number, adaccount_id: string, audience_id: string | null) =>
        store.transaction((tx) =>
          tx.changeJob(
            job.id,
            revision,
            { audience_id, sibling_audience_ids: [], configuration: { ...job.configuration, adaccount_id } },
            aiko,
            at(2),
          ),
        );
      await edit(1, 'A1', '900');
      expect(await incomplete(job)).toEqual([]);
      await edit(2, 'A2', AUDIENCE);
      expect(await incomplete(job)).toEqual([]);
      await edit(3, 'A1', null);
      expect(await incomplete(job)).toEqual([]);
      await edit(4, 'A1', AUDIENCE);
      expect(await incomplete(job)).toEqual([[job.id, 'r1']]);
    });

    test('before LINE has given its audience an id', async () => {
      const job = await newJob({});
      const creating = { audienceId: null, audienceName: 'VIP' };
      const lost = [started('r1', time(1), creating), staged(time(1), 7), intent(time(2))];
      await run('r1', [...lost, ended(time(3), 'interrupted')], { job });
      expect((await store.incompleteOf([job.id])).get(job.id)).toMatchObject({ runId: 'r1', continuable: true });
    });

    test('until another run replaces the audience, and not when one adds to it or fails', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      await run('r2', sentBy('r2', 2, { mode: 'append' }));
      await run('r3', sentBy('r3', 3, {}, 'failed'));
      await run('r4', sentBy('r4', 4, { adAccountId: 'A2' }));
      expect(await incomplete(job)).toEqual([[job.id, 'r1']]);
      await run('r5', sentBy('r5', 5));
      expect(await incomplete(job)).toEqual([]);
    });

    test('not after its deletion', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      await store.transaction((tx) => tx.deleteJob(job.id));
      expect(await incomplete(job)).toEqual([]);
    });
  });

  describe('a run that left a part may continue', () => {
    const continuable = async (job: StoredJob) => (await store.incompleteOf([job.id])).get(job.id)?.continuable;

    test.each<[string, RunError | null, boolean]>([
      ['after a failure that says so', errorThat(true), true],
      ['after a failure without a reason', null, true],
      ['but not after a failure for good', errorThat(false), false],
    ])('%s', async (_, error, expected) => {
      const job = await newJob();
      const events = sentBy('r1', 1, {}, 'failed').slice(0, -1);
      await run('r1', [...events, { ...ended(time(2), 'failed'), error } as RunEvent], { job });
      expect(await continuable(job)).toBe(expected);
    });

    test('but not when it is forbidden', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      expect(await continuable(job)).toBe(true);
      await store.transaction((tx) => tx.forbidContinuing('r1'));
      expect(await continuable(job)).toBe(false);
      expect(await incomplete(job)).toEqual([[job.id, 'r1']]);
    });

    test('but not when its job has a later run', async () => {
      const job = await newJob();
      await run('r1', sentBy('r1', 1, {}, 'interrupted'), { job });
      await queueRun(store, 'r2', job.id, 2);
      expect(await continuable(job)).toBe(false);
      expect(await store.incompleteOf([])).toEqual(new Map());
    });
  });
});
