/** What signs the cookies of everybody who is signed in: made once, sealed, the same for all processes and after a rotation. */
import { randomBytes } from 'node:crypto';
import { system } from '../../contracts/people.ts';
import { Secret } from '../../contracts/secret.ts';
import type { Db } from '../database/database.ts';
import { json } from '../database/schema.ts';
import { revealSetting } from '../repositories/settings.ts';
import type { SecretBox } from './secret-box.ts';
import { settingPlace } from './secrets.ts';

const KEY = 'sign_in';

export async function sessionSecret(db: Db, box: SecretBox, now: Date): Promise<Secret> {
  const made = new Secret(randomBytes(32).toString('base64url'));
  // Of two processes at their first start, the later finds what the earlier made.
  await db
    .insertInto('settings')
    .values({
      key: KEY,
      value: json({}),
      secret: box.seal(made, settingPlace(KEY)),
      updated_by: system.name,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  return (await revealSetting(db, box, KEY)) ?? made;
}
