/** What queries read, from their plans. Unlike the time that they take, it does not depend on the machine. */
import { CompiledQuery, createQueryId, type RootOperationNode } from 'kysely';
import type { Db } from '../../src/store/database/database.ts';

/** The steps of a plan that read a table. */
interface Scan {
  readonly table: string;
  /** Undefined for a step that reads the whole table. */
  readonly index: string | undefined;
  /** Including those that a filter removed. */
  readonly rows: number;
}

/** What a statement read. */
export interface Reading {
  readonly sql: string;
  readonly scans: readonly Scan[];
}

/** Does the work, and then runs each of its statements again to see what they read. They must change nothing. */
export async function readingsOf(db: Db, work: (db: Db) => Promise<unknown>): Promise<Reading[]> {
  const statements: RootOperationNode[] = [];
  await work(
    db.withPlugin({
      transformQuery: ({ node }) => {
        statements.push(node);
        return node;
      },
      transformResult: async ({ result }) => result,
    }),
  );
  const readings: Reading[] = [];
  for (const statement of statements) {
    const { sql, parameters } = db.getExecutor().compileQuery(statement, createQueryId());
    const explained = CompiledQuery.raw(`explain (analyze, format json) ${sql}`, [...parameters]);
    const { rows } = await db.executeQuery<{ 'QUERY PLAN': [{ Plan: Step }] }>(explained);
    readings.push({ sql, scans: [...scansOf(rows[0]!['QUERY PLAN'][0].Plan)] });
  }
  return readings;
}

/** The number of rows of a table that a statement read. A row that it read twice counts twice. */
export const rowsRead = ({ scans }: Reading, table: string): number =>
  scans.filter((scan) => scan.table === table).reduce((sum, { rows }) => sum + rows, 0);

/** A step of a plan, as PostgreSQL describes it. Its numbers are means over its loops. */
interface Step {
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Step[];
}

function* scansOf(step: Step): Generator<Scan> {
  const { 'Relation Name': table, 'Index Name': own, Plans: steps = [] } = step;
  if (table !== undefined) {
    const removed = (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Index Recheck'] ?? 0);
    // A bitmap has its index one step below.
    const index = own ?? steps.find((below) => below['Index Name'] !== undefined)?.['Index Name'];
    yield { table, index, rows: (step['Actual Rows'] + removed) * step['Actual Loops'] };
  }
  for (const below of steps) yield* scansOf(below);
}
