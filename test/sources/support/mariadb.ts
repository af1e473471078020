/** A new database on the MariaDB server of the tests, for a test file. */
import { randomBytes } from 'node:crypto';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll } from 'vitest';
import type { DatabaseConnection } from '../../../src/sources/database/target.ts';
import { mariadbSocket } from '../../support/mariadb.ts';

export interface TestMariadb {
  readonly name: string;
  /** A connection of the server's first user, or of another one. */
  connection(user?: string, password?: string): DatabaseConnection;
  /** Runs statements in the database. @returns the rows of the last one */
  sql(text: string, values?: unknown[]): Promise<RowDataPacket[]>;
}

/** @param creation the end of the CREATE DATABASE statement, for example a character set */
export function useMariadb(creation = ''): TestMariadb {
  const name = `lineup_test_${randomBytes(6).toString('hex')}`;
  let client: Connection | undefined;

  beforeAll(async () => {
    client = await createConnection({ socketPath: mariadbSocket, user: 'root', multipleStatements: true });
    await client.query(`CREATE DATABASE ${name} ${creation}; USE ${name}`);
  });
  afterAll(async () => {
    await client?.query(`DROP DATABASE ${name}`);
    await client?.end();
  });

  return {
    name,
    connection: (user = 'root', password = '') => ({
      url: `mysql://${user}:${password}@localhost/${name}?socket=${encodeURIComponent(mariadbSocket)}`,
      ownMachine: true,
    }),
    sql: async (text, values) => {
      const [rows] = await client!.query<RowDataPacket[]>(text, values);
      return rows;
    },
  };
}
