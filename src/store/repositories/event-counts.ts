/**
 * How often each event was logged, over all processes. The counts are in the database because a worker has no port
 * for metrics. A process adds its counts within a second. A killed process loses those of its last second.
 */
import { sql } from 'kysely';
import {
  type EventLog,
  isLogEventName,
  type LogEventName,
  type LogFields,
} from '../../contracts/event-log.ts';
import type { Db } from '../database/database.ts';
import { json } from '../database/schema.ts';

const WRITE_AFTER_MS = 1_000;

/** Passes every event to another log, and counts it. */
export class CountingLog implements EventLog {
  readonly #db: Db;
  readonly #log: EventLog;
  #counts = new Map<LogEventName, number>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;
  #failing = false;

  constructor(db: Db, log: EventLog) {
    this.#db = db;
    this.#log = log;
  }

  record(event: LogEventName, fields?: LogFields): void {
    this.#log.record(event, fields);
    this.#add(event, 1);
    this.#writeSoon();
  }

  /** Writes the remaining counts. Call it before the database is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
  }

  #add(event: LogEventName, count: number): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + count);
  }

  #writeSoon(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write();
    }, WRITE_AFTER_MS).unref();
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
  const rows = [...counts]
    .map(([event, count]) => ({ event, count }))
    .sort((a, b) => (a.event < b.event ? -1 : 1));
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
