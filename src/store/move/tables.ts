/** What a database of Lineup's holds, read from its own catalogue: no table is forgotten because a list was not kept up. */
import { CompiledQuery } from 'kysely';
import { SCHEMA, type Tx } from '../database/database.ts';

export interface Column {
  readonly name: string;
  /** As PostgreSQL writes it, e.g. `timestamp with time zone`. */
  readonly type: string;
  /** The database counts it up by itself. */
  readonly identity: boolean;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** Rows of a statement that is written out. */
export async function rowsOf<T>(tx: Tx, text: string, values: readonly unknown[] = []): Promise<T[]> {
  return (await tx.executeQuery<T>(CompiledQuery.raw(text, [...values]))).rows;
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const inSchema = (table: string): string => `${SCHEMA}.${quoted(table)}`;

/** All tables but the list of migrations, those that others refer to first. */
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

/** @throws {Error} when tables refer to each other in a circle, which none of ours do */
export function inOrder(
  names: readonly string[],
  references: readonly { from: string; to: string }[],
): string[] {
  const done: string[] = [];
  while (done.length < names.length) {
    const next = names.filter(
      (name) =>
        !done.includes(name) && references.every(({ from, to }) => from !== name || done.includes(to)),
    );
    if (next.length === 0) throw new Error('tables refer to each other in a circle');
    done.push(...next);
  }
  return done;
}

/** How many rows, and a sum over what is in them: the same for the same rows, in whatever order they lie. */
export interface Content {
  readonly rows: number;
  readonly checksum: string;
}

/** Values as text must not depend on how a server is set up. */
export async function speakAlike(tx: Tx): Promise<void> {
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
