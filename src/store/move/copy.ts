/** The rows of one table from one database to another, a few hundred at a time. */
import type { Tx } from '../database/database.ts';
import { inSchema, quoted, rowsOf, type Table } from './tables.ts';

/** Small enough for any memory, large enough that the way to the server does not matter. */
const BATCH = 500;

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Told after each batch. */
  readonly onRows: (rows: number) => void;
}

/**
 * Every value goes as PostgreSQL writes it, so that what JavaScript has no type for (microseconds, `-infinity`, numbers beyond
 * 2^53) arrives as it was.
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
  await goOnCounting(source, target, { name, columns });
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

/** New rows get the numbers that they would have got in the old place. */
async function goOnCounting(source: Tx, target: Tx, { name, columns }: Table): Promise<void> {
  for (const column of columns.filter(({ identity }) => identity)) {
    const [found] = await rowsOf<{ sequence: string }>(
      source,
      'select pg_get_serial_sequence($1, $2) as sequence',
      [inSchema(name), column.name],
    );
    const [at] = await rowsOf<{ next: string }>(
      source,
      `select (last_value + is_called::int)::text as next from ${found?.sequence}`,
    );
    // Not setval, which a rollback would not take back.
    await rowsOf(
      target,
      `alter table ${inSchema(name)} alter column ${quoted(column.name)} restart with ${BigInt(at?.next ?? 1)}`,
    );
  }
}
