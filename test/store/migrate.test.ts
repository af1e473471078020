import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readSettings } from '../../src/service/settings.ts';
import type { Database } from '../../src/store/database.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { databases } from '../support/databases.ts';

const tables = async ({ db }: Database): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'lineup' order by 1`.execute(
    db,
  );
  return rows.map((row) => row.name);
};

describe.each(databases)('migrate on $kind', (kind) => {
  test('makes all tables in an empty database, and then finds nothing to do', async () => {
    const { database, drop } = await kind.empty();
    const all = await readMigrations();
    expect(await migrate(database)).toEqual(all.map(({ name }) => name));
    expect(await tables(database)).toContain('runs');
    expect(await migrate(database)).toEqual([]);
    await drop();
  });

  test('tokens that are there learn who made them from the audit log', async () => {
    const { database, drop } = await kind.empty();
    const all = await readMigrations();
    await migrate(database, all.slice(0, 7));
    for (const id of ['tok_1', 'tok_2']) {
      await sql`insert into lineup.api_tokens (id, name, role, token_hash, hint, created_by, created_at)
        values (${id}, 'CI', 'editor', ${id}, 'abcd', 'Aiko Tanaka', now())`.execute(database.db);
    }
    await sql`insert into lineup.audit_log (at, actor_id, actor, action, subject_type, subject_id)
      values (now(), 'user-1', 'Aiko Tanaka', 'api_token.create', 'api_token', 'tok_1')`.execute(database.db);
    await migrate(database, all);
    const { rows } = await sql`select id, maker_id from lineup.api_tokens order by id`.execute(database.db);
    expect(rows).toEqual([
      { id: 'tok_1', maker_id: 'user-1' },
      { id: 'tok_2', maker_id: null },
    ]);
    await drop();
  });

  test('applies only what is new, and refuses a database that is newer or of another build', async () => {
    const { database, drop } = await kind.empty();
    const [one, two] = [
      { number: 1, name: '0001-one', sql: 'create table lineup.one (a int)' },
      { number: 2, name: '0002-two', sql: 'create table lineup.two (a int)' },
    ];
    await migrate(database, [one]);
    expect(await migrate(database, [one, two])).toEqual(['0002-two']);
    await expect(migrate(database, [one])).rejects.toMatchObject({
      code: 'database_newer',
      message: expect.stringContaining('newer version of Lineup'),
    });
    await expect(
      migrate(database, [{ ...one, sql: 'create table lineup.other (a int)' }, two]),
    ).rejects.toMatchObject({
      code: 'storage_failed',
    });
    await drop();
  });

  test('a migration that fails leaves nothing of itself, and the database usable', async () => {
    const { database, drop } = await kind.empty();
    const broken = [
      { number: 1, name: '0001-good', sql: 'create table lineup.good (a int)' },
      { number: 2, name: '0002-bad', sql: 'create table lineup.bad (a int); select 1/0' },
    ];
    await expect(migrate(database, broken)).rejects.toThrow('division by zero');
    expect(await tables(database)).toEqual(['good', 'migrations']);
    const mended = [broken[0]!, { ...broken[1]!, sql: 'create table lineup.bad (a int)' }];
    expect(await migrate(database, mended)).toEqual(['0002-bad']);
    await drop();
  });
});

describe.each(databases)('hosts inside the network, migrated on $kind', (kind) => {
  const migrated = async (values: Record<string, unknown>) => {
    const { database, drop } = await kind.empty();
    onTestFinished(drop);
    const all = await readMigrations();
    await migrate(
      database,
      all.filter(({ name }) => name < '0008'),
    );
    for (const [key, value] of Object.entries(values)) {
      await sql`insert into lineup.settings values (${key}, ${JSON.stringify(value)}::jsonb, null, 'test', now())`.execute(
        database.db,
      );
    }
    await migrate(database);
    return readSettings(database.db);
  };

  test('what notifications and URLs had becomes one list', async () => {
    const settings = await migrated({
      notifications: {
        internal_hosts: [
          'smtp.corp.example',
          'mail.corp.de',
          'localhost',
          '10.0.0.7',
          '[::1]',
          'fd00::7',
        ].concat(['not a host', '999.1.1.1', '1.2.3', 'a:b:c', '1:2:3', 'x:y', '::1::2', '0x7f']),
      },
      files: {
        roots: ['/srv/exports'],
        url_roots: [
          { url: 'https://files.example.com/exports/', internal: false },
          { url: 'http://nas.corp.example:8080/crm/', internal: true },
          { url: 'http://nas.corp.example/', internal: true },
          { url: 'https://[fd00::9]/', internal: true },
        ],
      },
    });
    expect([...settings.network.internal_hosts].sort()).toEqual(
      [
        ...['smtp.corp.example', 'mail.corp.de', 'localhost', '10.0.0.7', '[::1]', 'fd00::7'],
        ...['nas.corp.example:8080', 'nas.corp.example:80', '[fd00::9]:443'],
      ].sort(),
    );
    expect(settings.files).toEqual({
      roots: ['/srv/exports'],
      url_roots: [
        { url: 'https://files.example.com/exports/' },
        { url: 'http://nas.corp.example:8080/crm/' },
        { url: 'http://nas.corp.example/' },
        { url: 'https://[fd00::9]/' },
      ],
    });
  });

  test('of an installation that had none', async () => {
    const settings = await migrated({ files: { roots: ['/srv'] } });
    expect(settings.network.internal_hosts).toEqual([]);
    expect(settings.files).toEqual({ roots: ['/srv'], url_roots: [] });
  });
});

describe.each(databases.filter(({ kind }) => kind === 'PostgreSQL'))(
  'migrate by several processes on $kind',
  (kind) => {
    test('started at once, they do each step once, and all succeed', async () => {
      const { database, another, drop } = await kind.empty();
      const processes = [database, await another(), await another(), await another()];
      const applied = await Promise.all(processes.map((one) => migrate(one)));
      expect(applied.flat().sort()).toEqual((await readMigrations()).map(({ name }) => name));
      await drop();
    });
  },
);
