/** The history of a job on both databases: its points and what happened, bounded, and told without who did it. */
import { describe, expect, test } from 'vitest';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import { newSuppressionList } from '../../src/domain/audiences/suppression-lists.ts';
import { initialState } from '../../src/jobs/states.ts';
import { recordAudit } from '../../src/store/repositories/audit-log.ts';
import { recordTransitions } from '../../src/store/repositories/job-transitions.ts';
import { createJob } from '../../src/store/repositories/jobs.ts';
import { createSuppressionList } from '../../src/store/repositories/suppression-lists.ts';
import { historyOf } from '../../src/use-cases/jobs/history.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';

const DAY = 24 * 60;
const NOW = 20 * DAY;

describe.each(databases)('the history of a job on $kind', (kind) => {
  const current = useDatabase(kind);
  const key = newKey();
  const history = (job: StoredJob, days = 7) => historyOf(current.database.db, job, days, at(NOW));
  const kinds = async (job: StoredJob) => (await history(job)).events.map((event) => event.kind);

  async function make(configuration: Record<string, unknown> = {}): Promise<StoredJob> {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key));
    return db.transaction().execute((tx) => createJob(tx, aNewJob(id, configuration), initialState, aiko, at(0)));
  }

  const rowOf = (job: StoredJob, minutes: number) => ({
    id: `run_${minutes}`,
    job_id: job.id,
    job_name: job.name,
    trigger: 'schedule' as const,
    slot: null,
    status: 'succeeded' as const,
    mode: 'replace' as const,
    ad_account_id: 'A1',
    audience_id: '7',
    queued_at: at(minutes),
    started_at: at(minutes),
    ended_at: at(minutes + 5),
    missing: 3,
    duplicates: 4,
    uploaded: minutes,
    unique_count: minutes,
  });

  const run = (job: StoredJob, minutes: number, more: Record<string, unknown> = {}) =>
    current.database.db
      .insertInto('runs')
      .values({ ...rowOf(job, minutes), ...more })
      .execute();

  const record = (subject: string, action: string, id: string, minutes: number, changes?: Record<string, unknown>) =>
    current.database.db
      .transaction()
      .execute((tx) =>
        recordAudit(
          tx,
          aiko,
          { action: `${subject}.${action}`, subjectType: subject, subjectId: id, detail: { name: 'secret', changes } },
          at(minutes),
        ),
      );

  test('has the successful runs of the time, oldest first, with the numbers of their first delivery', async () => {
    const job = await make();
    for (const minutes of [NOW - 8 * DAY, NOW - 5 * DAY, NOW - DAY]) await run(job, minutes);
    await run(job, NOW - 2 * DAY, { status: 'dry_run' });
    const { items, from, to, events } = await history(job);
    expect([from, to]).toEqual([at(NOW - 7 * DAY).toISOString(), at(NOW).toISOString()]);
    expect(items.map(({ id }) => id)).toEqual([`run_${NOW - 5 * DAY}`, `run_${NOW - DAY}`]);
    expect(items[1]).toMatchObject({ uploaded: NOW - DAY, missing: 3, duplicates: 4, audience_id: '7' });
    expect(events).toEqual([]);
    expect((await history(job, 30)).items).toHaveLength(3);
  });

  test('has the last run of each part of the time when the job runs more often than a chart can show', async () => {
    const job = await make();
    const start = NOW - 7 * DAY;
    const every10 = Array.from({ length: 360 }, (_, n) => start + 3 + n * 10);
    await current.database.db
      .insertInto('runs')
      .values(every10.map((minutes) => rowOf(job, minutes)))
      .execute();
    expect((await history(job)).items).toHaveLength(360);
    await run(job, start + 5);
    const { items } = await history(job);
    // A part of seven days has 28 minutes.
    expect(items.slice(0, 2).map(({ id }) => id)).toEqual([`run_${start + 23}`, `run_${start + 53}`]);
    expect(items).toHaveLength(129);
  });

  test('tells what happened, but neither who did it nor what was changed', async () => {
    const job = await make();
    await run(job, NOW - 600, { status: 'failed', error: JSON.stringify({ code: 'source_failed', message: 'x' }) });
    await run(job, NOW - 500, { status: 'failed', error: JSON.stringify({ code: 'audience_shrinks', message: 'x' }) });
    await run(job, NOW - 400, { status: 'stopped' });
    for (const [action, minutes] of [
      ['pause', 390],
      ['resume', 380],
      ['run_anyway', 370],
      ['run_succeeded', 360],
    ] as const) {
      await current.database.db.transaction().execute((tx) =>
        recordTransitions(tx, [
          [
            {
              jobId: job.id,
              action,
              from: 'paused',
              to: 'runnable',
              condition: 'running',
              actor: aiko,
              reason: null,
              runId: null,
            },
            at(NOW - minutes),
          ],
        ]),
      );
    }
    await record('job', 'change', job.id, NOW - 300, { 'configuration.max_shrink': [0.5, 0.2] });
    await record('job', 'change', job.id, NOW - 200, { 'configuration.segment_id': ['a', 'b'], name: ['x', 'y'] });
    await record('job', 'change', job.id, NOW - 100, { name: ['x', 'y'], tags: [[], ['summer']] });
    await record('job', 'change', 'job_other', NOW - 50, { 'configuration.max_shrink': [0.5, 0.2] });
    const { events } = await history(job);
    expect(events.map((event) => [event.kind, event.run_id])).toEqual([
      ['failed', `run_${NOW - 600}`],
      ['held_back', `run_${NOW - 500}`],
      ['stopped', `run_${NOW - 400}`],
      ['paused', null],
      ['resumed', null],
      ['approved', null],
      ['edited', null],
      ['list_changed', null],
    ]);
    expect(JSON.stringify(events)).not.toMatch(/secret|Aiko|max_shrink/);
  });

  test('a list counts when the job has it, and another name of it changes nothing', async () => {
    const { db } = current.database;
    const list = (name: string, applies_to: 'all_jobs' | 'chosen_jobs') =>
      db
        .transaction()
        .execute((tx) =>
          createSuppressionList(
            tx,
            newSuppressionList.parse({ name, applies_to, segment_id: '/srv/out.csv', fields: { email: 'email' } }),
            aiko,
            at(0),
          ),
        );
    const [everywhere, chosen, other] = [
      await list('All', 'all_jobs'),
      await list('Mine', 'chosen_jobs'),
      await list('Other', 'chosen_jobs'),
    ];
    const job = await make({ suppression_lists: [chosen] });
    await record('suppression_list', 'change', chosen, NOW - 40, { name: ['a', 'b'] });
    await record('suppression_list', 'change', other, NOW - 30, { segment_id: ['a', 'b'] });
    expect(await kinds(job)).toEqual([]);
    await record('suppression_list', 'change', chosen, NOW - 20, { segment_id: ['a', 'b'] });
    await record('suppression_list', 'create', everywhere, NOW - 10);
    expect(await kinds(job)).toEqual(['list_changed', 'list_changed']);
  });
});
