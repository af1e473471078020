/**
 * What is kept of a run beside its journal, and until when: staged chunks with their keys, progress, requests,
 * matching.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { RunJournals, StoredRunJournal } from '../../src/jobs/run-journals.ts';
import { initialState } from '../../src/jobs/states.ts';
import type { HeldLeases } from '../../src/store/coordination/leases.ts';
import { createJob } from '../../src/store/repositories/jobs.ts';
import { listMatching, recordMatching } from '../../src/store/repositories/matching.ts';
import { forbidContinuing } from '../../src/store/repositories/recovery.ts';
import { readEvents } from '../../src/store/repositories/run-events.ts';
import { purgeRuns } from '../../src/store/repositories/run-history.ts';
import { listRuns } from '../../src/store/repositories/run-list.ts';
import { listRequests, recordRequests } from '../../src/store/repositories/run-requests.ts';
import { getRun, queueRuns, recordProgress } from '../../src/store/repositories/runs.ts';
import { purgeStagingKeys, withoutStagingKey } from '../../src/store/secrets/staging-keys.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { journalsOn, storeOn } from '../support/journals.ts';
import { leasesOn } from '../support/leases.ts';
import { ended, intent, staged, started } from '../support/runs.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';
import { addEvents, bothSent } from '../support/stored-runs.ts';

const key = newKey();
const time = (minutes: number): string => at(minutes).toISOString();
const accepted = (minutes: number, audienceId: string): RunEvent => ({
  type: 'accepted',
  at: time(minutes),
  chunk: 1,
  audienceId,
  audienceName: null,
});

const begin = (journals: RunJournals, id: string, minutes = 0) =>
  journals.open(id, async () => started(id, time(minutes)));

describe.each(databases)('what is kept of a run on $kind', (kind) => {
  const current = useDatabase(kind);
  const opened: HeldLeases[] = [];
  let stagingRoot: string;
  beforeAll(async () => {
    stagingRoot = await mkdtemp(join(tmpdir(), 'lineup-journal-'));
  });
  afterAll(() => rm(stagingRoot, { recursive: true, force: true }));
  afterEach(async () => {
    for (const leases of opened.splice(0)) await leases.close();
  });

  const worker = async () => {
    const { db } = await current.another();
    const leases = leasesOn(db);
    opened.push(leases);
    return { leases, journals: journalsOn(db, { leases, box: await openBox(db, key), stagingRoot }) };
  };
  const queue = (id: string, jobId: string | null = null) =>
    current.database.db
      .transaction()
      .execute((tx) =>
        queueRuns(tx, [[{ id, jobId, jobName: 'VIP', trigger: 'created', slot: null, approval: null }, at(0)]]),
      );
  const makeJob = async () => {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key));
    return db.transaction().execute((tx) => createJob(tx, aNewJob(id), initialState, aiko, at(0)));
  };
  /** A whole replace of the audience in `minutes`. */
  const replaced = async (id: string, minutes: number, unique: number, end: 'succeeded' | 'failed' = 'succeeded') => {
    await queue(id);
    const { journals } = await worker();
    const journal = await begin(journals, id, minutes);
    for (const event of [
      staged(time(minutes), unique),
      intent(time(minutes)),
      accepted(minutes, '5343822743475'),
      ended(time(minutes), end),
    ]) {
      await journal.append(event);
    }
    journal.close();
    return journal.state;
  };

  describe('the staged chunks of a run', () => {
    const begun = async (id: string, minutes = 0) => {
      await queue(id);
      const { journals, leases } = await worker();
      return { journal: await begin(journals, id, minutes), leases };
    };
    const stage = async ({ staged: folder }: StoredRunJournal, lines = `${'5'.repeat(64)}\n`) => {
      await folder.clear();
      const file = await folder.open('chunk-0001.txt');
      await file.append(Buffer.from(lines));
      await file.close();
    };
    const keys = () => current.database.db.selectFrom('staging_keys').selectAll().execute();

    test('are sealed in the run’s own directory, private, and deleted with it', async () => {
      const { journal } = await begun('r1');
      await stage(journal);
      const { staged: folder } = journal;
      expect((await stat(folder.place)).mode & 0o777).toBe(0o700);
      expect(await readFile(join(folder.place, 'chunk-0001.txt'), 'latin1')).not.toContain('55555555');
      expect(await folder.size('chunk-0001.txt')).toBe(65);
      await folder.clear();
      expect(await folder.names()).toEqual([]);
      expect(await keys()).toHaveLength(1);
      await folder.discard();
      expect(await keys()).toEqual([]);
      expect(existsSync(join(stagingRoot, 'r1'))).toBe(false);
    });

    test('can be opened by the worker that continues it, with a key that is sealed in the database', async () => {
      const { journal } = await begun('r1');
      await stage(journal);
      await journal.close();
      const [row] = await keys();
      expect(row?.file_key).toMatch(/^v1\./);
      const next = await (await worker()).journals.resume('r1');
      const blocks = [];
      for await (const block of next.staged.read('chunk-0001.txt', 65)) blocks.push(block);
      expect(Buffer.concat(blocks).toString()).toBe(`${'5'.repeat(64)}\n`);
      // Staged again, on another machine. The chunks on the first machine can still be read there.
      await stage(next);
      expect(await keys()).toEqual([row]);
    });

    test('are not touched by a worker that has lost the run', async () => {
      const { journal } = await begun('r1');
      await stage(journal);
      await current.database.db.updateTable('leases').set({ token: 999_999 }).where('name', '=', 'run:r1').execute();
      await expect(journal.staged.discard()).rejects.toMatchObject({ code: 'run_taken_over' });
      await expect(journal.staged.clear()).rejects.toMatchObject({ code: 'run_taken_over' });
      expect(await journal.staged.size('chunk-0001.txt')).toBe(65);
    });

    test('cannot be read any more when nobody can continue the run', async () => {
      const { db } = current.database;
      const job = await makeJob();
      for (const id of ['r1', 'r2', 'r3']) {
        const { journal } = await begun(id);
        await stage(journal);
        if (id !== 'r3') await journal.append(ended(time(1), 'failed'));
        await journal.close();
      }
      const readable = async () => {
        await purgeStagingKeys(db, new Date());
        const lost = await withoutStagingKey(db, ['r1', 'r2', 'r3', 'unknown']);
        return ['r1', 'r2', 'r3', 'unknown'].filter((id) => !lost.includes(id));
      };
      for (const [minutes, id] of ['r1', 'r2'].entries()) {
        await db
          .updateTable('runs')
          .set({ job_id: job.id, queued_at: at(minutes) })
          .where('id', '=', id)
          .execute();
      }
      // The last run of a job that may continue it, and a run in progress.
      expect(await readable()).toEqual(['r2', 'r3']);
      const error = JSON.stringify({ code: 'line_unreachable', resumable: true });
      await db.updateTable('runs').set({ error }).where('id', '=', 'r2').execute();
      expect(await readable()).toEqual(['r2', 'r3']);
      // What waits for an approval, for a day.
      const judged = JSON.stringify({ code: 'audience_shrinks', resumable: true, judged: { audiences: [] } });
      const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
      const stopped = (hours: number) => ({ error: judged, ended_at: hoursAgo(hours) });
      await db.updateTable('runs').set(stopped(25)).where('id', '=', 'r2').execute();
      await db.updateTable('runs').set({ at_line: 'part' }).where('id', '=', 'r2').execute();
      expect(await readable()).toEqual(['r2', 'r3']);
      await db
        .updateTable('runs')
        .set({ ...stopped(23), at_line: 'nothing' })
        .where('id', '=', 'r2')
        .execute();
      expect(await readable()).toEqual(['r2', 'r3']);
      await db.transaction().execute((tx) => forbidContinuing(tx, 'r2'));
      expect(await readable()).toEqual(['r3']);
      expect(await withoutStagingKey(db, [])).toEqual([]);
      await db
        .updateTable('runs')
        .set({ status: 'interrupted', job_id: job.id, queued_at: at(9) })
        .where('id', '=', 'r3')
        .execute();
      expect(await readable()).toEqual(['r3']);
      await db.updateTable('jobs').set({ status: 'killed' }).execute();
      expect(await readable()).toEqual([]);
    });

    test('are deleted with the run', async () => {
      const { journal } = await begun('r1');
      await stage(journal);
      await journal.append(ended(time(1), 'failed'));
      await journal.close();
      await purgeRuns(current.database.db, at(60));
      expect(await keys()).toEqual([]);
    });
  });

  test('retention deletes old runs with all their data, but never the last successful replace', async () => {
    const { db } = current.database;
    await replaced('r1', 10, 100);
    await replaced('r2', 20, 200);
    await replaced('r3', 30, 300, 'failed');
    await queue('r4');
    await recordRequests(db, [
      {
        runId: 'r1',
        at: time(10),
        method: 'POST',
        endpoint: '/v3/x',
        status: 202,
        error: null,
        attempt: 1,
        duration_ms: 12.6,
      },
    ]);
    expect(await listRequests(db, 'r1', 10)).toEqual([
      {
        at: time(10),
        method: 'POST',
        endpoint: '/v3/x',
        status: 202,
        error: null,
        attempt: 1,
        duration_ms: 13,
      },
    ]);
    expect(await purgeRuns(db, at(5))).toBe(0);
    expect(await purgeRuns(db, at(1000))).toBe(2);
    expect((await listRuns(db, { limit: 9 })).items.map(({ id }) => id).sort()).toEqual(['r2', 'r4']);
    expect(await readEvents(db, 'r1')).toEqual([]);
    expect(await listRequests(db, 'r1', 10)).toEqual([]);
  });

  test('retention deletes the same in many steps, also when it was ended in the middle', async () => {
    const { db } = current.database;
    // The last ones were queued at the same moment. Every third one is the last good replace of its audience.
    await sql`
      insert into lineup.runs (id, job_name, trigger, status, queued_at, ended_at, mode, ad_account_id, audience_id,
        last_write_at)
      select 'r' || lpad(n::text, 2, '0'), 'VIP', 'schedule', case n % 3 when 0 then 'succeeded' else 'failed' end,
        its.at, its.at, 'replace', 'A1', n::text, its.at
      from generate_series(0, 13) as n
      cross join lateral (select ${at(0)}::timestamptz + least(n, 9) * interval '1 minute' as at) as its`.execute(db);
    const left = async () => (await listRuns(db, { limit: 50 })).items.map(({ id }) => id).sort();
    const kept = ['r00', 'r03', 'r06', 'r09', 'r12'];
    const stopped = new AbortController();
    let steps = 0;
    const dying = db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        steps += 1;
        if (steps === 3) stopped.abort();
        if (steps === 6) throw new Error('killed');
        return result;
      },
    });
    expect(await purgeRuns(dying, at(1000), stopped.signal, 3)).toBe(4);
    expect(await left()).toHaveLength(10);
    // The fourth step is done, but nobody hears of it.
    await expect(purgeRuns(dying, at(1000), undefined, 3)).rejects.toThrow('killed');
    expect(await purgeRuns(db, at(1000), undefined, 3)).toBeGreaterThan(0);
    expect(await left()).toEqual(kept);
    expect(await purgeRuns(db, at(1000), undefined, 1)).toBe(0);
  });

  test('a run stays while it has the last good replace of any of its audiences, and goes with all that belongs to it', async () => {
    const { db } = current.database;
    const store = storeOn(db);
    const add = async (id: string, events: readonly RunEvent[]) => {
      await queue(id);
      await addEvents(store, id, events);
    };
    await add('r1', bothSent('r1', 1));
    const seen = { at: time(2), status: 'READY', estimated_size: '300' };
    await db.transaction().execute((tx) => recordMatching(tx, { runId: 'r1', delivery: 2 }, seen));
    expect(await listMatching(db, 'r1')).toEqual([]);
    expect(await listMatching(db, 'r1', 2)).toEqual([seen]);
    const { summary } = await getRun(db, 'r1');
    expect(summary).toMatchObject({
      matching_size: null,
      siblings: [{ matching_size: '300', matching_at: time(2) }],
    });
    const { items } = await listRuns(db, { limit: 9 });
    expect(items.map((run) => run.summary)).toEqual([summary]);

    // A later run replaces only the first audience.
    await replaced('r2', 3, 7);
    expect(await purgeRuns(db, at(99))).toBe(0);
    await add('r3', bothSent('r3', 5, ['whole', 'part'], 'failed'));
    // It has left nothing of a job, and replaced nothing.
    expect(await purgeRuns(db, at(99))).toBe(1);
    await add('r4', bothSent('r4', 6));
    expect(await purgeRuns(db, at(99))).toBe(2);
    const left = await db.selectFrom('run_deliveries').select(['run_id', 'delivery']).execute();
    expect(left.map(({ run_id, delivery }) => `${run_id} ${delivery}`).sort()).toEqual(['r4 1', 'r4 2']);
    expect(await db.selectFrom('matching_observations').selectAll().execute()).toEqual([]);
  });

  test('progress is shown during a run and removed at its end; matching is watched after it', async () => {
    const { db } = current.database;
    await queue('r1');
    const { journals } = await worker();
    const journal = await begin(journals, 'r1');
    await recordProgress(db, [{ id: 'r1', progress: { stage: 'scan', rows: 5 } }], at(1));
    expect((await getRun(db, 'r1')).progress).toEqual({ stage: 'scan', rows: 5 });
    await journal.append(ended(time(2)));
    expect((await getRun(db, 'r1')).progress).toBeNull();
    for (const [minutes, status, estimated_size] of [
      [3, 'IN_PROGRESS', '-'],
      [4, 'READY', '100 or fewer'],
      [4, 'READY', '100 or fewer'],
    ] as const) {
      await db
        .transaction()
        .execute((tx) =>
          recordMatching(tx, { runId: 'r1', delivery: 1 }, { at: time(minutes), status, estimated_size }),
        );
    }
    expect(await listMatching(db, 'r1')).toHaveLength(2);
    expect((await getRun(db, 'r1')).summary).toMatchObject({
      matching_status: 'READY',
      matching_size: '100 or fewer',
      matching_at: time(4),
    });
  });
});
