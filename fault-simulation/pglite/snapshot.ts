/**
 * What is committed in PGlite, as the invariants see it: read after each event, and compared with what was there
 * before.
 */
import { sql } from 'kysely';
import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import type { Db } from '../../src/store/database/database.ts';
import { storedJob } from '../../src/store/repositories/jobs.ts';
import { readEvents } from '../../src/store/repositories/run-events.ts';
import type { SeenTransition, SeenWrites } from '../world/storage.ts';
import { machineTimeOf } from './clock.ts';

type Rows = {
  -readonly [Name in Exclude<keyof SeenWrites, 'outbox'>]: Map<string, Present<SeenWrites[Name]>>;
};
type Present<T> = T extends ReadonlyMap<string, infer Row> ? NonNullable<Row> : never;

export class Snapshot {
  rows: Rows = empty();
  /** Every row as text. */
  #texts = new Map<string, string>();
  #events = 0;

  /** @returns what has changed; undefined when nothing has */
  async refresh(db: Db, outbox: readonly DomainEvent[]): Promise<SeenWrites | undefined> {
    const before = this.rows;
    const rows = await read(db, before.events);
    this.rows = rows;
    const texts = new Map<string, string>();
    const writes = emptyWrites();
    let isChanged = outbox.length > 0;
    for (const name of Object.keys(rows) as (keyof Rows)[]) {
      const changed: Map<string, unknown> = writes[name];
      for (const [key, row] of rows[name]) {
        const id = `${name} ${key}`;
        const text = JSON.stringify(row);
        texts.set(id, text);
        if (this.#texts.get(id) !== text) changed.set(key, row);
      }
      for (const key of before[name].keys()) if (!rows[name].has(key)) changed.set(key, null);
      isChanged ||= changed.size > 0;
    }
    for (const event of outbox) {
      this.#events += 1;
      writes.outbox.set(String(this.#events), event);
    }
    this.#texts = texts;
    return isChanged ? writes : undefined;
  }
}

async function read(db: Db, known: Rows['events']): Promise<Rows> {
  const rows = empty();
  for (const row of await db.selectFrom('jobs').selectAll().orderBy('created_at').orderBy('id').execute())
    rows.jobs.set(row.id, storedJob(row));
  const runs = await db
    .selectFrom('runs')
    .select(['id', 'job_id', 'status', 'trigger', 'approval', 'stop_requested', 'queued_at', 'events'])
    .orderBy('queued_at')
    .execute();
  for (const { events, ...run } of runs) {
    rows.runs.set(run.id, run);
    const before = known.get(run.id) ?? [];
    const journal = before.length === events ? before : [...before, ...(await readEvents(db, run.id, before.length))];
    if (journal.length > 0) rows.events.set(run.id, journal);
  }
  const log = await db
    .selectFrom('job_transitions')
    .select(['job_id', 'action', 'from_status as from', 'to_status as to', 'run_id as runId'])
    .orderBy('id')
    .execute();
  for (const { job_id, ...entry } of log)
    rows.transitions.set(job_id, [...(rows.transitions.get(job_id) ?? []), entry as SeenTransition]);
  for (const { name, holder, expires_at } of await db.selectFrom('leases').selectAll().execute())
    rows.leases.set(name, { holder, expiresAt: machineTimeOf(expires_at) });
  for (const { job_id, next_at } of await db.selectFrom('trigger_looks').selectAll().execute())
    rows.looks.set(job_id, { nextAt: next_at });
  const messages = await sql<{ run_id: string }>`select run_id from simulated.messages`.execute(db);
  for (const { run_id } of messages.rows) rows.messages.set(run_id, true);
  return rows;
}

const empty = (): Rows => ({
  jobs: new Map(),
  runs: new Map(),
  events: new Map(),
  transitions: new Map(),
  looks: new Map(),
  leases: new Map(),
  messages: new Map(),
});

const emptyWrites = () => ({
  ...(empty() as { [Name in keyof Rows]: Map<string, Present<SeenWrites[Name]> | null> }),
  outbox: new Map<string, DomainEvent>(),
});
