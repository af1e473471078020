/** Following runs: one query serves all watchers, and no watcher misses anything. */
import { setImmediate as turn } from 'node:timers/promises';
import type { KyselyPlugin } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RunUpdate } from '../../src/contracts/run-progress.ts';
import type { Runs } from '../../src/contracts/use-cases.ts';
import { json } from '../../src/store/database/schema.ts';
import type { UseCaseDeps } from '../../src/use-cases/deps.ts';
import { runUseCases } from '../../src/use-cases/runs.ts';
import { mainDatabase, useDatabase } from '../support/databases.ts';
import { started } from '../support/runs.ts';
import { at } from '../support/service.ts';

describe('watching runs', () => {
  const current = useDatabase(mainDatabase);
  let queries: number;
  let runs: Runs;
  /** Loops that wait for their next query. */
  let waiting: (() => void)[];
  beforeEach(async () => {
    queries = 0;
    waiting = [];
    const counting: KyselyPlugin = {
      transformQuery: ({ node }) => {
        queries += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const sleep = (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    runs = runUseCases({ db: current.database.db.withPlugin(counting), sleep } as UseCaseDeps);
    await current.database.db
      .insertInto('runs')
      .values({ id: 'run_1', job_name: 'VIP', trigger: 'schedule', status: 'running', queued_at: at(0) })
      .execute();
  });

  const append = async (seq: number) =>
    current.database.db
      .insertInto('run_events')
      .values({ run_id: 'run_1', seq, event: json(started('run_1', at(seq).toISOString())) })
      .execute();
  const end = () =>
    current.database.db.updateTable('runs').set({ status: 'succeeded' }).where('id', '=', 'run_1').execute();
  const until = async (fits: () => boolean) => {
    while (!fits()) await turn();
  };
  /** Lets every loop query once more, and waits until they have. */
  const pollOnce = async () => {
    await until(() => waiting.length > 0);
    const loops = waiting.splice(0);
    for (const go of loops) go();
    await until(() => waiting.length === loops.length);
  };
  const watch = (after = 0, abort = new AbortController()) => {
    const seen: RunUpdate[] = [];
    const done = (async () => {
      for await (const update of await runs.watch('run_1', after, abort.signal)) seen.push(update);
    })();
    return { seen, abort, done, seqs: () => seen.flatMap((update) => (update.type === 'event' ? [update.seq] : [])) };
  };

  test('a thousand watchers cost as many queries as one', async () => {
    await append(1);
    const watchers = Array.from({ length: 1_000 }, () => watch());
    await until(() => watchers.every(({ seen }) => seen.length === 2));
    queries = 0;
    for (let n = 2; n < 7; n += 1) {
      await append(n);
      await pollOnce();
      await until(() => watchers.every(({ seen }) => seen.length === n + 1));
    }
    // The run, and its new entries.
    expect(queries).toBe(5 * 2);
    await end();
    for (const go of waiting.splice(0)) go();
    await Promise.all(watchers.map(({ done }) => done));
    const all = watchers.map(({ seqs }) => seqs().join());
    expect(new Set(all)).toEqual(new Set(['1,2,3,4,5,6']));
    expect(queries).toBe(6 * 2);
    expect(waiting).toEqual([]);
  });

  test('a late or returning watcher gets all of the rest once', async () => {
    for (const seq of [1, 2, 3]) await append(seq);
    const first = watch(2);
    await until(() => first.seqs().length === 1);
    const late = [watch(0), watch(1), watch(3), watch(1_000_000)];
    await append(4);
    await pollOnce();
    // Each has read what it missed.
    await until(() => late.map(({ seqs }) => seqs().length).join() === '4,3,1,0');
    // A watcher that names a future number causes no query each time.
    queries = 0;
    await pollOnce();
    expect(queries).toBe(2);
    await end();
    for (const go of waiting.splice(0)) go();
    await Promise.all([first, ...late].map(({ done }) => done));
    expect([first, ...late].map(({ seqs }) => seqs())).toEqual([[3, 4], [1, 2, 3, 4], [2, 3, 4], [4], []]);
    const statuses = late[0]!.seen.flatMap((update) => (update.type === 'run' ? [update.run.status] : []));
    expect(statuses).toEqual(['running', 'succeeded']);
  });

  test('the queries end with the last watcher, and start again with the next', async () => {
    const [first, other] = [watch(), watch()];
    await until(() => first.seen.length > 0 && other.seen.length > 0 && waiting.length === 1);
    first.abort.abort();
    await first.done;
    await append(1);
    await pollOnce();
    await until(() => other.seqs().length === 1);
    other.abort.abort();
    await other.done;
    for (const go of waiting.splice(0)) go();
    await turn();
    queries = 0;
    await turn();
    expect(queries).toBe(0);
    const next = watch();
    await until(() => next.seqs().length === 1);
    next.abort.abort();
    await next.done;
  });

  test('a deleted run ends its watchers with an error, and nothing else', async () => {
    const watchers = [watch(), watch()];
    await until(() => watchers.every(({ seen }) => seen.length > 0));
    const failed = Promise.allSettled(watchers.map(({ done }) => done));
    await current.database.db.deleteFrom('runs').execute();
    for (const go of waiting.splice(0)) go();
    expect((await failed).map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual([
      'not_found',
      'not_found',
    ]);
    await expect(runs.watch('run_1', 0, new AbortController().signal)).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
