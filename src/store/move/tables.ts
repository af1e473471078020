/**
 * The tables of a database, and how their rows are copied and compared. The list of tables comes from the database's
 * own catalogue, so no table can be forgotten.
 */
import { CompiledQuery } from 'kysely';
import { SCHEMA, type Tx } from '../database/database.ts';

export interface Column {
  readonly name: string;
  /** As PostgreSQL writes it, e.g. `timestamp with time zone`. */
  readonly type: string;
  /** The database generates its numbers. */
  readonly identity: boolean;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** Runs a SQL text. */
export async function rowsOf<T>(tx: Tx, text: string, values: readonly unknown[] = []): Promise<T[]> {
  return (await tx.executeQuery<T>(CompiledQuery.raw(text, [...values]))).rows;
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const inSchema = (table: string): string => `${SCHEMA}.${quoted(table)}`;

/** All tables except the list of migrations. A table comes after the tables that it refers to. */
export async function tablesOf(tx: Tx): Promise<Table[]> {
  const columns = await rowsOf<{ table: string; name: string; type: string; identity: boolean }>(
    tx,
    `select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
       a.attidentity <> '' as identity
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = to_regnamespace('${SCHEMA}') and c.relkind = 'r' and c.relname <> 'migrations'
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     order by c.relname, a.attnum`,
  );
  const references = await rowsOf<{ from: string; to: string }>(
    tx,
    `select f.relname as from, t.relname as to
     from pg_constraint r join pg_class f on f.oid = r.conrelid join pg_class t on t.oid = r.confrelid
     where r.contype = 'f' and f.relnamespace = to_regnamespace('${SCHEMA}')`,
  );
  const byName = Map.groupBy(columns, ({ table }) => table);
  return inOrder([...byName.keys()], references).map((name) => ({
    name,
    columns: (byName.get(name) ?? []).map(({ table: _, ...column }) => column),
  }));
}

/** @throws {Error} when references form a cycle; ours form none */
export function inOrder(names: readonly string[], references: readonly { from: string; to: string }[]): string[] {
  const done: string[] = [];
  while (done.length < names.length) {
    const next = names.filter(
      (name) => !done.includes(name) && references.every(({ from, to }) => from !== name || done.includes(to)),
    );
    if (next.length === 0) throw new Error('tables refer to each other in a circle');
    done.push(...next);
  }
  return done;
}

/** The number of rows and a checksum over their values, which does not depend on the order of the rows. */
export interface Content {
  readonly rows: number;
  readonly checksum: string;
}

/** Sets the output formats, because the text of a value must not depend on the settings of a server. */
export async function setTextFormats(tx: Tx): Promise<void> {
  const settings = {
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    bytea_output: 'hex',
    extra_float_digits: '1',
  };
  for (const [name, value] of Object.entries(settings)) {
    await rowsOf(tx, 'select set_config($1, $2, true)', [name, value]);
  }
}

export async function contentOf(tx: Tx, { name, columns }: Table): Promise<Content> {
  const list = columns.map((column) => quoted(column.name)).join(', ');
  const [found] = await rowsOf<{ rows: number; checksum: string }>(
    tx,
    `select count(*)::float8 as rows,
       coalesce(sum(('x' || left(encode(sha256(convert_to(line, 'UTF8')), 'hex'), 15))::bit(60)::bigint), 0)::text as checksum
     from (select row(${list})::text as line from ${inSchema(name)}) as lines`,
  );
  return { rows: Number(found?.rows ?? 0), checksum: found?.checksum ?? '0' };
}

/** Rows in one batch: few enough for any memory, and so many that the network delay does not matter. */
const BATCH = 500;

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Called after each batch. */
  readonly onRows: (rows: number) => void;
}

/**
 * Copies the rows of a table. Values go as the text that PostgreSQL writes, so that those without a JavaScript type
 * (microseconds, `-infinity`, numbers beyond 2^53) arrive unchanged.
 */
export async function copyTable(
  source: Tx,
  target: Tx,
  { name, columns }: Table,
  { signal, onRows }: CopyOptions,
): Promise<void> {
  const asText = columns.map((column) => `${quoted(column.name)}::text`).join(', ');
  await rowsOf(source, `declare moving no scroll cursor for select ${asText} from ${inSchema(name)}`);
  for (;;) {
    signal.throwIfAborted();
    const rows = await rowsOf<Record<string, string | null>>(source, `fetch ${BATCH} from moving`);
    if (rows.length > 0) await insert(target, { name, columns }, rows);
    onRows(rows.length);
    if (rows.length < BATCH) break;
  }
  await rowsOf(source, 'close moving');
  await continueSequences(source, target, { name, columns });
}

async function insert(
  target: Tx,
  { name, columns }: Table,
  rows: readonly Record<string, string | null>[],
): Promise<void> {
  const names = columns.map((column) => quoted(column.name));
  const values = columns.map((column) => `${quoted(column.name)}::${column.type}`).join(', ');
  const arrays = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
  await rowsOf(
    target,
    `insert into ${inSchema(name)} (${names.join(', ')}) overriding system value
     select ${values} from unnest(${arrays}) as given(${names.join(', ')})`,
    columns.map((column) => rows.map((row) => row[column.name] ?? null)),
  );
}

/** New rows get the numbers that they would have got in the old database. */
async function continueSequences(source: Tx, target: Tx, { name, columns }: Table): Promise<void> {
  for (const column of columns.filter(({ identity }) => identity)) {
    const [found] = await rowsOf<{ sequence: string }>(source, 'select pg_get_serial_sequence($1, $2) as sequence', [
      inSchema(name),
      column.name,
    ]);
    const [at] = await rowsOf<{ next: string }>(
      source,
      `select (last_value + is_called::int)::text as next from ${found?.sequence}`,
    );
    // Not setval, because a rollback would not undo it.
    await rowsOf(
      target,
      `alter table ${inSchema(name)} alter column ${quoted(column.name)} restart with ${BigInt(at?.next ?? 1)}`,
    );
  }
}
