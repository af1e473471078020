/** Notification channels. Their configuration is sealed. Only `revealChannel` opens it. */
import { type ExpressionBuilder, sql } from 'kysely';
import type { DomainEvent } from '../../contracts/domain-events.ts';
import { type Channel, type ChannelKind, channel } from '../../contracts/notifications.ts';
import type { Actor } from '../../domain/people/people.ts';
import type { LanguageCode } from '../../domain/text/localized.ts';
import { inEnglish, type Sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { readTolerantly, withUnknownKeys } from '../../domain/values/tolerant.ts';
import type { Db, Tx } from '../database/database.ts';
import { json, type Schema } from '../database/schema.ts';
import { assertStored, enterAgain, LOST } from '../secrets/lost-credentials.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { channelCell } from '../secrets/stored-secrets.ts';
import { newId } from '../secrets/unguessable.ts';
import { notFound } from './repository-errors.ts';

export interface ChannelToStore {
  readonly kind: ChannelKind;
  readonly label: string;
  readonly language: LanguageCode;
  readonly target: string;
  readonly events: readonly DomainEvent['type'][];
  readonly configuration: Secret<Record<string, unknown>>;
}

export async function createChannel(
  db: Db,
  box: SecretBox,
  { configuration, events, ...plain }: ChannelToStore,
  actor: Actor,
  now: Date,
): Promise<string> {
  const id = newId('ntf');
  await db
    .insertInto('notification_channels')
    .values({
      id,
      ...plain,
      events: json(events),
      configuration: box.seal(new Secret(JSON.stringify(configuration.reveal())), channelCell(id)),
      key_id: box.keyId,
      created_by: actor.name,
      created_at: now,
    })
    .execute();
  return id;
}

/** Events that only a newer version knows stay. @throws {LineupError} `not_found` */
export async function updateChannel(
  tx: Tx,
  box: SecretBox,
  id: string,
  { configuration, events, label, language, target }: Partial<Omit<ChannelToStore, 'kind'>>,
): Promise<void> {
  const sealed = configuration && {
    configuration: box.seal(new Secret(JSON.stringify(configuration.reveal())), channelCell(id)),
    key_id: box.keyId,
  };
  const stored = await tx
    .selectFrom('notification_channels')
    .select('events')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!stored) throw notFound('notification channel', id);
  const kept = events && withUnknownKeys(channel.shape.events, stored.events, events);
  await tx
    .updateTable('notification_channels')
    // The id keeps the statement valid when nothing changes.
    .set({ id, label, language, target, ...(kept && { events: json(kept) }), ...sealed })
    .where('id', '=', id)
    .execute();
}

/** All channels, by label. An installation has only a few. */
export async function listChannels(db: Db): Promise<Channel[]> {
  const rows = await db
    .selectFrom('notification_channels as channel')
    .select(['id', 'kind', 'label', 'language', 'target', 'events', 'created_by', 'created_at'])
    .select(sql<boolean>`channel.configuration = ${LOST}`.as('is_lost'))
    .select((eb) => [
      latest(eb, 'ended_at', 'sent').as('last_sent_at'),
      latest(eb, 'error').as('last_error'),
      latest(eb, 'error_sentence').as('last_error_sentence'),
    ])
    .orderBy('label')
    .orderBy('id')
    .execute();
  return rows.map(({ events, is_lost, ...row }) => {
    const { value, damaged } = readTolerantly(parts, { events });
    return {
      ...row,
      ...(is_lost && { ...lastError(enterAgain(row.label)), enter_again: true }),
      ...value,
      ...(damaged.length > 0 && { damaged }),
      created_at: row.created_at.toISOString(),
      last_sent_at: row.last_sent_at?.toISOString() ?? null,
    };
  });
}

const lastError = (problem: Sentence) => ({ last_error: inEnglish(problem), last_error_sentence: problem });

/** What another version may have stored in another form. */
const parts = channel.pick({ events: true });

/** A column of the channel's newest notification, or of the newest one in that status. */
const latest = <Column extends 'ended_at' | 'error' | 'error_sentence'>(
  eb: ExpressionBuilder<Schema & { channel: Schema['notification_channels'] }, 'channel'>,
  column: Column,
  status?: 'sent',
) =>
  eb
    .selectFrom('notifications')
    .select(column)
    .whereRef('channel_id', '=', 'channel.id')
    .$if(status !== undefined, (query) => query.where('status', '=', status!))
    .orderBy('notifications.id', 'desc')
    .limit(1);

/** @throws {LineupError} `not_found` */
export async function getChannel(db: Db, id: string): Promise<Channel> {
  const found = (await listChannels(db)).find((channel) => channel.id === id);
  if (!found) throw notFound('notification channel', id);
  return found;
}

/**
 * What is needed to send a message.
 * @throws {LineupError} `not_found`, `credentials_lost`; `secret_key_wrong` when this process does not have its key
 */
export async function revealChannel(
  db: Db,
  box: SecretBox,
  id: string,
): Promise<{ kind: ChannelKind; language: LanguageCode; configuration: Secret<unknown> }> {
  const row = await db
    .selectFrom('notification_channels')
    .select(['kind', 'language', 'configuration', 'label'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw notFound('notification channel', id);
  assertStored(row);
  const opened = box.open(row.configuration, channelCell(id));
  return {
    kind: row.kind,
    language: row.language,
    configuration: new Secret(JSON.parse(opened.reveal()) as unknown),
  };
}

/** Deletes a channel with its waiting notifications. @throws {LineupError} `not_found` */
export async function deleteChannel(db: Db, id: string): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('notification_channels')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) throw notFound('notification channel', id);
}
