/** The tables and views of a database, and what a role may do. Both are questions to its INFORMATION_SCHEMA. */
import { z } from 'zod';
import type { SourceAudiencePage } from '../../contracts/sources.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, joinSentences, type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { PageRequest } from '../../domain/values/paging.ts';
import type { Verified } from '../source.ts';
import { errorOf, notUnderstood } from './explain.ts';
import { quote, readTableName, writeTableName } from './sql-text.ts';
import type { Rows, Statements } from './statements.ts';

export interface Database {
  readonly statements: Statements;
  /** Its name, as Snowflake stores it. Empty: the authorization has none. */
  readonly database: string;
  readonly signal: AbortSignal;
}

const tableRow = z
  .tuple([
    z.string().max(300),
    z.string().max(300),
    z.string().nullable(),
    z.string().nullable(),
    z.string().nullable(),
  ])
  .transform(([schema, table, rows, comment, changed]) => ({ schema, table, rows, comment, changed }));

/**
 * @throws {LineupError} `invalid_configuration` without a database, `invalid_argument` for a wrong cursor, `source_*`
 */
export async function listTables(
  { statements, database, signal }: Database,
  { limit, cursor, search = '' }: PageRequest & { search?: string },
): Promise<SourceAudiencePage> {
  if (database === '') {
    throw new LineupError(
      'invalid_configuration',
      sentence`The authorization names no database, so its tables cannot be listed. Enter the database there, or write the table as DATABASE.SCHEMA.TABLE.`,
    );
  }
  const [, schema = '', table = ''] = cursor === undefined ? [] : readTableName(cursor);
  const { rows } = await statements.lookup(
    `SELECT TABLE_SCHEMA, TABLE_NAME, TO_VARCHAR(ROW_COUNT), LEFT(COMMENT, 1000),
  TO_CHAR(CONVERT_TIMEZONE('UTC', LAST_ALTERED), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM ${quote(database)}.INFORMATION_SCHEMA.TABLES
WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA' AND (TABLE_SCHEMA > ? OR TABLE_SCHEMA = ? AND TABLE_NAME > ?)
  AND CONTAINS(LOWER(TABLE_SCHEMA || '.' || TABLE_NAME), LOWER(?))
ORDER BY TABLE_SCHEMA, TABLE_NAME LIMIT ${limit + 1}`,
    { values: [schema, schema, table, search], subject: { label: writeTableName([database]) }, signal },
  );
  const found = z.array(tableRow).safeParse(rows).data;
  if (!found) throw errorOf(notUnderstood);
  const items = found.slice(0, limit).map((row) => {
    const id = writeTableName([database, row.schema, row.table]);
    const size = /^\d{1,15}$/.test(row.rows ?? '') ? Number(row.rows) : null;
    const changed = Date.parse(row.changed ?? '');
    return {
      id,
      name: id,
      description: row.comment ?? '',
      size,
      updated_at: Number.isNaN(changed) ? null : new Date(changed).toISOString(),
      file: null,
    };
  });
  return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Roles that may do anything, or create users and roles. */
const POWERFUL = ['ACCOUNTADMIN', 'ORGADMIN', 'SECURITYADMIN', 'SYSADMIN', 'USERADMIN', 'GLOBALORGADMIN'];

const countIn = (rows: Rows): number | undefined => {
  const text = rows[0]?.[0] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};

/** @throws {LineupError} with a sentence about what is wrong */
export async function testConnection({ statements, database, signal }: Database): Promise<Verified> {
  const session = await statements.lookup('SELECT CURRENT_VERSION(), CURRENT_ROLE()', { signal });
  const [version, role] = session.rows[0] ?? [];
  const server = /^[\d.]{1,20}/.exec(version ?? '')?.[0] ?? '';
  const ofRole = (role ?? '').slice(0, 255);
  if (database === '') {
    return {
      works: sentence`Snowflake ${server}: signed in with the role ${ofRole}. Enter a database to list its tables.`,
      rights: rightsOf(ofRole, 0),
    };
  }
  const { rows } = await statements.lookup(
    `SELECT COUNT(*) FROM ${quote(database)}.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA'`,
    { subject: { label: writeTableName([database]) }, signal },
  );
  const tables = countIn(rows);
  if (tables === undefined) throw errorOf(notUnderstood);
  const place = internalFact(writeTableName([database]), sentence`the database`);
  return {
    works:
      tables === 1
        ? sentence`Snowflake ${server}: the role ${ofRole} sees one table or view in ${place}.`
        : sentence`Snowflake ${server}: the role ${ofRole} sees ${tables} tables and views in ${place}.`,
    rights: await rightsIn({ statements, database, signal }, ofRole),
  };
}

/** Undefined when Snowflake does not tell: the authorization works without it. */
async function rightsIn({ statements, database, signal }: Database, role: string): Promise<Verified['rights']> {
  try {
    const { rows } = await statements.lookup(
      `SELECT COUNT(DISTINCT OBJECT_SCHEMA, OBJECT_NAME) FROM ${quote(database)}.INFORMATION_SCHEMA.OBJECT_PRIVILEGES
WHERE GRANTEE = CURRENT_ROLE() AND OBJECT_TYPE = 'TABLE'
  AND PRIVILEGE_TYPE IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'OWNERSHIP')`,
      { signal },
    );
    const writable = countIn(rows);
    return writable === undefined ? undefined : rightsOf(role, writable);
  } catch (error) {
    if (error instanceof LineupError && error.code !== 'interrupted') return undefined;
    throw error;
  }
}

function rightsOf(role: string, writable: number): NonNullable<Verified['rights']> {
  const excess: (Sentence | undefined)[] = [
    POWERFUL.includes(role) ? sentence`The role ${role} may do much more than read.` : undefined,
    writable === 1 ? sentence`The role may change one table.` : undefined,
    writable > 1 ? sentence`The role may change ${writable} tables.` : undefined,
  ];
  if (excess.every((right) => right === undefined))
    return { more: false, text: sentence`The role itself has no right to change a table of this database.` };
  return {
    more: true,
    text: joinSentences(
      ...excess,
      sentence`A role with read-only rights is safer. The documentation has the SQL for it.`,
    ),
  };
}
