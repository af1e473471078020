import { lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/domain/values/secret.ts';
import { createAuthorization, revealConfiguration } from '../../src/store/repositories/authorizations.ts';
import { addErasure, countErasures, makeErasureKey } from '../../src/store/repositories/erasures.ts';
import { createChannel, revealChannel } from '../../src/store/repositories/notification-channels.ts';
import { queueRuns } from '../../src/store/repositories/runs.ts';
import { revealSetting, writeSetting } from '../../src/store/repositories/settings.ts';
import { forgetLost, lossOfSettings } from '../../src/store/secrets/forget.ts';
import { masterKey, SecretBox, UnsealError } from '../../src/store/secrets/secret-box.ts';
import { addKeyToFile, keepFirstKeyOfFile, keepOldKeys } from '../../src/store/secrets/secret-keys.ts';
import { openSecrets } from '../../src/store/secrets/secrets.ts';
import { stagingKeyOf } from '../../src/store/secrets/staging-keys.ts';
import { examineSecrets, rotateSecrets } from '../../src/store/secrets/stored-secrets.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { leasesOn } from '../support/leases.ts';
import { aiko, anAuthorization, at, newKey, openBox, SECRET_KEY } from '../support/service.ts';

const place = { table: 'authorizations', row: 'aut_1', column: 'configuration' };
const key = (fill: number) => masterKey(Buffer.alloc(32, fill));

describe('a secret', () => {
  test('is shown only by reveal', () => {
    const secret = new Secret(SECRET_KEY);
    const seen = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      String([secret]),
    ];
    expect(seen.join()).not.toContain(SECRET_KEY);
    expect(seen.join()).toContain('[secret]');
    expect(secret.reveal()).toBe(SECRET_KEY);
  });
});

describe('the secret box', () => {
  test('opens what it sealed, only in its place, and never seals twice in the same way', () => {
    const box = new SecretBox([key(1)]);
    const plain = new Secret('パスワード');
    const envelope = box.seal(plain, place);
    expect(box.open(envelope, place).reveal()).toBe('パスワード');
    expect(box.seal(plain, place)).not.toBe(envelope);
    expect(envelope).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]+$/);
  });

  test.each([
    ['another row', { ...place, row: 'aut_2' }],
    ['another column', { ...place, column: 'label' }],
    ['another table', { ...place, table: 'settings' }],
  ])('refuses a value that was moved to %s', (_, moved) => {
    const box = new SecretBox([key(1)]);
    const envelope = box.seal(new Secret('x'), place);
    expect(() => box.open(envelope, moved)).toThrow(UnsealError);
  });

  test('refuses a value that is changed in any byte, truncated, or of another key', () => {
    const box = new SecretBox([key(1)]);
    const [version, id, nonce, sealed] = box.seal(new Secret('a secret'), place).split('.');
    const bytes = Buffer.from(sealed!, 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      expect(() => box.open([version, id, nonce, changed.toString('base64url')].join('.'), place)).toThrow(UnsealError);
    }
    expect(() => box.open([version, id, nonce, bytes.subarray(0, 8).toString('base64url')].join('.'), place)).toThrow(
      UnsealError,
    );
    expect(() => new SecretBox([key(2)]).open([version, id, nonce, sealed].join('.'), place)).toThrow(
      /encryption key \w{8}, which this process of the service does not have/,
    );
    expect(() => box.open('plain text', place)).toThrow(UnsealError);
  });

  test('seals with its first key and opens with all', () => {
    const old = new SecretBox([key(1)]).seal(new Secret('x'), place);
    const both = new SecretBox([key(2), key(1)]);
    expect(both.open(old, place).reveal()).toBe('x');
    expect(both.seal(new Secret('x'), place)).toContain(key(2).id);
  });
});

