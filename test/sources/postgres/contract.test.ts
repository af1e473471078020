import { describe } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { type Row, sourceContract } from '../contract.ts';
import { usePostgres } from '../support/postgres.ts';

describe('PostgreSQL', needsPostgres, () => {
  const database = usePostgres();
  let tables = 0;

  /** A new table with the rows, in their order. */
  async function tableOf(rows: readonly Row[]): Promise<string> {
    const table = `members_${++tables}`;
    await database.sql(`CREATE TABLE ${table} (id serial, email text, phone text, emails text[])`);
    await database.sql(
      `INSERT INTO ${table} (email, phone, emails)
       SELECT member->>'email', member->>'phone', CASE WHEN json_typeof(member->'emails') = 'array'
         THEN ARRAY (SELECT json_array_elements_text(member->'emails')) END
       FROM json_array_elements($1) AS member`,
      [JSON.stringify(rows)],
    );
    return table;
  }

  const connection = { url: database.url };

  sourceContract({
    name: 'a table of PostgreSQL',
    lists: true,
    nul: false,
    places: false,
    open: async (rows) => openPostgres({ connection, audience: { schema: 'public', table: await tableOf(rows) } }),
    openBroken: async (rows) => {
      // The division by zero comes after the rows before it have been sent.
      const query = `SELECT email, phone FROM ${await tableOf(rows)}
        UNION ALL SELECT (1 / (SELECT count(*) FROM pg_class WHERE false))::text, NULL`;
      return openPostgres({ connection, audience: { query } });
    },
  });
});
