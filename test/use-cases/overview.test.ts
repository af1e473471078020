/** The overview on both databases: its numbers, its calendar, and what deserves attention. And its pure rules. */
import { describe, expect, test } from 'vitest';
import type { StoredJob } from '../../src/contracts/job-store.ts';
import type { JobState, JobView } from '../../src/contracts/jobs.ts';
import { initialState } from '../../src/jobs/states.ts';
import { createJob, saveStates } from '../../src/store/repositories/jobs.ts';
import { dailyTotals } from '../../src/store/repositories/overview.ts';
import { writeSetting } from '../../src/store/repositories/settings.ts';
import { knownPoints } from '../../src/use-cases/health-report/index.ts';
import { actionFor, refusedAuthorization } from '../../src/use-cases/overview/attention.ts';
import { calendarOf } from '../../src/use-cases/overview/calendar.ts';
import { overviewUseCases } from '../../src/use-cases/overview/index.ts';
import { lastDays, seriesOf } from '../../src/use-cases/overview/series.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { aiko, aNewJob, anAuthorization, at, newKey, openBox } from '../support/service.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
/** LINE's id of the audience of a job. */
const audienceOf = (name: string) => String(name.charCodeAt(0));
const asleep: JobState = { ...initialState, status: 'sleeping', sleepUntil: at(20 * DAY), slot: at(20 * DAY) };
const failedWith = (code: string): JobState => ({
  ...initialState,
  status: 'failed',
  error: { code, message: 'x', reason: null },
});

