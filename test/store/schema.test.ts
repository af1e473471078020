/** Compares the types in the code with the tables that the migrations create. */
import { readFile } from 'node:fs/promises';
import { getMigrations } from 'better-auth/db/migration';
import { admin } from 'better-auth/plugins';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { authTables } from '../../src/store/database/auth-tables.ts';
import { databases, useDatabase } from '../support/databases.ts';

interface Column {
  table: string;
  name: string;
  type: string;
  nullable: boolean;
  /** The database fills it in if an insert gives no value. */
  filled: boolean;
}

/** Tables that only better-auth and the migrations use. */
const notOurs = ['sessions', 'accounts', 'verifications', 'sign_in_rates', 'migrations'];
/** Views: PostgreSQL says of no column of one that it is never null. Their type takes the columns of the tables. */
const views = ['deliveries', 'single_deliveries', 'several_deliveries'];

/**
 * Reads the interface `Schema` from its source: one property a line, as the formatter writes it. A table
 * may begin with the columns of an interface that stands before it: `runs: DeliveredColumns & {`.
 */
async function believed(): Promise<Column[]> {
  const source = await readFile('src/store/database/schema.ts', 'utf8');
  const shared = new Map<string, string>();
  for (const [, name, body] of source.matchAll(/^interface (\w+) \{\n(.*?)^\}/gms)) shared.set(name!, body!);
  const tables = source.slice(source.indexOf('export interface Schema'));
  return [...tables.matchAll(/^ {2}(\w+): (?:(\w+) & )?\{\n(.*?)^ {2}\}/gms)].flatMap(([, table, base, own]) =>
    [...`${base ? shared.get(base) : ''}${own}`.matchAll(/^ +(\w+): (.+);$/gm)].map(([, name, type]) => ({
      table: table!,
      ...columnOf(name!, type!),
    })),
  );
}

const columnOf = (name: string, type: string): Omit<Column, 'table'> => ({
  name,
  type: kindOf(type),
  nullable: /\bnull\b|^Nullable/.test(type),
  filled: /^Generated/.test(type),
});

function kindOf(type: string): string {
  const inner = type.replace(/^Generated(Always)?<(.+)>$/, '$2');
  if (/Time$/.test(inner)) return 'time';
  if (/Json</.test(inner)) return 'json';
  if (/^(number|boolean)/.test(inner)) return inner.split(' ')[0]!;
  return 'text';
}

const kinds: Record<string, string> = {
  text: 'text',
  integer: 'number',
  bigint: 'number',
  'double precision': 'number',
  boolean: 'boolean',
  jsonb: 'json',
  'timestamp with time zone': 'time',
};

describe.each(databases)('the schema on $kind', (kind) => {
  const current = useDatabase(kind);

  test('has the columns of the types, with type, null and default', async () => {
    const { rows } = await sql<Column>`
      select table_name as "table", column_name as name, data_type as type, is_nullable = 'YES' as nullable,
             is_nullable = 'NO' and (column_default is not null or is_identity = 'YES') as filled
      from information_schema.columns where table_schema = 'lineup'`.execute(current.database.db);
    const made = rows
      .filter(({ table }) => !notOurs.includes(table) && !views.includes(table))
      .map((column) => ({ ...column, type: kinds[column.type] ?? column.type }));
    const byName = (a: Column, b: Column) => `${a.table}.${a.name}`.localeCompare(`${b.table}.${b.name}`);
    // A default does not matter for columns that every insert gives.
    const defaulted = ['description', 'detail', 'created_at', 'updated_at'];
    const plain = (columns: Column[]) =>
      columns.map((column) => (defaulted.includes(column.name) ? { ...column, filled: false } : column)).sort(byName);
    expect(plain(made)).toEqual(plain(await believed()));
  });

  test('has the tables that better-auth needs, under our names', async () => {
    const wanted = await getMigrations({
      database: { db: current.database.db, type: 'postgres', schemaName: 'lineup' },
      emailAndPassword: { enabled: true },
      user: authTables.user,
      session: authTables.session,
      account: authTables.account,
      verification: authTables.verification,
      rateLimit: { enabled: true, storage: 'database', ...authTables.rateLimit },
      plugins: [admin({ schema: authTables.admin })],
      logger: { disabled: true },
    });
    expect(wanted.toBeCreated).toEqual([]);
    expect(wanted.toBeAdded).toEqual([]);
    expect(wanted.toBeAddedIndexes).toEqual([]);
    expect([...wanted.schemaProblems, ...wanted.unsafeChanges]).toEqual([]);
  });
});
