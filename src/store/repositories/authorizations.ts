/** Authorizations: stored credentials. Their configuration is sealed. Only `revealConfiguration` opens it. */
import { sql } from 'kysely';
import type {
  Authorization,
  AuthorizationChange,
  AuthorizationHealth,
  NewAuthorization,
} from '../../contracts/authorizations.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { Actor } from '../../domain/people/people.ts';
import { changedMeanwhile } from '../../domain/text/localized.ts';
import { type LocalizedText, listed, quoted, sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { Db, Tx } from '../database/database.ts';
import { jsonOrNull } from '../database/schema.ts';
import { assertStored, LOST } from '../secrets/lost-credentials.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { authorizationCell } from '../secrets/stored-secrets.ts';
import { newId } from '../secrets/unguessable.ts';
import { notFound, violates } from './repository-errors.ts';
import { listsUsing } from './suppression-lists.ts';

/** All columns but the configuration, which no list contains. */
const shown = [
  'id',
  'provider',
  'method',
  'label',
  'description',
  'health',
  'health_reason',
  'health_reason_sentence',
  'health_checked_at',
  'adaccount_id',
  'revision',
  'created_by',
  'created_at',
  'updated_by',
  'updated_at',
] as const;

const isLost = sql<boolean>`configuration = ${LOST}`.as('is_lost');

interface Row extends Omit<Authorization, 'health_checked_at' | 'created_at' | 'updated_at' | 'enter_again'> {
  is_lost: boolean;
  health_checked_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const asAuthorization = ({ is_lost, ...row }: Row): Authorization => ({
  ...row,
  ...(is_lost && { enter_again: true }),
  health_checked_at: row.health_checked_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

const sealed = (box: SecretBox, id: string, configuration: Record<string, string>) => ({
  configuration: box.seal(new Secret(JSON.stringify(configuration)), authorizationCell(id)),
  key_id: box.keyId,
});

export async function createAuthorization(
  db: Db,
  box: SecretBox,
  input: NewAuthorization,
  actor: Actor,
  now: Date,
): Promise<Authorization> {
  const id = newId('aut');
  const row = await db
    .insertInto('authorizations')
    .values({
      id,
      provider: input.provider,
      method: input.method,
      label: input.label,
      description: input.description,
      ...sealed(box, id, input.configuration),
      created_by: actor.name,
      created_at: now,
      updated_by: actor.name,
      updated_at: now,
    })
    .returning([...shown, isLost])
    .executeTakeFirstOrThrow();
  return asAuthorization(row);
}

/** All authorizations, by label. An installation has only a few. */
export async function listAuthorizations(db: Db): Promise<Authorization[]> {
  const rows = await db
    .selectFrom('authorizations')
    .select([...shown, isLost])
    .orderBy('label')
    .orderBy('id')
    .execute();
  return rows.map(asAuthorization);
}

/** The providers that there are authorizations of. */
export async function providersInUse(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('authorizations').select('provider').distinct().execute();
  return rows.map(({ provider }) => provider);
}

/** @throws {LineupError} `not_found` */
export async function getAuthorization(db: Db, id: string): Promise<Authorization> {
  const row = await db
    .selectFrom('authorizations')
    .select([...shown, isLost])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw notFound('authorization', id);
  return asAuthorization(row);
}

/** The revision of a source's authorization; null for files, and when it is gone. */
export async function sourceRevision(db: Db, id: string | null): Promise<number | null> {
  if (id === null) return null;
  const row = await db.selectFrom('authorizations').select('revision').where('id', '=', id).executeTakeFirst();
  return row?.revision ?? null;
}

/**
 * The credentials themselves, to use them at once.
 * @throws {LineupError} `not_found`, `credentials_lost`; `secret_key_wrong` when this process does not have their key
 */
export async function revealConfiguration(db: Db, box: SecretBox, id: string): Promise<Secret<Record<string, string>>> {
  const row = await db
    .selectFrom('authorizations')
    .select(['configuration', 'label'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw notFound('authorization', id);
  assertStored(row);
  return new Secret(JSON.parse(box.open(row.configuration, authorizationCell(id)).reveal()) as Record<string, string>);
}

interface AuthorizationEdit {
  readonly id: string;
  /** The one that the editor saw. */
  readonly revision: number;
  readonly change: Pick<AuthorizationChange, 'label' | 'description' | 'configuration'>;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Changes an authorization. A new configuration makes its health unknown.
 * @throws {LineupError} `not_found`, `changed_meanwhile`
 */
export async function changeAuthorization(
  db: Db,
  box: SecretBox,
  { id, revision, change: { configuration, ...plain }, actor, now }: AuthorizationEdit,
): Promise<Authorization> {
  const row = await db
    .updateTable('authorizations')
    .set({
      ...plain,
      ...(configuration && {
        ...sealed(box, id, configuration),
        health: 'unknown',
        health_reason: null,
        health_reason_sentence: null,
        health_checked_at: null,
        adaccount_id: null,
      }),
      revision: revision + 1,
      updated_by: actor.name,
      updated_at: now,
    })
    .where('id', '=', id)
    .where('revision', '=', revision)
    .returning([...shown, isLost])
    .executeTakeFirst();
  if (row) return asAuthorization(row);
  await getAuthorization(db, id);
  throw changedMeanwhile();
}

/**
 * Keeps others from changing it until the transaction ends.
 * @throws {LineupError} `not_found`, `changed_meanwhile`
 */
export async function lockAuthorization(tx: Tx, id: string, revision: number): Promise<void> {
  const row = await tx
    .selectFrom('authorizations')
    .select('revision')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw notFound('authorization', id);
  if (row.revision !== revision) throw changedMeanwhile();
}

interface HealthToRecord {
  readonly health: AuthorizationHealth;
  readonly reason: LocalizedText | null;
  /** The ad account with which LINE accepted the key. Undefined keeps the present one. */
  readonly adAccountId?: string;
}

/**
 * Stores the result of a health check. That is not an edit, so the revision stays.
 * @param checked the revision that was checked; after a later edit, nothing is written
 * @returns the health before; undefined when nothing was written
 */
export async function recordHealth(
  tx: Tx,
  checked: Pick<Authorization, 'id' | 'revision'>,
  { health, reason, adAccountId }: HealthToRecord,
  now: Date,
): Promise<{ before: AuthorizationHealth; label: string } | undefined> {
  const row = await tx
    .selectFrom('authorizations')
    .select(['health', 'label'])
    .where('id', '=', checked.id)
    .where('revision', '=', checked.revision)
    .forUpdate()
    .executeTakeFirst();
  if (!row) return undefined;
  await tx
    .updateTable('authorizations')
    .set({
      health,
      health_reason: reason?.message ?? null,
      health_reason_sentence: jsonOrNull(reason?.sentence),
      health_checked_at: now,
      ...(adAccountId !== undefined && { adaccount_id: adAccountId }),
    })
    .where('id', '=', checked.id)
    .execute();
  return { before: row.health, label: row.label };
}

/** The authorizations whose health was not checked since `before`. */
export async function uncheckedFor(db: Db, ms: number, now: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('authorizations')
    .select('id')
    .where((where) =>
      where.or([
        where('health_checked_at', 'is', null),
        where('health_checked_at', '<', new Date(now.getTime() - ms)),
        // Under a clock that was ahead.
        where('health_checked_at', '>', now),
      ]),
    )
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}

/** The jobs that use an authorization, by name. */
export async function jobsUsing(db: Db, id: string): Promise<{ id: string; name: string; adAccountId: string }[]> {
  return db
    .selectFrom('jobs')
    .select(({ ref }) => [
      'id',
      'name',
      ref('configuration', '->>').key('adaccount_id').$castTo<string>().as('adAccountId'),
    ])
    .where((where) => where.or([where('authorization_id', '=', id), where('source_authorization_id', '=', id)]))
    .orderBy('name')
    .execute();
}

/** @throws {LineupError} `not_found`; `authorization_in_use`; the message names the jobs, or the suppression lists */
export async function deleteAuthorization(tx: Tx, id: string): Promise<void> {
  const jobs = await jobsUsing(tx, id);
  if (jobs.length > 0) throw inUse(jobs.map((job) => job.name));
  const lists = await listsUsing(tx, id);
  if (lists.length > 0) throw inUseByLists(lists.map((list) => list.name));
  try {
    const { numDeletedRows } = await tx.deleteFrom('authorizations').where('id', '=', id).executeTakeFirstOrThrow();
    if (numDeletedRows === 0n) throw notFound('authorization', id);
  } catch (error) {
    // A job or a suppression list was created in the meantime.
    if (violates(error, 'foreign_key')) throw inUse(['a job that was just created']);
    throw error;
  }
}

function inUse(names: readonly string[]): LineupError {
  return new LineupError(
    'authorization_in_use',
    sentence`This authorization is used by ${listed(names)}. First delete those jobs, or give them another authorization.`,
  );
}

const inUseByLists = (names: readonly string[]): LineupError =>
  new LineupError(
    'authorization_in_use',
    sentence`The suppression list ${listed(names.map(quoted))} reads its members with this authorization. First delete the list, or give it another source.`,
  );
