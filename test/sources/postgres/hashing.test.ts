import { describe, expect, it } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { expectedHashes, hashRules, hostileValues, readHashes } from '../support/hashing.ts';
import { usePostgres } from '../support/postgres.ts';

const COUNT = 5_000;

describe('hashing in PostgreSQL', needsPostgres, () => {
  const database = usePostgres();
  const connection = { url: database.url };
  const audience = { schema: 'public', table: 'members' };

  it.each(hashRules)('agrees with the rules for $identifierType $defaultCountry', async (rules) => {
    const values = hostileValues(rules, COUNT);
    await database.sql('DROP TABLE IF EXISTS members; CREATE TABLE members (value text)');
    await database.sql('INSERT INTO members SELECT unnest($1::text[])', [values]);
    const source = await openPostgres({ connection, audience });
    const [hashes] = await readHashes(await source.scanHashes!([{ field: 'value', ...rules }]));
    expect(hashes).toEqual(expectedHashes(values, rules));
  });
});
