/** A new database on the test server, for a test file. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { serverUrl } from '../../support/postgres.ts';

export interface TestPostgres {
  /** The URL with the server’s superuser. */
  readonly url: string;
  readonly name: string;
  /** The URL with another user and, if one is given, a password. */
  urlAs(user: string, password?: string): string;
  /** Runs statements in the database. */
  sql(text: string, values?: unknown[]): Promise<pg.QueryResult>;
}

/** @param creation the end of the CREATE DATABASE statement, for example an encoding */
export function usePostgres(creation = ''): TestPostgres {
  const name = `lineup_test_${randomBytes(8).toString('hex')}`;
  const url = new URL(serverUrl ?? 'postgres://none');
  url.pathname = `/${name}`;
  let client: pg.Client | undefined;

  beforeAll(async () => {
    await administer(`CREATE DATABASE ${name} ${creation}`);
    client = new pg.Client({ connectionString: url.href });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await administer(`DROP DATABASE ${name} WITH (FORCE)`);
  });

  return {
    name,
    url: url.href,
    urlAs(user, password = '') {
      const other = new URL(url);
      other.username = user;
      other.password = password;
      return other.href;
    },
    sql: async (text, values) => client!.query(text, values),
  };
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