describe.each(databases)('the overview on $kind', (kind) => {
  const current = useDatabase(kind);
  const key = newKey();
  /** At noon of the fourteenth day. */
  const read = (days = 7, role: 'administrator' | 'viewer' = 'administrator') =>
    overviewUseCases(
      { db: current.database.db, now: () => at(14 * DAY + 12 * HOUR) },
      knownPoints({ now: () => at(0) }),
    ).read(days, role);

  async function make(name: string, state: JobState, configuration: Record<string, unknown> = {}): Promise<StoredJob> {
    const { db } = current.database;
    const { id } = await anAuthorization(db, await openBox(db, key), name);
    const job = { ...aNewJob(id, { audience_name: null, audience_id: audienceOf(name), ...configuration }), name };
    return db.transaction().execute(async (tx) => {
      const made = await createJob(tx, job, initialState, aiko, at(0));
      await saveStates(tx, [[made.id, state]]);
      return made;
    });
  }

  const run = async (job: StoredJob, minutes: number, members: number, more: Record<string, unknown> = {}) => {
    const id = `run_${job.name}_${minutes}`;
    await current.database.db
      .insertInto('runs')
      .values({
        id,
        job_id: job.id,
        job_name: job.name,
        trigger: 'schedule',
        slot: null,
        status: 'succeeded',
        mode: 'replace',
        ad_account_id: 'A1',
        audience_id: audienceOf(job.name),
        queued_at: at(minutes),
        started_at: at(minutes + 1),
        ended_at: at(minutes + 5),
        uploaded: members,
        unique_count: members,
        ...more,
      })
      .execute();
    return id;
  };
  const matched = (size: string, status = 'READY') => ({ matching_status: status, matching_size: size });

  test('is empty without jobs', async () => {
    const empty = await read();
    const none = Array.from({ length: 7 }, () => null);
    expect(empty).toMatchObject({
      at: at(14 * DAY + 12 * HOUR).toISOString(),
      counts: { needs_person: 0, worth_a_look: 0, healthy: 0 },
      calendar: [],
      attention: [],
      series: { members: none, reach: none, match_rate: none, median_ms: none, p95_ms: none },
    });
    expect(empty.runs.now).toEqual([]);
    expect(Object.values(empty.runs.today).every((count) => count === 0)).toBe(true);
    expect(empty.series.days).toEqual([8, 9, 10, 11, 12, 13, 14].map((day) => at(day * DAY).toISOString()));
  });

  test('adds the last known size and estimate of each audience, day by day', async () => {
    const [a, b] = [await make('a', asleep), await make('b', asleep)];
    const gone = await make('gone', { ...initialState, status: 'killed' });
    await run(gone, 10 * DAY, 5_000, matched('5000'));
    // Before the first day, the estimate by another run than the size.
    await run(a, 1 * DAY, 90, matched('60'));
    await run(a, 2 * DAY, 100);
    await run(b, 10 * DAY, 200, matched('150'));
    // LINE has not finished matching this one.
    await run(a, 11 * DAY, 300, matched('1', 'CREATING'));
    // Two runs of a day, one of which failed; the second to another audience.
    await run(b, 12 * DAY, 1, { status: 'failed' });
    await run(b, 12 * DAY + 60, 999, { ...matched('999'), audience_id: '1' });
    await run(b, 13 * DAY, 100, matched('100 or fewer'));
    await run(a, 14 * DAY, 200, matched('-'));
    const { series } = await read();
    expect(series.members).toEqual([100, 100, 300, 500, 500, 400, 300]);
    // Many jobs are added up in several statements.
    const days = series.days.map((day) => new Date(day));
    const { db } = current.database;
    expect(await dailyTotals(db, days, false, 1)).toEqual(await dailyTotals(db, days, false));
    expect(series.reach).toEqual([60, 60, 210, 210, 210, 160, 100]);
    const rates = [60 / 90, 60 / 90, 210 / 290, 210 / 290, 210 / 290, 60 / 90, null];
    expect(series.match_rate).toEqual(rates.map((rate) => (rate === null ? null : expect.closeTo(rate, 9))));
    expect(series.median_ms).toEqual([null, null, 240_000, 240_000, 240_000, 240_000, 240_000]);
  });

  test('tells sizes in tens of each audience to those who may not see who was left out', async () => {
    await run(await make('a', asleep), 13 * DAY, 1_009, matched('500'));
    await run(await make('b', asleep), 13 * DAY, 1_009, matched('500'));
    const last = async (role: 'administrator' | 'viewer') => {
      const { members, match_rate } = (await read(7, role)).series;
      return [members.at(-1), match_rate.at(-1)];
    };
    // Not 2,010: a sum of exact numbers would tell them.
    expect(await last('viewer')).toEqual([2_000, 0.5]);
    expect(await last('administrator')).toEqual([2_018, expect.closeTo(1_000 / 2_018, 9)]);
  });

  test('counts the deliveries to one audience together, and its estimate once', async () => {
    const job = await make('a', asleep);
    const id = await run(job, 13 * DAY, 100, { deliveries: 2 });
    for (const [delivery, identifier_type] of [
      [1, 'email'],
      [2, 'phone'],
    ] as const)
      await current.database.db
        .insertInto('run_deliveries')
        .values({
          run_id: id,
          delivery,
          identifier_type,
          id_field: identifier_type,
          audience_id: audienceOf('a'),
          at_line: 'whole',
          uploaded: 100,
          unique_count: 100,
          ...matched('150'),
        })
        .execute();
    const { members, reach, match_rate } = (await read()).series;
    expect([members.at(-1), reach.at(-1), match_rate.at(-1)]).toEqual([200, 150, 0.75]);
  });

  test('has the median and the 95th percentile of the runs of a day, without the time of a person', async () => {
    const job = await make('a', asleep);
    for (let n = 1; n <= 20; n += 1) await run(job, 13 * DAY + n, 1, { ended_at: at(13 * DAY + n + 1 + n) });
    await run(job, 12 * DAY, 1, {
      ended_at: at(12 * DAY + 100),
      approval: JSON.stringify({ at: at(12 * DAY + 97).toISOString() }),
    });
    const { median_ms, p95_ms } = (await read()).series;
    expect([median_ms[5], p95_ms[5]]).toEqual([600_000, 1_140_000]);
    expect(median_ms[4]).toBe(180_000);
  });

  test('counts the runs of today in the time zone of the installation, and names those that are running', async () => {
    const { db } = current.database;
    const box = await openBox(db, key);
    const value = { value: { time_zone: 'Asia/Tokyo' } };
    await db.transaction().execute((tx) => writeSetting(tx, box, 'appearance', value, aiko, at(0)));
    const [a, b] = [await make('a', asleep), await make('b', asleep)];
    // In Tokyo, the day begins at 15:00 of the day before.
    await run(a, 13 * DAY + 14 * HOUR, 1);
    await run(a, 13 * DAY + 16 * HOUR, 1);
    await run(a, 14 * DAY, 1, { status: 'failed' });
    await run(a, 12 * DAY, 1, { status: 'running', ended_at: null });
    await run(b, 14 * DAY + 1, 1, { status: 'queued', started_at: null, ended_at: null });
    const { runs, series } = await read();
    expect(runs.today).toMatchObject({ succeeded: 1, failed: 1, running: 1, queued: 1, stopped: 0 });
    expect(runs.now).toEqual([
      { id: `run_a_${12 * DAY}`, job_id: a.id, job_name: 'a', started_at: at(12 * DAY + 1).toISOString() },
    ]);
    expect(series.days.at(-1)).toBe(at(13 * DAY + 15 * HOUR).toISOString());
  });

  test('has the runs of the next two days with the time that they will take', async () => {
    const at15 = at(14 * DAY + 15 * HOUR);
    const job = await make('a', { ...asleep, sleepUntil: at15, slot: at15 }, { time_of_day: '00:00' });
    for (const [day, minutes] of [
      [10, 1],
      [11, 30],
      [12, 4],
    ] as const)
      await run(job, day * DAY, 1, { ended_at: at(day * DAY + 1 + minutes) });
    await run(job, 13 * DAY, 1, { status: 'failed', ended_at: at(13 * DAY + 900) });
    const first = { job_id: job.id, job_name: 'a', expected_ms: 240_000 };
    expect((await read()).calendar).toEqual([
      { from: at15.toISOString(), runs: 1, first: [{ ...first, at: at15.toISOString() }] },
      {
        from: at(15 * DAY + 15 * HOUR).toISOString(),
        runs: 1,
        first: [{ ...first, at: at(15 * DAY + 15 * HOUR).toISOString() }],
      },
    ]);
  });

  test('names five jobs that deserve attention, the worst first, each with one action', async () => {
    await make('healthy', asleep);
    await make('paused', { ...initialState, status: 'paused' });
    const waiting = await make('waiting', {
      ...asleep,
      errors: { count: 1, since: at(0) },
      error: { code: 'line_unauthorized', message: 'x', reason: null },
    });
    for (const name of ['c', 'b', 'a', 'd']) await make(name, failedWith('source_failed'));
    const { attention, counts } = await read();
    expect(counts).toEqual({ needs_person: 5, worth_a_look: 1, healthy: 1 });
    expect(attention.map(({ job_name, concerns, action }) => [job_name, concerns[0], action])).toEqual([
      ['a', 'failed', 'run_now'],
      ['b', 'failed', 'run_now'],
      ['c', 'failed', 'run_now'],
      ['d', 'failed', 'run_now'],
      ['waiting', 'waiting', 'replace_key'],
    ]);
    expect(attention.map(({ authorization_id }) => authorization_id)).toEqual([
      ...[null, null, null, null],
      waiting.authorizationId,
    ]);
  });
});

