/** `lineup secrets`: a new key for the stored secrets, and a start without a lost one. */
import type { Config } from '../config/config.ts';
import { calledAs } from '../config/environment.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { type Actor, operator } from '../domain/people/people.ts';
import { systemClock } from '../machine/system-clock.ts';
import { type LiveProcess, liveProcesses } from '../store/coordination/presence.ts';
import { type Database, type Db, type Tx, transaction } from '../store/database/database.ts';
import { recordAudit } from '../store/repositories/audit-log.ts';
import { forgetLost, type LossOfSettings, labelsToEnter, lossOfSettings } from '../store/secrets/forget.ts';
import { type MasterKey, SecretBox } from '../store/secrets/secret-box.ts';
import {
  addKeyToFile,
  keepFirstKeyOfFile,
  keepOldKeys,
  keyFile,
  type OldKey,
  oldKey,
  readKeys,
  readOldKey,
} from '../store/secrets/secret-keys.ts';
import { findKeys, lockKeys, missingKey, neededKeys, openSecrets } from '../store/secrets/secrets.ts';
import { examineSecrets, rotateSecrets, type SecretHealth } from '../store/secrets/stored-secrets.ts';
import { type Note, onDatabase } from './maintenance.ts';

export interface Rotated {
  /** How many secrets were encrypted again. */
  readonly sealed: number;
  readonly keyId: string;
  /** The key file, or null with LINEUP_SECRET_KEY. */
  readonly path: string | null;
  readonly at: Date;
  /** The keys that only earlier backups need. Without a path: those of LINEUP_SECRET_KEY. */
  readonly old: readonly (Omit<OldKey, 'path'> & { readonly path: string | null })[];
}

/**
 * Encrypts every secret again: with a new key that is added to the key file, or with the first key of
 * LINEUP_SECRET_KEY. The key file keeps only the new key, and each old one gets a file of its own beside it, for
 * earlier backups.
 * @throws {LineupError} `secret_key_wrong`; `data_directory_in_use`; `action_not_allowed` while a process has not the
 * new key
 */
export async function rotateSecretKeys(config: Config, note: Note): Promise<Rotated> {
  const { secretKey: value } = await config.server();
  const { dataDirectory } = config;
  return onDatabase(config, note, async (database) => {
    const { db } = database;
    const inFile = value === undefined;
    const open = (mayMakeKey: boolean) => openSecrets(db, { value, dataDirectory, now: systemClock.now(), mayMakeKey });
    // First check the present keys and the processes: a new key must not be added to a wrong one, or for nothing.
    const before = await open(database.connection.kind === 'pglite');
    await assertAllHave(database, db, inFile ? undefined : before.keyId);
    if (inFile) await keepOldKeys(dataDirectory);
    if (inFile) await addKeyToFile(dataDirectory);
    const box = await open(false);
    const at = systemClock.now();
    const sealed = await transaction(db, async (tx) => {
      await lockKeys(tx);
      await assertAllHave(database, tx, inFile ? undefined : box.keyId);
      const count = await rotateSecrets(tx, box);
      await audit(tx, 'rotate', box.keyId, { count }, at);
      return count;
    });
    if (inFile) await keepFirstKeyOfFile(dataDirectory);
    const ids = box.keyIds.filter((id) => id !== box.keyId);
    // Also one that an earlier rotation has put there.
    const isBeside = async (id: string) => inFile && (await readOldKey(dataDirectory, id)) !== undefined;
    const pathOf = async (id: string) => ((await isBeside(id)) ? oldKey(dataDirectory, id).path : null);
    const old = await Promise.all(ids.map(async (id) => ({ id, path: await pathOf(id) })));
    return { sealed, keyId: box.keyId, path: inFile ? keyFile(dataDirectory) : null, at, old };
  });
}

/** What `lineup secrets forget` drops. */
export interface Loss extends LossOfSettings {
  readonly authorizations: number;
  /** Access tokens of authorizations. */
  readonly tokens: number;
  readonly channels: number;
  readonly uploads: number;
  /** Runs whose staged chunks nobody can read any more. */
  readonly runs: number;
  /** The ids of the keys that are lost. */
  readonly keyIds: readonly string[];
}

export interface Forgotten {
  readonly dropped: Loss;
  readonly keyId: string;
  /** The file of the new key. Null when the key is in LINEUP_SECRET_KEY. */
  readonly path: string | null;
  /** The labels of what a person must enter again. */
  readonly enterAgain: { readonly authorizations: readonly string[]; readonly channels: readonly string[] };
}

/**
 * Drops what the present keys do not open, so that an installation starts again whose key is lost. Everything else
 * stays.
 * @param confirm is asked once, with what is dropped
 * @throws {LineupError} `action_not_allowed` while a process uses the database, and when nothing is lost;
 *   `data_directory_in_use`; `secret_key_missing` with a PostgreSQL server and without a key
 */
