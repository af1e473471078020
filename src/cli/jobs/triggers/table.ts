/** `--on-change-of`, `--on-change-of-query`, `--on-table-change`: a job waits for a change in its database. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { LineupError } from '../../../domain/errors/errors.ts';
import { fieldName } from '../../../domain/values/bounds.ts';
import { notTogether } from '../../options.ts';
import { bySchema } from '../../schema-options.ts';
import type { TriggerFlagsOf } from './kind.ts';

export interface TableFlags {
  onChangeOf?: string;
  /** A file with the query; - for standard input. */
  onChangeOfQuery?: string;
  onTableChange?: boolean;
}

export const tableFlags: TriggerFlagsOf<TableFlags> = {
  options: (command) =>
    command
      .option(
        '--on-change-of <column>',
        'run when this column of the table has another maximum; makes the frequency when_ready',
        bySchema('--on-change-of', fieldName),
      )
      .option(
        '--on-change-of-query <file or ->',
        'run when the query in this file has another value, one row with one column; makes the frequency when_ready',
      )
      .option(
        '--on-table-change',
        'for BigQuery and Snowflake: run when the table was changed; makes the frequency when_ready',
      ),
  flag: '--on-change-of',
  isGiven: ({ onChangeOf, onChangeOfQuery, onTableChange }) =>
    onChangeOf !== undefined || onChangeOfQuery !== undefined || onTableChange !== undefined,
  async keysOf(_, { onChangeOf: column = null, onChangeOfQuery: file, onTableChange }, before) {
    const given = [column, file, onTableChange].filter((flag) => flag !== null && flag !== undefined);
    if (given.length > 1) throw notTogether('--on-change-of, --on-change-of-query and --on-table-change');
    if (given.length === 0) {
      const kept = before?.kind === 'table' ? before : { column: null, query: null };
      return { kind: 'table', column: kept.column, query: kept.query };
    }
    return { kind: 'table', column, query: file === undefined ? null : await queryIn(file) };
  },
};

async function queryIn(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new LineupError(
      'invalid_argument',
      `The file ${file} cannot be read. Write the query into it, or use - for standard input.`,
      { cause },
    );
  }
}
