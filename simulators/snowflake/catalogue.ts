/**
 * The statements about the session and about INFORMATION_SCHEMA that Lineup sends. The simulator knows them by their
 * form.
 */
import { StatementError } from './errors.ts';
import type { Rows } from './sql.ts';
import type { Cell, Table } from './tables.ts';

/** The part of the account that a statement sees. */
export interface Account {
  readonly tables: readonly Table[];
  readonly role: string;
}

const rowsOf = (names: readonly string[], rows: readonly (readonly Cell[])[]): Rows => ({
  columns: names.map((name) => ({ name, type: 'text' })),
  count: rows.length,
  row: (number) => rows[number]!,
});

export const sampleVersion = '10.1.0';

/** Undefined for every other statement. @throws {StatementError} for an unknown database */
export function aboutAccount(sql: string, { tables, role }: Account, values: readonly string[]): Rows | undefined {
  if (/^SELECT CURRENT_VERSION\(\), CURRENT_ROLE\(\)$/.test(sql))
    return rowsOf(['CURRENT_VERSION()', 'CURRENT_ROLE()'], [[sampleVersion, role]]);
  const [, database, view] = / "([^"]{1,255})"\.INFORMATION_SCHEMA\.(TABLES|OBJECT_PRIVILEGES)\s/.exec(sql) ?? [];
  if (database === undefined) return undefined;
  if (sql.startsWith('SELECT TABLE_SCHEMA, TABLE_NAME,')) {
    const limit = Number(sql.slice(sql.lastIndexOf(' ')));
    return listed(ofDatabase(tables, database), values, limit);
  }
  if (sql.startsWith('SELECT TABLE_TYPE,')) return altered(ofDatabase(tables, database), values);
  if (!sql.startsWith('SELECT COUNT(')) return undefined;
  const found = ofDatabase(tables, database);
  // The role may change none of them.
  return rowsOf(['COUNT'], [[view === 'TABLES' ? found.length : 0]]);
}

function ofDatabase(tables: readonly Table[], database: string): Table[] {
  const found = tables.filter(({ name }) => name[0] === database);
  if (found.length === 0) throw new StatementError('002003', '02000');
  return found.filter(({ hidden }) => !hidden);
}

/** The question marks are the schema and the table. */
function altered(tables: readonly Table[], [schema, table]: readonly string[]): Rows {
  const found = tables.filter(({ name }) => name[1] === schema && name[2] === table);
  return rowsOf(
    ['TABLE_TYPE', 'LAST_ALTERED'],
    found.map((each) => [each.view ? 'VIEW' : 'BASE TABLE', alteredAt(each)]),
  );
}

const alteredAt = ({ altered = () => '2026-01-05T03:00:00Z' }: Table): string => altered();

/** The question marks are the last schema twice, the last table, and a part of the name. */
function listed(
  tables: readonly Table[],
  [schema = '', , table = '', search = '']: readonly string[],
  limit: number,
): Rows {
  const found = tables
    .map((each) => [
      each.name[1],
      each.name[2],
      each.view ? null : String(each.rows),
      each.comment ?? null,
      alteredAt(each),
    ])
    .filter(([ofSchema, name]) => ofSchema! > schema || (ofSchema === schema && name! > table))
    .filter(([ofSchema, name]) => `${ofSchema}.${name}`.toLowerCase().includes(search.toLowerCase()))
    .sort(([a, b], [c, d]) => (a! < c! || (a === c && b! < d!) ? -1 : 1));
  return rowsOf(['TABLE_SCHEMA', 'TABLE_NAME', 'ROW_COUNT', 'COMMENT', 'LAST_ALTERED'], found.slice(0, limit));
}
