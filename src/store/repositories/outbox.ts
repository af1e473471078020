/**
 * The outbox of notifications: a row for each event and each channel that wants it. A row is written in the
 * transaction of the change that it reports. So no event is lost, and none reports a change that did not happen.
 */
import { sql } from 'kysely';
import { type DomainEvent, domainEvent, domainEventTypes } from '../../contracts/domain-events.ts';
import { channelKind } from '../../contracts/notifications.ts';
import type { LocalizedText } from '../../domain/text/sentence.ts';
import { readTolerantly } from '../../domain/values/tolerant.ts';
import type { Db, Tx } from '../database/database.ts';
import { json, jsonOrNull } from '../database/schema.ts';
import { LOST } from '../secrets/lost-credentials.ts';

export interface Outgoing {
  readonly id: number;
  readonly channelId: string;
  readonly event: DomainEvent;
  /** The number of attempts, including this one. */
  readonly attempts: number;
  readonly createdAt: Date;
  /** The `traceparent` of what has caused it; undefined without tracing. */
  readonly trace: string | undefined;
}

/**
 * Writes an event for each channel that wants it. An event that is there already stays unchanged.
 * @param trace the `traceparent` of what has caused it
 * @returns the number of channels that get it
 */
export async function putIntoOutbox(tx: Tx, event: DomainEvent, now: Date, trace?: string): Promise<number> {
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('notifications')
    .columns(['channel_id', 'event_key', 'event', 'due_at', 'created_at'])
    .expression((eb) =>
      eb
        .selectFrom('notification_channels')
        .select([
          'id',
          sql<string>`${keyOf(event)}::text`.as('event_key'),
          sql<DomainEvent>`${json(trace === undefined ? event : { ...event, trace })}::jsonb`.as('event'),
          sql<Date>`${now}::timestamptz`.as('due_at'),
          sql<Date>`${now}::timestamptz`.as('created_at'),
        ])
        .where(sql<boolean>`events @> ${json([event.type])}::jsonb`)
        .orderBy('id')
        // A channel that is deleted at the same time must not make the change fail.
        .forKeyShare(),
    )
    .onConflict((conflict) => conflict.columns(['channel_id', 'event_key']).doNothing())
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows);
}

/** Identifies a change, so that it is sent once. */
const keyOf = (event: DomainEvent): string => [event.type, ...subjectOf(event), event.at].join(' ');

function subjectOf(event: DomainEvent): (string | null)[] {
  if (event.type === 'weekly_digest') return [];
  if (event.type === 'authorization_unhealthy') return [event.authorizationId];
  // Several rules may be broken at the same moment.
  const rules = event.type === 'alert_raised' || event.type === 'alert_cleared' ? [event.rule] : [];
  return [event.jobId, event.runId, ...rules];
}

/** Whether a channel wants events of this type. */
export async function isWanted(db: Db, type: DomainEvent['type']): Promise<boolean> {
  const found = await db
    .selectFrom('notification_channels')
    .select('id')
    .where(sql<boolean>`events @> ${json([type])}::jsonb`)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** It is beside the facts of an event, and no message has it. */
const traceOf = (stored: DomainEvent & { readonly trace?: unknown }): string | undefined =>
  typeof stored.trace === 'string' ? stored.trace : undefined;

/**
 * Takes the oldest due notification that this version can send. If its result is not stored by `until`, it is due
 * again: its process died, and may or may not have sent it.
 * @param latest no attempt is later than this, unless the clock was ahead when it was planned: then it is due too
 * @param exceptOf channels whose messages wait
 */
export async function takeDue(
  db: Db,
  {
    now,
    until,
    latest,
    exceptOf,
  }: { readonly now: Date; readonly until: Date; readonly latest: Date; readonly exceptOf: readonly string[] },
): Promise<Outgoing | undefined> {
  const row = await db
    .updateTable('notifications')
    .set({ due_at: until, attempts: sql<number>`attempts + 1` })
    .where('id', '=', (eb) =>
      eb
        .selectFrom('notifications')
        .select('id')
        .where('status', '=', 'waiting')
        .where(({ or, eb }) => or([eb('due_at', '<=', now), eb('due_at', '>', latest)]))
        .$if(exceptOf.length > 0, (query) => query.where('channel_id', 'not in', exceptOf))
        // What a newer version has put there stays for it.
        .where(sql<string>`event->>'type'`, 'in', domainEventTypes)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('notification_channels as channel')
              .select('channel.id')
              .whereRef('channel.id', '=', 'notifications.channel_id')
              .where('kind', 'in', channelKind.options)
              // Messages wait for a person who enters the channel's configuration again.
              .where('configuration', '<>', LOST),
          ),
        )
        .orderBy('id')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'channel_id', 'event', 'attempts', 'created_at'])
    .executeTakeFirst();
  return (
    row && {
      id: row.id,
      channelId: row.channel_id,
      event: readTolerantly(domainEvent, row.event).value,
      attempts: row.attempts,
      createdAt: row.created_at,
      trace: traceOf(row.event),
    }
  );
}

export async function markSent(db: Db, id: number, now: Date): Promise<void> {
  await db
    .updateTable('notifications')
    .set({ status: 'sent', ended_at: now, error: null, error_sentence: null })
    .where('id', '=', id)
    .execute();
}

/** Stores a failed attempt. The notification is tried again at `next`; without `next`, never. */
export async function markFailed(
  db: Db,
  id: number,
  { message: error, sentence }: LocalizedText,
  next: Date | undefined,
  now: Date,
): Promise<void> {
  await db
    .updateTable('notifications')
    .set({
      error,
      error_sentence: jsonOrNull(sentence),
      ...(next ? { due_at: next } : { status: 'given_up', ended_at: now }),
    })
    .where('id', '=', id)
    .execute();
}

/** Deletes notifications that were sent or given up before `before`. */
export async function purgeNotifications(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('notifications').where('ended_at', '<', before).execute();
}
