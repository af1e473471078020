/** LINE's estimate in the database means the same as in the code. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { hasMatched, MATCHED } from '../../src/domain/audiences/size.ts';
import { databases, useDatabase } from '../support/databases.ts';

const texts = ['1', '101', '0', '000', '0120', '100 or fewer', '-', '', ' ', '1,000', '1e3', '-5', '50 or fewer'];
const hostile = ['１００', '5\n', '\n5', '5\n0', '9'.repeat(15), '9'.repeat(16), '9'.repeat(400)];

describe.each(databases)('on $kind', (kind) => {
  const current = useDatabase(kind);

  test.each([...texts, ...hostile])('the estimate %j has a match or none', async (text) => {
    const { rows } = await sql<{ matched: boolean }>`select ${text}::text ~ ${MATCHED} as matched`.execute(
      current.database.db,
    );
    expect(rows[0]?.matched).toBe(hasMatched(text));
  });
});
