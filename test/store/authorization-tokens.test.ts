import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SharedTokens } from '../../src/destinations/shared-token.ts';
import type { TokenRules } from '../../src/destinations/tokens.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import type { Db } from '../../src/store/database/database.ts';
import { storedToken } from '../../src/store/repositories/authorization-tokens.ts';
import {
  changeAuthorization,
  deleteAuthorization,
  getAuthorization,
} from '../../src/store/repositories/authorizations.ts';
import { forgetLost } from '../../src/store/secrets/forget.ts';
import { masterKey, SecretBox } from '../../src/store/secrets/secret-box.ts';
import { storeCheckValue } from '../../src/store/secrets/secrets.ts';
import { examineSecrets, rotateSecrets } from '../../src/store/secrets/stored-secrets.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { leasesOn } from '../support/leases.ts';
import { aiko, anAuthorization, at } from '../support/service.ts';

const [oldKey, newKey] = [masterKey(Buffer.alloc(32, 1)), masterKey(Buffer.alloc(32, 2))];
const [oldBox, bothKeys, newBox] = [[oldKey], [newKey, oldKey], [newKey]].map((keys) => new SecretBox(keys)) as [
  SecretBox,
  SecretBox,
  SecretBox,
];
const credentials = { client_id: 'client-1' };

describe.each(databases)('access tokens on $kind', (kind) => {
  const current = useDatabase(kind);

  /** An authorization, and the other side that gives its tokens: `an-access-token-1`, and what is kept for the next. */
  async function anInstallation() {
    const { db } = current.database;
    await db.transaction().execute((tx) => storeCheckValue(tx, oldBox, at(0)));
    const { id } = await anAuthorization(db, oldBox);
    const kept: (string | null)[] = [];
    const rules: TokenRules = {
      mint: async (_, keep) => {
        kept.push(keep?.reveal() ?? null);
        const token = new Secret(`an-access-token-${kept.length}`);
        return {
          token,
          keep: new Secret(`a-refresh-token-${kept.length}`),
          expiresAt: new Date(Date.now() + 3_600_000),
        };
      },
      renewBeforeMs: 1_800_000,
      stored: true,
    };
    /** The tokens of one more process. */
    const process = (on: Db = db, box = oldBox) => {
      const leases = leasesOn(on);
      onTestFinished(() => leases.close());
      return new SharedTokens(systemClock, (name) => storedToken(on, box, leases, name)).of(id, credentials, rules);
    };
    const show = async (tokens = process()) => (await tokens.current()).reveal();
    return { db, id, kept, process, show };
  }

  test('processes that ask at the same time mint once, and a refresh raises no revision', async () => {
    const { db, id, kept, process, show } = await anInstallation();
    const before = await getAuthorization(db, id);
    const processes = [process(), process((await current.another()).db), process()];
    expect(await Promise.all(processes.map(show))).toEqual(Array(3).fill('an-access-token-1'));
    const refused = new Secret('an-access-token-1');
    const next = await Promise.all(processes.map((tokens) => tokens.current(refused)));
    expect(next.map((token) => token.reveal())).toEqual(Array(3).fill('an-access-token-2'));
    expect(kept).toEqual([null, 'a-refresh-token-1']);
    expect(await getAuthorization(db, id)).toEqual(before);
    expect(await db.selectFrom('leases').select('name').execute()).toEqual([]);
  });

  test('a process that has lost its lease without noticing stores nothing', async () => {
    const { db, id } = await anInstallation();
    const store = storedToken(db, oldBox, leasesOn(db), id);
    const turn = (await store.tryTurn())!;
    expect(await store.tryTurn()).toBeUndefined();
    await db.deleteFrom('leases').execute();
    const later = (await storedToken(db, oldBox, leasesOn(db), id).tryTurn())!;
    const token = { token: new Secret('x'), keep: null, mintedAt: at(0), expiresAt: at(60), belongsTo: '' };
    await expect(turn.save(token)).rejects.toMatchObject({ code: 'run_taken_over' });
    expect(await store.read()).toBeUndefined();
    await later.save(token);
    expect(await store.read()).toEqual(token);
    for (const { release } of [turn, later]) await release();
  });

  test('no column shows a secret, and a token moved to another authorization is not used there', async () => {
    const { db, id, show, process } = await anInstallation();
    await show();
    const { rows } = await sql<{
      all: string;
    }>`select json_agg(a)::text as all from lineup.authorization_tokens a`.execute(db);
    expect(rows[0]?.all).toContain(id);
    expect(rows[0]?.all).not.toMatch(/access-token|refresh-token|client-1/);
    const other = await anAuthorization(db, oldBox, 'Other');
    await db.updateTable('authorization_tokens').set({ authorization_id: other.id }).execute();
    expect(await storedToken(db, oldBox, leasesOn(db), other.id).read()).toBeUndefined();
    expect(await show(process())).toBe('an-access-token-2');
  });

  test('it goes on after a new label, with what is kept, and is gone with its authorization', async () => {
    const { db, id, kept, show, process } = await anInstallation();
    const tokens = process();
    const refused = await tokens.current();
    const { revision } = await getAuthorization(db, id);
    await changeAuthorization(db, oldBox, { id, revision, change: { label: 'New' }, actor: aiko, now: at(1) });
    expect((await tokens.current(refused)).reveal()).toBe('an-access-token-2');
    expect(kept).toEqual([null, 'a-refresh-token-1']);
    await db.transaction().execute((tx) => deleteAuthorization(tx, id));
    expect(await db.selectFrom('authorization_tokens').selectAll().execute()).toEqual([]);
    // A run that is about to end gets one, which nobody stores.
    expect(await show()).toBe('an-access-token-3');
    expect(await db.selectFrom('authorization_tokens').selectAll().execute()).toEqual([]);
  });

  test('a rotation seals it again, and then only the new key opens it', async () => {
    const { db, kept, show, process } = await anInstallation();
    await show();
    await db.transaction().execute((tx) => storeCheckValue(tx, bothKeys, at(1)));
    // That of the authorization, and the token.
    expect(await db.transaction().execute((tx) => rotateSecrets(tx, bothKeys))).toBe(2);
    expect(await examineSecrets(db, [newKey])).toMatchObject({ known: true, sealed: 2, opened: 2 });
    expect(await show(process(db, newBox))).toBe('an-access-token-1');
    await expect(show(process(db, oldBox))).rejects.toMatchObject({ code: 'secret_key_wrong' });
    expect(kept).toHaveLength(1);
  });

  test('it is forgotten with its lost key, also by a version that does not know it', async () => {
    const { db, id, show, process } = await anInstallation();
    await show();
    const health = await examineSecrets(db, [newKey]);
    expect(health.lost).toMatchObject({ authorizations: [id], tokens: [id] });
    await db.transaction().execute((tx) => forgetLost(tx, health, { box: newBox, now: at(1) }));
    expect(await db.selectFrom('authorization_tokens').selectAll().execute()).toEqual([]);
    expect(await examineSecrets(db, [newKey])).toMatchObject({ known: true, sealed: 0, toEnter: 1 });
    // The credentials are entered again.
    expect(await show(process(db, newBox))).toBe('an-access-token-2');
    await db.updateTable('authorizations').set({ key_id: newBox.keyId }).execute();
    await db.transaction().execute((tx) => storeCheckValue(tx, oldBox, at(2)));
    await db.updateTable('authorizations').set({ key_id: oldBox.keyId }).execute();
    await db.deleteFrom('secret_keys').where('key_id', '=', newBox.keyId).execute();
    expect(await db.selectFrom('authorization_tokens').selectAll().execute()).toEqual([]);
  });
});