describe.each(databases)('secrets on $kind', (kind) => {
  const current = useDatabase(kind);
  let dataDirectory: string;
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lineup-secrets-'));
    // The directory does not exist yet. With PostgreSQL, no other code creates it.
    dataDirectory = join(parent, 'data');
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  const start = (value?: string) =>
    openSecrets(current.database.db, {
      value: value === undefined ? undefined : new Secret(value),
      dataDirectory,
      now: at(0),
      mayMakeKey: true,
    });

  test('the first start creates a key file that only its owner can read, and later starts use it', async () => {
    const first = await start();
    const path = join(dataDirectory, 'secret.key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dataDirectory)).mode & 0o777).toBe(0o700);
    expect((await start()).keyId).toBe(first.keyId);
    const envelope = first.seal(new Secret('x'), place);
    expect((await start((await readFile(path, 'utf8')).trim())).open(envelope, place).reveal()).toBe('x');
  });

  test('a new key file is reported once, so that it can be backed up', async () => {
    const reported: string[] = [];
    const onKeyMade = (path: string) => void reported.push(path);
    const options = { value: undefined, dataDirectory, now: at(0), mayMakeKey: true, onKeyMade };
    await openSecrets(current.database.db, options);
    await openSecrets(current.database.db, options);
    expect(reported).toEqual([join(dataDirectory, 'secret.key')]);
  });

  test('the start is refused if no key may be created, and the next start works with a key file', async () => {
    const { db } = current.database;
    const options = { value: undefined, dataDirectory, now: at(0), mayMakeKey: false };
    const refusal = await openSecrets(db, options).catch((error) => error);
    expect(refusal).toMatchObject({
      code: 'secret_key_missing',
      fields: [
        { message: expect.stringContaining('openssl rand -base64 32') },
        { message: expect.stringContaining('LINEUP_SECRET_KEY') },
      ],
    });
    await expect(stat(dataDirectory)).rejects.toThrow('ENOENT');
    expect(await db.selectFrom('secret_keys').selectAll().execute()).toEqual([]);

    // As an earlier version, or a person, has created it.
    await addKeyToFile(dataDirectory);
    const { keyId } = await openSecrets(db, options);
    expect((await openSecrets(db, options)).keyId).toBe(keyId);
    // Later it is lost. The database knows the key, so no other key is accepted.
    await rm(join(dataDirectory, 'secret.key'));
    await expect(openSecrets(db, options)).rejects.toMatchObject({ code: 'secret_key_wrong' });
  });

  test('a new key goes into no file that somebody else has put there', async () => {
    await mkdir(dataDirectory);
    const other = join(dataDirectory, 'other');
    await writeFile(other, 'kept');
    await symlink(other, join(dataDirectory, 'secret.key.new'));
    await addKeyToFile(dataDirectory);
    expect(await readFile(other, 'utf8')).toBe('kept');
    expect((await lstat(join(dataDirectory, 'secret.key'))).isFile()).toBe(true);
  });

  test('a wrong or a lost key is reported at the start', async () => {
    await start(newKey());
    await expect(start(newKey())).rejects.toMatchObject({ code: 'secret_key_wrong' });
    await expect(start()).rejects.toMatchObject({
      code: 'secret_key_wrong',
      message: expect.stringContaining('missing'),
    });
    await expect(stat(join(dataDirectory, 'secret.key'))).rejects.toThrow('ENOENT');
  });

  test.each(['', 'password', `${'a'.repeat(63)}`, Buffer.alloc(16).toString('base64'), ', ,'])(
    'an invalid key is refused without showing it: %j',
    async (value) => {
      const refusal = await start(value).catch((error) => error);
      expect(refusal).toMatchObject({ code: 'invalid_configuration' });
      if (value.length > 3) expect(refusal.message).not.toContain(value);
    },
  );

  test('a key file that others can read is refused', async () => {
    await mkdir(dataDirectory);
    await writeFile(join(dataDirectory, 'secret.key'), newKey(), { mode: 0o644 });
    await expect(start()).rejects.toMatchObject({ message: expect.stringContaining('chmod 600') });
  });

  test('no table and no row shows the secret', async () => {
    const { db } = current.database;
    const box = await start();
    const { id } = await anAuthorization(db, box);
    const { rows } = await sql<{ all: string }>`
      select (select json_agg(a) from lineup.authorizations a)::text || (select json_agg(k) from lineup.secret_keys k)::text as all`.execute(
      db,
    );
    expect(rows[0]?.all).toContain('Main account');
    expect(rows[0]?.all).not.toContain(SECRET_KEY);
    expect((await revealConfiguration(db, box, id)).reveal()).toMatchObject({ secret_key: SECRET_KEY });
  });

  test('a configuration copied to another row is not opened there', async () => {
    const { db } = current.database;
    const box = await openBox(db);
    const [first, two] = [await anAuthorization(db, box), await anAuthorization(db, box)];
    await sql`update lineup.authorizations set configuration = (select configuration from lineup.authorizations where id = ${first.id}) where id = ${two.id}`.execute(
      db,
    );
    await expect(revealConfiguration(db, box, two.id)).rejects.toThrow(UnsealError);
  });

  test('rotation seals all secrets again and forgets the old key', async () => {
    const { db } = current.database;
    const old = await start();
    const { id } = await anAuthorization(db, old);
    await writeSetting(
      db,
      old,
      'smtp',
      { value: { host: 'mail.example.com' }, secret: new Secret('smtp password') },
      aiko,
      at(0),
    );
    const channel = await createChannel(
      db,
      old,
      {
        kind: 'slack',
        label: 'Slack',
        language: 'en',
        target: 'hooks.example.com',
        events: ['job_failed'],
        configuration: new Secret({ url: 'https://hooks.example.com/secret-path' }),
      },
      aiko,
      at(0),
    );
    const leases = leasesOn(db);
    onTestFinished(() => leases.close());
    const lease = (await leases.tryTake(['run:r1']))!;
    const run = { id: 'r1', jobId: null, jobName: 'VIP', trigger: 'created', slot: null } as const;
    await db.transaction().execute((tx) => queueRuns(tx, [[{ ...run, approval: null }, at(0)]]));
    const fileKey = (await stagingKeyOf(db, old, 'r1', lease).findOrMake()).reveal();
    await addKeyToFile(dataDirectory);
    const both = await start();
    expect(both.keyId).not.toBe(old.keyId);
    expect((await revealConfiguration(db, both, id)).reveal()).toMatchObject({ secret_key: SECRET_KEY });
    expect(await db.transaction().execute((tx) => rotateSecrets(tx, both))).toBe(4);
    expect(await db.transaction().execute((tx) => rotateSecrets(tx, both))).toBe(0);

    await keepFirstKeyOfFile(dataDirectory);
    const newest = (await readFile(join(dataDirectory, 'secret.key'), 'utf8')).trim();
    expect(newest).not.toContain('\n');
    const onlyNew = await start(newest);
    expect((await revealConfiguration(db, onlyNew, id)).reveal()).toMatchObject({ secret_key: SECRET_KEY });
    expect((await revealSetting(db, onlyNew, 'smtp'))?.reveal()).toBe('smtp password');
    expect((await revealChannel(db, onlyNew, channel)).configuration.reveal()).toEqual({
      url: 'https://hooks.example.com/secret-path',
    });
    expect((await stagingKeyOf(db, onlyNew, 'r1', lease).find())?.reveal()).toEqual(fileKey);
    // A process without the key cannot use its staged chunks, so it stages again.
    expect(await stagingKeyOf(db, old, 'r1', lease).find()).toBeUndefined();
    // A process with only the old key cannot bring it back.
    await expect(
      createAuthorization(
        db,
        old,
        { provider: 'line_ads', method: 'line_ads_api_key', label: 'x', description: '', configuration: {} },
        aiko,
        at(0),
      ),
    ).rejects.toThrow(/foreign key/);
  });

  test('a database that names an earlier key is opened with the file that a rotation has kept, through no link', async () => {
    const { db } = current.database;
    const old = await start();
    const envelope = old.seal(new Secret('x'), place);
    const kept = join(dataDirectory, `secret.key.${old.keyId}`);
    // Something else is there: nothing is changed.
    await symlink(join(parent, 'elsewhere'), kept);
    await expect(keepOldKeys(dataDirectory)).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining(`${kept} is not the key`),
    });
    await rm(kept);
    expect(await keepOldKeys(dataDirectory)).toEqual([{ id: old.keyId, path: kept }]);
    expect((await lstat(kept)).mode & 0o777).toBe(0o600);
    // A second time, it is there.
    await keepOldKeys(dataDirectory);
    await addKeyToFile(dataDirectory);
    await keepFirstKeyOfFile(dataDirectory);

    const both = await start();
    expect(both.keyId).not.toBe(old.keyId);
    expect(both.open(envelope, place).reveal()).toBe('x');
    // Nobody needs it any more, so it is not read.
    await db.transaction().execute((tx) => rotateSecrets(tx, both));
    expect((await start()).keyIds).toEqual([both.keyId]);
  });

  test('what the keys do not open is forgotten, and everything else stays', async () => {
    const { db } = current.database;
    const old = await start(newKey());
    const { id: lost } = await anAuthorization(db, old, 'Lost');
    await makeErasureKey(db, old, at(0));
    await db.transaction().execute((tx) => addErasure(tx, 'email', ['a', 'b'], at(0)));
    const fresh = newKey();
    const box = new SecretBox([masterKey(Buffer.from(fresh, 'base64'))]);
    const keys = [masterKey(Buffer.from(fresh, 'base64'))];
    const health = await examineSecrets(db, keys);
    expect(health).toMatchObject({ known: false, needed: [old.keyId], lost: { authorizations: [lost] } });
    expect(await lossOfSettings(db, health)).toEqual({ sessions: false, mailServer: false, erasures: 1 });
    await db.transaction().execute((tx) => forgetLost(tx, health, { box, now: at(1) }));
    expect(await examineSecrets(db, keys)).toMatchObject({ known: true, sealed: 0, toEnter: 1 });
    expect(await countErasures(db)).toEqual([]);
    const again = await start(fresh);
    await expect(revealConfiguration(db, again, lost)).rejects.toMatchObject({
      code: 'credentials_lost',
      message: 'The credentials of “Lost” were lost with their encryption key. Enter them again.',
    });
    const { id: kept } = await anAuthorization(db, again, 'Kept');
    // A damaged value is lost too, with the right key.
    const { id: damaged } = await anAuthorization(db, again, 'Damaged');
    await sql`update lineup.authorizations set configuration = 'v1.' || key_id || '.x.x' where id = ${damaged}`.execute(
      db,
    );
    const second = await examineSecrets(db, keys);
    expect(second.lost.authorizations).toEqual([damaged]);
    await expect(revealConfiguration(db, again, damaged)).rejects.toThrow(
      /was changed in the database.*lineup secrets forget/,
    );
    await db.transaction().execute((tx) => forgetLost(tx, second, { box, now: at(2) }));
    expect((await revealConfiguration(db, again, kept)).reveal()).toMatchObject({ secret_key: SECRET_KEY });

    // A rotation passes over what is lost.
    const both = await start(`${newKey()},${fresh}`);
    expect(await db.transaction().execute((tx) => rotateSecrets(tx, both))).toBe(1);
    await expect(revealConfiguration(db, both, lost)).rejects.toMatchObject({ code: 'credentials_lost' });
  });
});
