/** What a trigger sees of a table or a query of PostgreSQL: whether its one value is another one. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Watched } from '../../../src/contracts/watched.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { postgresProvider } from '../../../src/sources/postgres/provider.ts';
import { latestOf } from '../../../src/sources/watch.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { usePostgres } from '../support/postgres.ts';

describe('a look', needsPostgres, () => {
  const database = usePostgres();
  const look = (watched: Watched, audience = 'public.members') =>
    latestOf(
      postgresProvider({}),
      new Secret<Record<string, string>>({ connection_url: database.url }),
      audience,
      watched,
      new AbortController().signal,
    );
  const column = (name: string) => look({ kind: 'column', column: name });
  const query = (text: string) => look({ kind: 'query', query: text });

  beforeAll(() =>
    database.sql(`
      CREATE TABLE members (id int PRIMARY KEY, email text, at timestamptz, local timestamp, batch numeric, ids int[], doc json);
      CREATE TABLE empty (at timestamptz);
      INSERT INTO members VALUES (1, 'a@example.com', '2026-10-25 00:30:00.000001Z', '2026-01-01', 9, '{1}', '{}')`),
  );

  it('tells a new maximum of a column, and keeps the value to itself', async () => {
    const first = await column('at');
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    await database.sql(`INSERT INTO members (id, at) VALUES (2, '2026-10-25 00:00:00Z'), (3, NULL)`);
    expect(await column('at')).toBe(first);
    await database.sql(`UPDATE members SET at = at + interval '1 microsecond' WHERE id = 1`);
    expect(await column('at')).not.toBe(first);
    expect(await look({ kind: 'column', column: 'at' }, 'public.empty')).toBeNull();
  });

  it('does not depend on the time zone of the session', async () => {
    const utc = await column('at');
    const hour = await query('SELECT max(at) FROM members');
    await database.sql(`ALTER DATABASE ${database.name} SET timezone = 'Europe/Berlin'`);
    expect([await column('at'), await query('SELECT max(at) FROM members')]).toEqual([utc, hour]);
    // In Berlin, this hour comes twice.
    await database.sql(`UPDATE members SET at = at + interval '1 hour' WHERE id = 1`);
    expect(await column('at')).not.toBe(utc);
  });

  it.each(['batch', 'local', 'email', 'id'])('takes a column of any type that has a maximum: %s', async (name) => {
    expect(await column(name)).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['ids', 'field_type'],
    ['doc', 'field_type'],
    ['nothing', 'field_not_found'],
  ])('refuses the column %s', async (name, code) => {
    await expect(column(name)).rejects.toMatchObject({ code });
  });

  it('tells another value of a query, also a smaller one', async () => {
    const value = (text: string) => query(`SELECT '${text}'::text AS version -- the last one`);
    const first = await value('b');
    expect(await value('b')).toBe(first);
    expect(await value('a')).not.toBe(first);
    expect(await query('SELECT max(at) FROM empty')).toBeNull();
    expect(await query("SELECT email FROM members WHERE email = 'nobody'")).toBeNull();
  });

  it.each([
    ['SELECT 1, 2', 'invalid_argument'],
    ['SELECT email FROM (VALUES (1), (2)) AS given (email)', 'invalid_argument'],
    ['SELECT ids FROM members', 'invalid_argument'],
    ['DELETE FROM members RETURNING id', 'invalid_argument'],
    ['SELECT 1) AS audience; DROP TABLE members; SELECT * FROM (SELECT 1', 'invalid_argument'],
    ['members', 'invalid_argument'],
    ["SELECT repeat('x', 400)", 'source_unsupported'],
  ])('refuses the query %s', async (text, code) => {
    await expect(query(text)).rejects.toMatchObject({ code });
  });

  it('takes a column only of a table', async () => {
    const looked = look({ kind: 'column', column: 'id' }, 'SELECT id FROM members');
    await expect(looked).rejects.toMatchObject({ code: 'source_unsupported' });
    await expect(look({ kind: 'metadata' })).rejects.toMatchObject({ code: 'source_unsupported' });
  });

  it('has no rights but those of the connection', async () => {
    await database.sql(`CREATE ROLE ${database.name}_reader LOGIN`);
    const looked = latestOf(
      postgresProvider({}),
      new Secret<Record<string, string>>({ connection_url: database.urlAs(`${database.name}_reader`) }),
      'public.members',
      { kind: 'query', query: 'SELECT max(id) FROM members' },
      new AbortController().signal,
    );
    await expect(looked).rejects.toMatchObject({ code: 'source_unauthorized' });
  });
});
