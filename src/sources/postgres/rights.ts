/**
 * What a user may do besides reading. Lineup uses only READ ONLY transactions, but a query may call functions
 * that act outside the transaction. Only the rights of the user can prevent that.
 */
import { z } from 'zod';
import { joinSentences, type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Verified } from '../source.ts';
import type { Session } from './session.ts';
import { SessionError } from './session-error.ts';

/** Roles of PostgreSQL and of its hosting providers. Their members may do more than read tables. */
const POWERFUL = [
  'pg_checkpoint',
  'pg_create_subscription',
  'pg_execute_server_program',
  'pg_maintain',
  'pg_read_server_files',
  'pg_signal_backend',
  'pg_write_all_data',
  'pg_write_server_files',
  'alloydbsuperuser',
  'azure_pg_admin',
  'cloudsqlsuperuser',
  'rds_superuser',
];

const OWN_SCHEMAS = `pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'`;

const RIGHTS = `
  WITH schemas AS (SELECT oid, nspname FROM ${OWN_SCHEMAS} AND has_schema_privilege(oid, 'USAGE')),
  writable AS (
    SELECT nspname || '.' || relname AS name
    FROM pg_class JOIN schemas ON schemas.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'f')
      AND (has_table_privilege(pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        OR has_any_column_privilege(pg_class.oid, 'INSERT, UPDATE'))
  )
  SELECT rolsuper AS superuser,
    concat_ws(', ', CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
      CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END) AS attributes,
    (SELECT coalesce(string_agg(rolname, ', ' ORDER BY rolname), '') FROM pg_roles
     WHERE rolname = ANY ($1::text[]) AND pg_has_role(oid, 'MEMBER')) AS roles,
    (SELECT count(*) FROM writable) AS writable,
    (SELECT coalesce(min(name), '') FROM writable) AS example,
    has_database_privilege(current_database(), 'CREATE') AS creates_schemas,
    (SELECT coalesce(string_agg(nspname, ', ' ORDER BY nspname), '') FROM (
       SELECT nspname FROM schemas WHERE has_schema_privilege(oid, 'CREATE') ORDER BY nspname LIMIT 5) AS first) AS creates_in,
    EXISTS (SELECT FROM pg_proc WHERE proname LIKE 'dblink%' AND has_function_privilege(oid, 'EXECUTE')
      AND has_schema_privilege(pronamespace, 'USAGE')) AS dblink
  FROM pg_roles WHERE rolname = current_user`;

const yes = z.string().transform((text) => text === 't');
const rights = z.object({
  superuser: yes,
  attributes: z.string(),
  roles: z.string(),
  writable: z.coerce.number(),
  example: z.string(),
  creates_schemas: yes,
  creates_in: z.string(),
  dblink: yes,
});

/**
 * The last query of a session. Undefined when the database does not tell: other databases use the same
 * protocol.
 */
export async function rightsOf(session: Session): Promise<Verified['rights']> {
  try {
    const [found] = await session.query(rights, RIGHTS, [`{${POWERFUL.join(',')}}`]);
    if (!found) return undefined;
    const excess = excessOf(found);
    if (excess.length === 0) return { more: false, text: sentence`This user has read-only rights.` };
    return {
      more: true,
      text: joinSentences(
        ...excess,
        sentence`A user with read-only rights is safer. The documentation has the SQL for it.`,
      ),
    };
  } catch (error) {
    if (error instanceof SessionError && /^(0A|22|42)/.test(error.code)) return undefined;
    throw error;
  }
}

function excessOf(found: z.infer<typeof rights>): Sentence[] {
  // A superuser has all other rights, too.
  if (found.superuser)
    return [
      sentence`This user is a superuser. A query could do anything on the server, even outside its READ ONLY transaction.`,
    ];
  const { attributes, roles, writable, example, creates_in: schemas } = found;
  return [
    attributes === '' ? undefined : sentence`This user has the attributes ${attributes}.`,
    roles === '' ? undefined : sentence`This user is a member of ${roles}.`,
    writable === 0
      ? undefined
      : writable === 1
        ? sentence`This user may change the table ${example}.`
        : sentence`This user may change ${writable} tables, for example ${example}.`,
    found.creates_schemas ? sentence`This user may create schemas in this database.` : undefined,
    schemas === '' ? undefined : sentence`This user may create tables and functions in ${schemas}.`,
    found.dblink
      ? sentence`This user may call dblink, which opens connections outside the READ ONLY transaction.`
      : undefined,
  ].filter((right) => right !== undefined);
}
