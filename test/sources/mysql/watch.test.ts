/** What a trigger sees of a table or a query of MySQL: whether its one value is another one. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Watched } from '../../../src/contracts/watched.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { mysqlProvider } from '../../../src/sources/mysql/provider.ts';
import { latestOf } from '../../../src/sources/watch.ts';
import { needsMariadb } from '../../support/mariadb.ts';
import { useMariadb } from '../support/mariadb.ts';

describe('a look', needsMariadb, () => {
  const database = useMariadb();
  const look = (watched: Watched, audience = 'members') =>
    latestOf(
      mysqlProvider({ ownMachine: true }),
      new Secret<Record<string, string>>({ connection_url: `${database.connection().url}` }),
      audience,
      watched,
      new AbortController().signal,
    );
  const column = (name: string) => look({ kind: 'column', column: name });
  const query = (text: string) => look({ kind: 'query', query: text });

  beforeAll(() =>
    database.sql(`
      CREATE TABLE members (id int PRIMARY KEY, email varchar(100), at timestamp(6) NULL, day datetime(6), ratio float, doc blob);
      SET time_zone = '+00:00';
      INSERT INTO members VALUES (1, 'a@example.com', '2026-10-25 00:30:00.000001', '2026-01-01', 0.123456789, 'x')`),
  );

  it.each([
    ['at', 'at + INTERVAL 1 MICROSECOND'],
    ['at', 'at + INTERVAL 1 HOUR'],
    ['day', 'day + INTERVAL 1 MICROSECOND'],
    ['ratio', 'ratio * 1.000001'],
    ['id', 'id + 1'],
  ])('tells a new maximum of %s: %s', async (name, next) => {
    const first = await column(name);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(await column(name)).toBe(first);
    await database.sql(`UPDATE members SET ${name} = ${next}`);
    expect(await column(name)).not.toBe(first);
  });

  it('tells another value of a query, and refuses several', async () => {
    const first = await query('SELECT MAX(day) FROM members # the last one');
    expect(await query('SELECT MAX(day) FROM members')).toBe(first);
    expect(await query("SELECT 'a' AS version")).not.toBe(first);
    expect(await query('SELECT id FROM members WHERE id < 0')).toBeNull();
    await expect(query('SELECT 1 AS a UNION SELECT 2')).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(query('SELECT 1 AS a, 2 AS b')).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(column('doc')).rejects.toMatchObject({ code: 'field_type' });
  });
});
