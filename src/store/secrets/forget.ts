/**
 * What happens to everything that was sealed with a lost key. Rows that others refer to stay, and wait for a person who
 * enters the credentials again.
 */
import { sql } from 'kysely';
import { inEnglish } from '../../domain/text/sentence.ts';
import { type Db, SCHEMA, type Tx } from '../database/database.ts';
import { json } from '../database/schema.ts';
import { countErasures, dropErasures, ERASURE_KEY } from '../repositories/erasures.ts';
import { dropFingerprints, FINGERPRINT_KEY } from '../repositories/fingerprints.ts';
import { MAIL, SIGN_IN } from '../repositories/settings.ts';
import { eraseUpload } from '../repositories/uploads.ts';
import { enterAgain, LOST } from './lost-credentials.ts';
import type { SecretBox } from './secret-box.ts';
import { storeCheckValue } from './secrets.ts';
import type { SealedKind, SecretHealth } from './stored-secrets.ts';

interface Forgetting {
  readonly box: SecretBox;
  readonly now: Date;
}

const forgetters: Readonly<
  Record<SealedKind, (tx: Tx, ids: readonly string[], forgetting: Forgetting) => Promise<void>>
> = {
  authorizations: async (tx, ids, { box, now }) => {
    const rows = await tx.selectFrom('authorizations').select(['id', 'label']).where('id', 'in', ids).execute();
    for (const { id, label } of rows) {
      const reason = enterAgain(label);
      await tx
        .updateTable('authorizations')
        .set({
          configuration: LOST,
          key_id: box.keyId,
          health: 'unhealthy',
          health_reason: inEnglish(reason),
          health_reason_sentence: json(reason),
          health_checked_at: now,
        })
        .where('id', '=', id)
        .execute();
    }
  },
  // The next one is minted with the credentials. Where that needs what was kept, a person must connect again.
  tokens: async (tx, ids) => {
    await tx.deleteFrom('authorization_tokens').where('authorization_id', 'in', ids).execute();
  },
  channels: async (tx, ids, { box }) => {
    await tx
      .updateTable('notification_channels')
      .set({ configuration: LOST, key_id: box.keyId })
      .where('id', 'in', ids)
      .execute();
  },
  // Their content cannot be read any more. Jobs that read it say so.
  uploads: async (tx, ids, { now }) => {
    for (const id of ids) await eraseUpload(tx, id, now);
  },
  // The runs read their sources again.
  runs: async (tx, ids) => {
    await tx.deleteFrom('staging_keys').where('run_id', 'in', ids).execute();
  },
  // The provider gives another one at the next sign-in.
  signOns: async (tx, ids) => {
    await tx
      .updateTable('single_sign_ons')
      .set({ refresh_token: null, key_id: null })
      .where('user_id', 'in', ids)
      .execute();
  },
  // The jobs say that they have none, and a person makes new ones.
  webhooks: async (tx, ids) => {
    await tx.deleteFrom('webhook_secrets').where('id', 'in', ids).execute();
  },
  settings: async (tx, ids) => {
    for (const id of ids) await settingForgetters[id]?.(tx);
    await tx.updateTable('settings').set({ secret: null }).where('key', 'in', ids).execute();
  },
};

/** What depends on the secret of a setting. */
const settingForgetters: Readonly<Record<string, (tx: Tx) => Promise<void>>> = {
  // The next start makes a new secret. Cookies that were signed with the old one are not valid, so their sessions are
  // over.
  [SIGN_IN]: async (tx) => {
    await tx.deleteFrom('settings').where('key', '=', SIGN_IN).execute();
    await sql`delete from ${sql.table(`${SCHEMA}.sessions`)}`.execute(tx);
  },
  // Without its password it would send nothing. A person enters all of it once more.
  [MAIL]: async (tx) => {
    await tx.deleteFrom('settings').where('key', '=', MAIL).execute();
  },
  // Its keyed hashes say nothing without their key. These people must be entered again.
  [ERASURE_KEY]: async (tx) => {
    await dropErasures(tx);
  },
  // Nobody can open the files any more. The next run of each audience makes new ones.
  [FINGERPRINT_KEY]: async (tx) => {
    await dropFingerprints(tx);
    await tx.deleteFrom('settings').where('key', '=', FINGERPRINT_KEY).execute();
  },
};

/**
 * Drops what the keys do not open, and the keys that nobody has. Then the service starts.
 * @param box of the present keys
 */
export async function forgetLost(
  tx: Tx,
  { lost, needed }: Pick<SecretHealth, 'lost' | 'needed'>,
  { box, now }: Forgetting,
): Promise<void> {
  await storeCheckValue(tx, box, now);
  for (const [kind, ids] of Object.entries(lost) as [SealedKind, readonly string[]][]) {
    if (ids.length > 0) await forgetters[kind](tx, ids, { box, now });
  }
  const gone = needed.filter((id) => !box.keyIds.includes(id));
  if (gone.length > 0) await tx.deleteFrom('secret_keys').where('key_id', 'in', gone).execute();
  // Nobody can compare with these digests any more.
  for (const id of gone) await tx.deleteFrom('sign_in_attempts').where('key', 'like', `${id}.%`).execute();
}

/** What a loss means to people. */
export interface LossOfSettings {
  /** Everybody must sign in again. */
  readonly sessions: boolean;
  /** The mail server of the settings must be entered again. */
  readonly mailServer: boolean;
  /** How many people were on the erasure list. */
  readonly erasures: number;
}

export async function lossOfSettings(db: Db, { lost }: Pick<SecretHealth, 'lost'>): Promise<LossOfSettings> {
  const all = lost.settings.includes(ERASURE_KEY) ? await countErasures(db) : [];
  return {
    sessions: lost.settings.includes(SIGN_IN),
    mailServer: lost.settings.includes(MAIL),
    erasures: all.reduce((sum, { people }) => sum + people, 0),
  };
}

/** The labels of what a person must enter again. */
export async function labelsToEnter(db: Db): Promise<{ authorizations: string[]; channels: string[] }> {
  const labelsOf = async (table: 'authorizations' | 'notification_channels') =>
    (await db.selectFrom(table).select('label').where('configuration', '=', LOST).orderBy('label').execute()).map(
      ({ label }) => label,
    );
  return { authorizations: await labelsOf('authorizations'), channels: await labelsOf('notification_channels') };
}
