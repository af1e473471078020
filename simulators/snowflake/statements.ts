/** Statements of the simulator: they start, run for a while, and their results are kept for a day. */
import { aboutAccount } from './catalogue.ts';
import { RefusalError, StatementError } from './errors.ts';
import { grouped } from './grouped.ts';
import { type Rows, select, written } from './sql.ts';
import type { Statement } from './statement.ts';
import type { Table } from './tables.ts';
import type { World } from './world.ts';

/** What a POST asks for, as far as the simulator uses it. */
export interface Submitted {
  readonly statement: string;
  readonly values: readonly string[];
  readonly warehouse: string;
  readonly role: string;
  readonly database: string;
  readonly schema: string;
  /** 0: all rows. Absent: the setting. */
  readonly rowsPerResultset?: number | undefined;
}

/** How many statements are kept, because a test may send many. */
const keptStatements = 1_000;

export function start(world: World, submitted: Submitted, requestId: string): Statement {
  // The same request again is the same statement.
  const earlier = world.byRequest.get(requestId);
  const known = earlier && world.statements.get(earlier);
  if (requestId !== '' && known) return known;
  world.statementCount += 1;
  const handle = `01c0ffee-0000-0000-0000-${String(world.statementCount).padStart(12, '0')}`;
  const result = resultOf(world, submitted);
  const isThere = !(result instanceof Promise);
  const statement: Statement = {
    handle,
    started: world.clock.time(),
    result: isThere ? result : undefined,
    computed: isThere
      ? Promise.resolve()
      : result.then((rows) => {
          statement.result = rows;
        }),
    partitionRows: world.settings.partitionRows,
    cancelled: false,
  };
  world.statements.set(handle, statement);
  if (requestId !== '') world.byRequest.set(requestId, handle);
  const [oldest] = world.statements.keys();
  if (world.statements.size > keptStatements && oldest !== undefined) world.statements.delete(oldest);
  return statement;
}

/** @throws {RefusalError} 404 when it is unknown, or too old */
export function findStatement(world: World, handle: string): Statement {
  const found = world.statements.get(handle);
  if (!found || world.clock.time() - found.started >= world.settings.resultTtlMs)
    throw new RefusalError(404, '000709', 'the statement was not found');
  return found;
}

export const isRunning = (world: World, { started, result, cancelled }: Statement): boolean =>
  !cancelled &&
  !(result instanceof StatementError) &&
  (result === undefined || world.clock.time() - started < world.settings.executionMs);

function resultOf(world: World, submitted: Submitted): Rows | StatementError | Promise<Rows | StatementError> {
  const most = submitted.rowsPerResultset ?? world.settings.rowsPerResultset;
  const cut = (rows: Rows) => (most === 0 ? rows : { ...rows, count: Math.min(rows.count, most) });
  const failed = (error: unknown) => {
    if (error instanceof StatementError) return error;
    throw error;
  };
  try {
    const rows = run(world, submitted);
    return rows instanceof Promise ? rows.then(cut).catch(failed) : cut(rows);
  } catch (error) {
    return failed(error);
  }
}

function run({ tables, settings }: World, submitted: Submitted): Rows | Promise<Rows> {
  const { statement, values, warehouse, role, database, schema } = submitted;
  if (role !== '' && role !== sampleRole) throw new StatementError('390189', '08001');
  const found = aboutAccount(statement, { tables, role: sampleRole }, values);
  if (found?.columns[0]?.name === 'CURRENT_VERSION()') return found;
  const known = warehouse === '' || warehouse === sampleWarehouse;
  if (settings.warehouse === 'none' || !known) throw new StatementError('000606', '57P03');
  if (found) return found;
  const find = (given: readonly string[]) => {
    const defaults = [database, schema];
    const name = [...defaults.slice(0, Math.max(0, 3 - given.length)), ...given];
    if (name.includes('')) throw new StatementError('090105', '22000');
    return tableNamed(tables, name);
  };
  return grouped(statement, find)?.() ?? select(statement, find);
}

export const sampleRole = 'LINEUP_READER';
export const sampleWarehouse = 'LINEUP_WH';

function tableNamed(tables: readonly Table[], name: readonly string[]): Table {
  const found = tables.find((table) => table.name.join('\n') === name.join('\n'));
  if (!found) throw new StatementError('002003', '42S02');
  if (found.hidden) throw new StatementError('003001', '42501');
  return found;
}

/** How many partitions a result has: at least one. */
export const partitionsOf = ({ count }: Rows, size: number): number => Math.max(1, Math.ceil(count / size));

/** The rows of a partition as JSON, in small blocks: a partition may have a million rows. */
export function* rowsOf(rows: Rows, size: number, partition: number): Generator<string> {
  const end = Math.min(rows.count, (partition + 1) * size);
  let text = '[';
  for (let number = partition * size; number < end; number += 1) {
    const row = rows.row(number).map((cell, index) => (cell === null ? null : written(cell, rows.columns[index]!)));
    text += `${number === partition * size ? '' : ','}${JSON.stringify(row)}`;
    if (text.length > 65_536) {
      yield text;
      text = '';
    }
  }
  yield `${text}]`;
}

export function descriptionOf(rows: Rows, size: number) {
  const partitions = Array.from({ length: partitionsOf(rows, size) }, (_, number) => ({
    rowCount: Math.max(0, Math.min(size, rows.count - number * size)),
  }));
  return {
    numRows: rows.count,
    format: 'jsonv2',
    partitionInfo: partitions.map((partition) => ({
      ...partition,
      uncompressedSize: partition.rowCount * 64 * rows.columns.length,
    })),
    rowType: rows.columns.map(({ name, type, precision = null, scale = null }) => ({
      name,
      type,
      precision,
      scale,
      nullable: true,
      length: null,
    })),
  };
}
