/** The outbox of notifications: what each channel is to be told, until it has been. */
import { sql } from 'kysely';
import type { DomainEvent } from '../contracts/domain-events.ts';
import type { Told } from '../contracts/sentence.ts';
import type { Db, Tx } from './database.ts';
import { json, jsonOrNull } from './schema.ts';

export interface Outgoing {
  readonly id: number;
  readonly channelId: string;
  readonly event: DomainEvent;
  /** How often it was tried, this time included. */
  readonly attempts: number;
  readonly createdAt: Date;
}

/** Writes a message a channel; an event that was written before is left as it is. */
export async function putIntoOutbox(
  tx: Tx,
  eventKey: string,
  event: DomainEvent,
  channelIds: readonly string[],
  now: Date,
): Promise<void> {
  if (channelIds.length === 0) return;
  await tx
    .insertInto('notifications')
    .values(
      channelIds.map((channelId) => ({
        channel_id: channelId,
        event_key: eventKey,
        event: json(event),
        due_at: now,
        created_at: now,
      })),
    )
    .onConflict((conflict) => conflict.columns(['channel_id', 'event_key']).doNothing())
    .execute();
}

/**
 * Takes the oldest message that is due. It is due again at `until` when nobody says by then what became of it: its process
 * died, and may or may not have sent it.
 */
export async function takeDue(db: Db, now: Date, until: Date): Promise<Outgoing | undefined> {
  const row = await db
    .updateTable('notifications')
    .set({ due_at: until, attempts: sql<number>`attempts + 1` })
    .where('id', '=', (of) =>
      of
        .selectFrom('notifications')
        .select('id')
        .where('status', '=', 'waiting')
        .where('due_at', '<=', now)
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
      event: row.event,
      attempts: row.attempts,
      createdAt: row.created_at,
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

/** It did not arrive; it is tried again at `next`, or never again. */
export async function markFailed(
  db: Db,
  id: number,
  { message: error, sentence }: Told,
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

/** Forgets messages that were sent or given up before `before`. */
export async function forgetNotifications(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('notifications').where('ended_at', '<', before).execute();
}