describe('the one action', () => {
  const job = (more: Partial<JobView> = {}) => ({
    actions: ['run_now', 'restart', 'terminate'] as JobView['actions'],
    waits_for: null,
    error: null,
    authorization_id: 'aut_line',
    source_authorization_id: 'aut_source',
    ...more,
  });
  const failure = (code: string) => ({ error: { code, message: 'x', reason: null } });

  test.each([
    ['needs_approval', job({ actions: ['run_now', 'run_anyway'] }), 'approve'],
    // The numbers are not those of the job any more.
    ['needs_approval', job(), 'run_now'],
    ['failed', job(failure('audience_not_found')), 'edit'],
    ['failed', job({ actions: ['continue', 'run_now'] }), 'continue'],
    ['incomplete', job({ actions: ['run_now', 'continue'] }), 'continue'],
    ['incomplete', job({ actions: ['resume'] }), 'resume'],
    ['waiting', job({ waits_for: 'key' }), 'replace_key'],
    ['waiting', job({ waits_for: 'clock', actions: [] }), 'look'],
    ['nobody_matched', job(), 'look'],
    ['late', job(), 'run_now'],
    ['paused', job({ actions: ['resume', 'terminate'] }), 'resume'],
    // A job that this version cannot read.
    ['late', job({ actions: ['pause', 'terminate'] }), 'look'],
  ] as const)('for %s', (concern, facts, action) => {
    expect(actionFor([concern, 'open_alert'], facts)).toBe(action);
  });

  test('names the authorization whose key is refused, when it is known', () => {
    expect(refusedAuthorization(job(failure('line_unauthorized')))).toBe('aut_line');
    expect(refusedAuthorization(job(failure('source_unauthorized')))).toBe('aut_source');
    expect(refusedAuthorization(job(failure('credentials_lost')))).toBeNull();
    expect(refusedAuthorization(job({ ...failure('credentials_lost'), source_authorization_id: null }))).toBe(
      'aut_line',
    );
  });
});

