/** The health report on both databases: its numbers, its order and its pages. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { JobState } from '../../src/contracts/jobs.ts';
import { initialState } from '../../src/jobs/states.ts';
import { clearAlert, raiseAlert } from '../../src/store/repositories/alerts.ts';
import { audienceStates, latestPoints, pointsKey } from '../../src/store/repositories/health-report.ts';
import { createJob, saveStates } from '../../src/store/repositories/jobs.ts';
import { assess, POINTS_FOR_RULES } from '../../src/use-cases/health-report/concerns.ts';
import { assessAll, healthReportUseCases, knownPoints } from '../../src/use-cases/health-report/index.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';

const DAY = 24 * 60;
const asleep: JobState = {
  ...initialState,
  status: 'sleeping',
  sleepUntil: at(20 * DAY),
  slot: at(20 * DAY),
};
const failed: JobState = {
  ...initialState,
  status: 'failed',
  error: { code: 'source_failed', message: 'x', reason: null },
};

describe.each(databases)('the health report on $kind', (kind) => {
  const current = useDatabase(kind);
  const key = newKey();
  const report = (now = at(14 * DAY)) =>
    healthReportUseCases({ db: current.database.db, now: () => now }, knownPoints({ now: () => now }));

  /** Jobs by name, each with its state. */
  async function make(wanted: Record<string, JobState>): Promise<Record<string, StoredJob>> {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key));
    const made: Record<string, StoredJob> = {};
    for (const [name, state] of Object.entries(wanted)) {
      const job = { ...aNewJob(id, { audience_name: null, audience_id: '7' }), name };
      made[name] = await db.transaction().execute(async (tx) => {
        const made = await createJob(tx, job, initialState, aiko, at(0));
        await saveStates(tx, [[made.id, state]]);
        return made;
      });
    }
    return made;
  }

  const run = (job: StoredJob, minutes: number, members: number, more: Record<string, unknown> = {}) =>
    current.database.db
      .insertInto('runs')
      .values({
        id: `run_${job.id}_${minutes}_${members}`,
        job_id: job.id,
        job_name: job.name,
        trigger: 'schedule',
        slot: null,
        status: 'succeeded',
        mode: 'replace',
        ad_account_id: 'A1',
        audience_id: '7',
        queued_at: at(minutes),
        ended_at: at(minutes + 5),
        uploaded: members,
        unique_count: members,
        ...more,
      })
      .execute();

  test('is empty without jobs', async () => {
    expect(await report().read({ limit: 5 })).toEqual({
      items: [],
      next: null,
      total: 0,
      before: 0,
      counts: { needs_person: 0, worth_a_look: 0, healthy: 0 },
      at: at(14 * DAY).toISOString(),
      points_at: at(14 * DAY).toISOString(),
    });
  });

  test('has the sizes and the reach of the present audience, and its size a week ago', async () => {
    const { VIP } = await make({ VIP: asleep });
    const matched = (estimate: string) => ({ matching_status: 'READY', matching_size: estimate });
    await run(VIP!, 1 * DAY, 100, matched('60'));
    await run(VIP!, 2 * DAY, 999, { audience_id: '8' });
    await run(VIP!, 7 * DAY, 110, matched('100 or fewer'));
    await run(VIP!, 7 * DAY + 1, 500, { status: 'failed' });
    await run(VIP!, 13 * DAY, 120, matched('90'));
    const { items } = await report().read({ limit: 5 });
    expect(items).toEqual([
      expect.objectContaining({
        job_id: VIP!.id,
        job_name: 'VIP',
        ad_account_id: 'A1',
        audience_id: '7',
        level: 'healthy',
        concerns: [],
        last_success_at: at(13 * DAY + 5).toISOString(),
        members: 120,
        members_week_ago: 110,
        history: [
          { at: at(DAY + 5).toISOString(), members: 100, estimated_size: '60', match_rate: 0.6 },
          {
            at: at(7 * DAY + 5).toISOString(),
            members: 110,
            estimated_size: '100 or fewer',
            match_rate: null,
          },
          { at: at(13 * DAY + 5).toISOString(), members: 120, estimated_size: '90', match_rate: 0.75 },
        ],
      }),
    ]);
  });

  test('has the newest thirty points of a job, and leaves out terminated jobs', async () => {
    const { VIP } = await make({ VIP: asleep, Old: { ...initialState, status: 'killed' } });
    for (let n = 1; n <= 32; n += 1) await run(VIP!, n, n);
    const { items, total } = await report().read({ limit: 5 });
    expect([total, items.map(({ job_name }) => job_name)]).toEqual([1, ['VIP']]);
    expect(items[0]!.history.map(({ members }) => members)).toEqual(Array.from({ length: 30 }, (_, n) => n + 3));
  });

  test('shows what LINE holds of an incomplete audience', async () => {
    const { VIP } = await make({ VIP: asleep });
    await run(VIP!, 1, 10, { status: 'failed', at_line: 'part', last_write_at: at(2), unique_count: 30 });
    const [first] = (await report().read({ limit: 5 })).items;
    expect(first).toMatchObject({ level: 'needs_person', concerns: ['incomplete'], members: null });
    expect(first!.incomplete_at_line).toMatchObject({ sent: 10, total: 30 });
  });

  test('an open alert is worth a look, until it is over', async () => {
    const { db } = current.database;
    const { VIP } = await make({ VIP: asleep, Quiet: asleep });
    const raised = { jobId: VIP!.id, rule: 'late', message: 'x', runId: null } as const;
    const alert = { ...raised, threshold: 5, measured: 9 };
    await db.transaction().execute((tx) => raiseAlert(tx, alert, at(1)));
    const concerns = async () => (await report().read({ limit: 5 })).items.map((item) => item.concerns);
    expect(await concerns()).toEqual([['open_alert'], []]);
    await db.transaction().execute((tx) => clearAlert(tx, VIP!.id, 'late', at(2)));
    expect(await concerns()).toEqual([[], []]);
  });

  test('begins with what deserves attention, and its pages have each job once', async () => {
    await make({ B: asleep, A: asleep, paused: { ...initialState, status: 'paused' }, D: failed, C: failed });
    const counts = { needs_person: 2, worth_a_look: 1, healthy: 2 };
    const level = await report().read({ limit: 1, level: 'healthy' });
    expect(level).toMatchObject({ items: [{ job_name: 'A' }], total: 2, before: 0, counts });
    const rest = await report().read({ limit: 1, level: 'healthy', cursor: level.next! });
    expect(rest).toMatchObject({ items: [{ job_name: 'B' }], total: 2, before: 1, next: null });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await report().read({ limit: 2, ...(cursor !== undefined && { cursor }) });
      expect(page).toMatchObject({
        total: 5,
        before: seen.length,
        counts,
      });
      seen.push(...page.items.map(({ job_name }) => job_name));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(['C', 'D', 'paused', 'A', 'B']);
  });

  test('counts quiet jobs in the database, and says of each audience what it would say if it looked at all', async () => {
    const conditions: JobState[] = [
      asleep,
      failed,
      { ...initialState, status: 'paused' },
      { ...initialState, status: 'completed' },
      // Late.
      { ...asleep, slot: at(13 * DAY) },
      { ...asleep, slot: null },
    ];
    // In JavaScript, an emoji comes before the full-width letter, and in the database after it.
    const names = ['Ｚ', '😀', 'z', 'Z', '台北', 'é', 'A', 'a', '10', '9', 'B', 'C', 'D', 'E'];
    const made = await make(Object.fromEntries(names.map((name, n) => [name, conditions[n % conditions.length]!])));
    const { db } = current.database;
    const siblings = [{ identifier_type: 'phone', id_field: 'tel', audience_id: '8', audience_name: null }];
    for (const name of ['Ｚ', 'Z', 'B']) {
      await sql`
        update lineup.jobs set configuration = configuration || ${JSON.stringify({ siblings })}::jsonb,
          sibling_audience_ids = '["8"]' where id = ${made[name]!.id}`.execute(db);
    }
    // The runs alone say it of this one: LINE matched nobody.
    const matched = { matching_status: 'READY', matching_size: '-' };
    await run(made.a!, 13 * DAY, 100, matched);
    // It left a part at LINE.
    await run(made.A!, 13 * DAY, 100, { status: 'failed', at_line: 'part', last_write_at: at(13 * DAY) });
    await run(made['10']!, 13 * DAY, 100);
    const alert = { rule: 'late', threshold: 1, measured: 2, message: 'Late', sentence: null, runId: null } as const;
    await db.transaction().execute((tx) => raiseAlert(tx, { ...alert, jobId: made['10']!.id }, at(13 * DAY)));

    // With no condition that is quiet, it looks at all of them.
    const [points, nobody] = [
      await latestPoints(db, POINTS_FOR_RULES),
      { conditions: ['terminated' as const], slotSince: at(0), except: [] },
    ];
    const all = await audienceStates(db, nobody);
    const latest = new Map(points.map(({ points, ...audience }) => [pointsKey(audience), points]));
    const expected = all.states.map((state) => ({
      ...state,
      ...assess({ ...state, latest: latest.get(pointsKey(state)) ?? [] }, at(14 * DAY)),
    }));
    const rank = (name: string) => Buffer.from(name);
    expected.sort(
      (a, b) => b.score - a.score || Buffer.compare(rank(a.jobName), rank(b.jobName)) || a.delivery - b.delivery,
    );
    expect([all.quiet, expected.length]).toEqual([0, names.length + 3]);
    for (const level of [undefined, 'needs_person', 'worth_a_look', 'healthy'] as const) {
      const wanted = expected.filter((audience) => level === undefined || audience.level === level);
      for (const limit of [1, 3, 50]) {
        const seen: unknown[] = [];
        let cursor: string | undefined;
        do {
          const page = await report().read({ limit, level, ...(cursor !== undefined && { cursor }) });
          expect(page).toMatchObject({ total: wanted.length, before: seen.length });
          seen.push(...page.items.map(({ job_name, delivery = 1, concerns }) => [job_name, delivery, concerns]));
          cursor = page.next ?? undefined;
        } while (cursor !== undefined);
        const shown = wanted.map(({ jobName, delivery, concerns }) => [jobName, delivery, concerns]);
        expect(seen, `${level} ${limit}`).toEqual(shown);
      }
    }
    // The others are not looked at one by one.
    const found = await assessAll(db, at(14 * DAY), knownPoints({ now: () => at(14 * DAY) }));
    expect(found.quiet).toBeGreaterThan(3);
    expect(found.looked.length + found.quiet).toBe(expected.length);
  });

  test('continues after a job that has moved or is gone', async () => {
    const { A } = await make({ A: failed, B: failed, C: asleep });
    const { next } = await report().read({ limit: 1 });
    await current.database.db.deleteFrom('jobs').where('id', '=', A!.id).execute();
    const { items } = await report().read({ limit: 5, cursor: next! });
    expect(items.map(({ job_name }) => job_name)).toEqual(['B', 'C']);
  });

  test.each(['x', '', 'W10', Buffer.from('[1,2,3]').toString('base64url')])(
    'refuses the cursor "%s"',
    async (cursor) => {
      await expect(report().read({ limit: 1, cursor })).rejects.toMatchObject({ code: 'invalid_argument' });
    },
  );
});
