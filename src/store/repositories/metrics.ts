/** Numbers for Prometheus: of all runs, jobs and requests, and how often each event was logged. */
import { sql } from 'kysely';
import { type EventLog, isLogEventName, type LogEventName, type LogFields } from '../../contracts/event-log.ts';
import type { Clock, Release } from '../../contracts/ports.ts';
import type { MetricsSnapshot } from '../../contracts/status.ts';
import type { Db } from '../database/database.ts';
import { json } from '../database/schema.ts';
import { countOpenAlerts } from './alerts.ts';
import { countIncomplete } from './incomplete-runs.ts';
import { countQuarantined } from './quarantine.ts';

/** What is counted over all runs that are stored. */
export type MetricsTotals = Pick<MetricsSnapshot, 'runs' | 'values' | 'lineRequests' | 'lastSuccesses'>;

/** What goes on now, without the totals. */
export type MetricsNow = Omit<MetricsSnapshot, keyof MetricsTotals | 'totalsAt' | 'queue' | 'auditStreams'> & {
  readonly queueDepth: number;
};

export async function readMetricsTotals(db: Db): Promise<MetricsTotals> {
  const runs = await db
    .selectFrom('runs')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  const lineRequests = await db
    .selectFrom('run_requests')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  // One look into the index for each job.
  const { rows: lastSuccesses } = await sql<{ id: string; at: Date | null }>`
    select jobs.id, last.ended_at as at
    from lineup.jobs left join lateral (
      select ended_at from lineup.runs where job_id = jobs.id and status = 'succeeded'
      order by queued_at desc, id desc limit 1) as last on true
    where jobs.status <> 'killed'`.execute(db);
  return {
    runs: Object.fromEntries(runs.map(({ status, count }) => [status, Number(count)])),
    values: await sumsOfValues(db),
    lineRequests: lineRequests.map(({ status, count }) => ({ status, count: Number(count) })),
    lastSuccesses,
  };
}

export async function readMetricsNow(db: Db): Promise<MetricsNow> {
  const going = await sql<{ working: number; waiting: number }>`
    select count(*) filter (where waits)::int as waiting, count(*) filter (where not waits)::int as working
    from (
      select coalesce(progress ->> 'stage', '') in ('queue', 'wait') as waits from lineup.runs where status = 'running'
    ) as running`.execute(db);
  const queue = await db
    .selectFrom('runs')
    .select(({ fn }) => fn.countAll<number>().as('depth'))
    .where('status', '=', 'queued')
    .executeTakeFirstOrThrow();
  const jobs = await db
    .selectFrom('jobs')
    .select(({ fn }) => ['status', 'condition', fn.countAll<number>().as('count')])
    .where('status', '<>', 'killed')
    .groupBy(['status', 'condition'])
    .execute();
  return {
    going: going.rows[0] ?? { working: 0, waiting: 0 },
    queueDepth: Number(queue.depth),
    jobs: jobs.map(({ count, ...row }) => ({ ...row, count: Number(count) })),
    incompleteJobs: await countIncomplete(db),
    openAlerts: await countOpenAlerts(db),
    quarantinedSources: await countQuarantined(db),
    events: await countsOfEvents(db),
  };
}

/** The values of all identifiers of all runs. */
async function sumsOfValues(db: Db): Promise<MetricsSnapshot['values']> {
  const counted = [
    'scanned',
    'missing',
    'invalid',
    'suppressed',
    'held_out',
    'duplicates',
    'unique_count',
    'uploaded',
  ] as const;
  const total = (column: (typeof counted)[number]) => sql<number>`coalesce(sum(${sql.ref(column)}), 0)::float8`;
  return db
    .selectFrom(
      db
        .selectFrom('runs')
        .select(counted)
        // The row of the run has those of the first one.
        .unionAll(db.selectFrom('run_deliveries').select(counted).where('delivery', '>', 1))
        .as('deliveries'),
    )
    .select([
      total('scanned').as('scanned'),
      total('missing').as('missing'),
      total('invalid').as('invalid'),
      total('suppressed').as('suppressed'),
      total('held_out').as('held_out'),
      total('duplicates').as('duplicates'),
      total('unique_count').as('unique'),
      total('uploaded').as('uploaded'),
    ])
    .executeTakeFirstOrThrow();
}

const WRITE_AFTER_MS = 1_000;

/** Passes every event to another log, and counts it. */
export class CountingLog implements EventLog {
  readonly #db: Db;
  readonly #log: EventLog;
  readonly #clock: Pick<Clock, 'every'>;
  #counts = new Map<LogEventName, number>();
  /** While counts wait to be written. */
  #stopWaiting: Release | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;
  #failing = false;

  constructor(db: Db, log: EventLog, clock: Pick<Clock, 'every'>) {
    this.#db = db;
    this.#log = log;
    this.#clock = clock;
  }

  record(event: LogEventName, fields?: LogFields): void {
    this.#log.record(event, fields);
    this.#add(event, 1);
    this.#writeSoon();
  }

  /** Writes the remaining counts. Call it before the database is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWaiting?.();
    await this.#writing;
    await this.#write();
  }

  #add(event: LogEventName, count: number): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + count);
  }

  #writeSoon(): void {
    if (this.#closed) return;
    this.#stopWaiting ??= this.#clock.every(WRITE_AFTER_MS, () => {
      this.#stopWaiting?.();
      this.#stopWaiting = undefined;
      this.#writing = this.#write();
    });
  }

  async #write(): Promise<void> {
    const counts = this.#counts;
    if (counts.size === 0) return;
    this.#counts = new Map();
    try {
      await addCounts(this.#db, counts);
      this.#failing = false;
    } catch (error) {
      for (const [event, count] of counts) this.#add(event, count);
      this.#writeSoon();
      // Logged once in an outage, because it is tried again each second.
      if (!this.#failing) this.record('metrics.write_failed', { err: error });
      this.#failing = true;
    }
  }
}

async function addCounts(db: Db, counts: ReadonlyMap<LogEventName, number>): Promise<void> {
  // The same order everywhere, so that processes that write at the same time cause no deadlock.
  const rows = [...counts].map(([event, count]) => ({ event, count })).sort((a, b) => (a.event < b.event ? -1 : 1));
  await sql`
    insert into lineup.event_counts as counted (event, count)
    select event, count from jsonb_to_recordset(${json(rows)}::jsonb) as added (event text, count bigint) order by event
    on conflict (event) do update set count = counted.count + excluded.count`.execute(db);
}

/** The counts of events that happened, without events that this version does not know. */
export async function countsOfEvents(db: Db): Promise<Partial<Record<LogEventName, number>>> {
  const rows = await db.selectFrom('event_counts').select(['event', 'count']).execute();
  return Object.fromEntries(
    rows.filter(({ event }) => isLogEventName(event)).map(({ event, count }) => [event, count]),
  );
}