export async function forgetSecretKeys(
  config: Config,
  note: Note,
  confirm: (loss: Loss) => Promise<void>,
): Promise<Forgotten> {
  const { secretKey: value } = await config.server();
  const { dataDirectory } = config;
  return onDatabase(config, note, async (database) => {
    const { db } = database;
    const present = await readKeys(value, dataDirectory);
    const isEmbedded = database.connection.kind === 'pglite';
    if (present.length === 0 && !isEmbedded) throw missingKey(dataDirectory);
    await assertNobody(database, db);
    const found = await findKeys(db, { value, dataDirectory });
    await confirm(await lossOf(db, await examineSecrets(db, found), found));
    // A key that opens nothing here belongs to another installation. It is kept, and this one gets a new key.
    const isWrong = (await neededKeys(db)).every((id) => found.every((key) => key.id !== id));
    const makesKey = value === undefined && isEmbedded && isWrong;
    if (makesKey && present.length > 0) await keepOldKeys(dataDirectory);
    const keys = makesKey ? (await addKeyToFile(dataDirectory)).slice(0, 1) : found;
    const box = new SecretBox(keys);
    const now = systemClock.now();
    const dropped = await transaction(db, async (tx) => {
      await lockKeys(tx);
      await assertNobody(database, tx);
      const health = await examineSecrets(tx, keys);
      const loss = await lossOf(tx, health, keys);
      await forgetLost(tx, health, { box, now });
      await audit(tx, 'forget', box.keyId, auditDetail(loss), now);
      return loss;
    });
    if (makesKey) await keepFirstKeyOfFile(dataDirectory);
    return {
      dropped,
      keyId: box.keyId,
      path: value === undefined ? keyFile(dataDirectory) : null,
      enterAgain: await labelsToEnter(db),
    };
  });
}

/** @throws {LineupError} `action_not_allowed` when nothing is lost */
async function lossOf(db: Db, health: SecretHealth, keys: readonly MasterKey[]): Promise<Loss> {
  const { known, sealed, opened, lost, needed, toEnter } = health;
  if (known && opened === sealed) {
    const waiting =
      toEnter === 0
        ? ''
        : ` ${toEnter} authorizations or channels wait for a person who enters their credentials again. "${calledAs()} authorizations list" and "${calledAs()} notifications list" show them.`;
    throw new LineupError(
      'action_not_allowed',
      `The present secret key decrypts everything that is stored, so there is nothing to forget.${waiting}`,
    );
  }
  return {
    authorizations: lost.authorizations.length,
    tokens: lost.tokens.length,
    channels: lost.channels.length,
    uploads: lost.uploads.length,
    runs: lost.runs.length,
    ...(await lossOfSettings(db, health)),
    keyIds: needed.filter((id) => keys.every((key) => key.id !== id)),
  };
}

/** Only what is lost, mostly in numbers. */
const auditDetail = ({ keyIds: keys, sessions: _, mailServer, ...counts }: Loss): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
  ...(mailServer && { mail_server: true }),
  keys,
});

/**
 * Only PostgreSQL has several processes. Of an embedded database, this one has the lock.
 * @throws {LineupError} `action_not_allowed`
 */
async function assertNobody({ connection }: Database, db: Db): Promise<void> {
  const others = connection.kind === 'pglite' ? [] : await liveProcesses(db);
  if (others.length === 0) return;
  throw new LineupError(
    'action_not_allowed',
    `${namesOf(others)} use this database, and may still have the key in memory. Stop every process first, then run this again. A process that was killed counts for 30 seconds more.`,
  );
}

/**
 * A process without the new key could read no credentials after the rotation.
 * @param keyId the new key; undefined when it is not made yet, so that no process can have it
 * @throws {LineupError} `action_not_allowed`
 */
async function assertAllHave({ connection }: Database, db: Db, keyId: string | undefined): Promise<void> {
  const others = connection.kind === 'pglite' ? [] : await liveProcesses(db);
  const without = others.filter(({ keyIds = [] }) => keyId === undefined || !keyIds.includes(keyId));
  if (without.length === 0) return;
  const how =
    keyId === undefined
      ? 'Stop every process, then run this again. To rotate without a pause, use LINEUP_SECRET_KEY instead of the key file (docs/operations/secure.md).'
      : 'First start each of them again with LINEUP_SECRET_KEY=<new key>,<old key>, then run this again.';
  const earlier = without.some(({ keyIds }) => keyIds === undefined)
    ? ' An earlier version does not say which keys it has: update it first.'
    : '';
  throw new LineupError(
    'action_not_allowed',
    `${namesOf(without)} use this database without the new key${keyId === undefined ? '' : ` (${keyId})`}, and could no longer read the stored credentials. ${how}${earlier} A process that was killed counts for 30 seconds more.`,
  );
}

/** The random part of a name says nothing to a person. */
const namesOf = (processes: readonly LiveProcess[]): string =>
  `${processes.length} processes (${processes.map(({ holder }) => holder.split(' ').slice(0, 2).join(' ')).join(', ')})`;

async function audit(
  tx: Tx,
  verb: 'rotate' | 'forget',
  keyId: string,
  detail: Record<string, unknown>,
  now: Date,
): Promise<void> {
  const actor: Actor = { ...operator, name: `lineup secrets ${verb}` };
  await recordAudit(tx, actor, { action: `secrets.${verb}`, subjectType: 'secrets', subjectId: keyId, detail }, now);
}