describe('the calendar', () => {
  const job = (name: string, state: Partial<JobState>, configuration: Partial<StoredJob['configuration']> = {}) =>
    ({
      id: `job_${name}`,
      name,
      damaged: [],
      state: { ...asleep, ...state },
      configuration: {
        continuous_update: true,
        run_frequency: 'custom',
        cron_expressions: ['30 */6 * * *'],
        timezone: 'UTC',
        ...configuration,
      },
    }) as unknown as StoredJob;
  const now = at(12 * HOUR);
  const hours = (...jobs: StoredJob[]) =>
    calendarOf(jobs, now, 'UTC').map(({ from, runs }) => [(from.getTime() - at(0).getTime()) / 3_600_000, runs]);
  const every = [12, 18, 24, 30, 36, 42, 48, 54];

  test('begins with what a job sleeps until, and goes on with its schedule', () => {
    expect(hours(job('a', { sleepUntil: at(12 * HOUR + 30) }))).toEqual(every.map((hour) => [hour, 1]));
    // A retry takes the place of the slots before it.
    expect(hours(job('a', { sleepUntil: at(19 * HOUR) }))).toEqual([19, ...every.slice(2)].map((hour) => [hour, 1]));
    expect(hours(job('late', { sleepUntil: at(1) }))[0]).toEqual([12, 2]);
    expect(hours(job('running', { status: 'runnable', sleepUntil: null }))).toEqual(every.map((hour) => [hour, 1]));
    expect(hours(job('once', { sleepUntil: at(13 * HOUR) }, { continuous_update: false }))).toEqual([[13, 1]]);
  });

  test('leaves out a job that waits for a key, one that is damaged, and a schedule that cannot be read', () => {
    const error = { code: 'line_unauthorized', message: 'x', reason: null };
    expect(hours(job('waits', { sleepUntil: at(13 * HOUR), error, errors: { count: 1, since: at(0) } }))).toEqual([]);
    expect(hours({ ...job('damaged', {}), damaged: ['configuration.x'] })).toEqual([]);
    expect(hours(job('unread', { sleepUntil: at(13 * HOUR) }, { cron_expressions: ['no'] }))).toEqual([[13, 1]]);
  });

  test('names five runs of an hour, and counts the others; its hours are those of the time zone', () => {
    const jobs = ['f', 'e', 'd', 'c', 'b', 'a'].map((name) =>
      job(name, { sleepUntil: at(13 * HOUR) }, { continuous_update: false }),
    );
    const [hour, ...others] = calendarOf(jobs, now, 'Asia/Kolkata');
    expect([hour!.runs, hour!.first.map(({ jobName }) => jobName), others]).toEqual([6, ['a', 'b', 'c', 'd', 'e'], []]);
    expect(hour!.from).toEqual(at(12 * HOUR + 30));
  });
});

describe('the days', () => {
  test('begin at midnight, also when the clocks change', () => {
    const days = lastDays(new Date('2026-03-30T12:00:00Z'), 3, 'Europe/Berlin');
    expect(days.map((day) => day.toISOString())).toEqual([
      '2026-03-27T23:00:00.000Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
  });

  test('have no number before something is known, and keep the last one', () => {
    const days = lastDays(at(3 * DAY + 1), 3, 'UTC');
    const change = { day: 2, sizes: 1, estimates: 0, members: 10, reach: 0, matched: 0, sent: 0 };
    expect(seriesOf(days, [change], [{ day: 3, median: 1.6, p95: 2 }], 3)).toEqual({
      days: days.map((day) => day.toISOString()),
      members: [null, 10, 10],
      reach: [null, null, null],
      match_rate: [null, null, null],
      median_ms: [null, null, 2],
      p95_ms: [null, null, 2],
    });
  });

  test('that are wanted begin with what was known before', () => {
    const days = lastDays(at(3 * DAY + 1), 3, 'UTC');
    const change = { day: 1, sizes: 1, estimates: 1, members: 10, reach: 5, matched: 5, sent: 10 };
    expect(seriesOf(days, [change], [{ day: 1, median: 1, p95: 2 }], 1)).toEqual({
      days: [days[2]!.toISOString()],
      members: [10],
      reach: [5],
      match_rate: [0.5],
      median_ms: [null],
      p95_ms: [null],
    });
  });
});
