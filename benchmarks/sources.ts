/**
 * Every kind of source with the same members, in one table: the scan alone, and with hashing, deduplication and chunk
 * files.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn, type Measured, markdown, measure } from './measure.ts';
import { membersFile } from './members-file.ts';
import { withMembersTable } from './members-table.ts';
import { withMysqlMembers } from './mysql-members.ts';
import { type Environment, withSimulator } from './simulators.ts';

/**
 * Lytics gives a hundred members an answer. So its rounds have a tenth of the members, and all members are read only
 * once.
 */
const LYTICS_SHARE = 0.1;
/** The simulator of S3 has its objects in memory. */
const MAX_IN_S3 = 1_000_000;

/** Prints the table. */
export async function benchSources(directory: string, rows: number, rounds: number): Promise<void> {
  const lines: string[][] = [];
  const add = (name: string, source: string, members: number, times: number, environment: Environment) =>
    lines.push(line(name, members, figuresOf(source, environment, directory, times)));

  for (const [name, extension] of Object.entries({ CSV: 'csv', NDJSON: 'ndjson', Parquet: 'parquet' })) {
    const file = await membersFile(join(directory, `members.${extension}`), { rows });
    add(name, file, rows, rounds, {});
    rmSync(file);
  }
  await withMembersTable(rows, ({ source, environment, version }) => {
    add(`PostgreSQL ${version}`, source, rows, rounds, environment);
  });
  await withMysqlMembers(rows, ({ source, environment, version }) => {
    add(`MariaDB ${version}`, source, rows, rounds, environment);
  });
  const stored = Math.min(rows, MAX_IN_S3);
  await withSimulator('s3', stored, (environment) => {
    add('S3, csv.gz', 'newest:s3://lineup-sample/daily/*.csv.gz', stored, rounds, environment);
  });
  await withSimulator('bigquery', rows, (environment) => {
    add('BigQuery', 'bigquery:crm.members', rows, rounds, environment);
  });
  await withSimulator('snowflake', rows, (environment) => {
    add('Snowflake', 'snowflake:SELECT EMAIL AS "email" FROM SHOP.CRM.MEMBERS', rows, rounds, environment);
  });
  const some = Math.round(rows * LYTICS_SHARE);
  await withSimulator('lytics', some, (environment) => {
    add('Lytics', 'lytics:all_members', some, rounds, environment);
  });
  await withSimulator('lytics', rows, (environment) => {
    add('Lytics, read once', 'lytics:all_members', rows, 0, environment);
  });

  console.log('\nScan rates of the sources, whole processes\n');
  console.log(
    markdown(
      ['source', 'members', 'scan alone', 'rows/s', 'peak memory', 'to chunk files', 'rows/s', 'peak memory'],
      lines,
    ),
  );
}

interface Figures {
  readonly alone: Measured;
  readonly staged: Measured;
}

/** @param rounds 0: each once, without a warm-up */
function figuresOf(source: string, environment: Environment, directory: string, rounds: number): Figures {
  const candidates = {
    alone: () => scanAlone(source, environment),
    staged: () => scanAndStage(source, environment, directory),
  };
  if (rounds === 0) return { alone: candidates.alone(), staged: candidates.staged() };
  const { alone, staged } = inTurn(candidates, rounds);
  return { alone: alone!, staged: staged! };
}

function line(name: string, members: number, { alone, staged }: Figures): string[] {
  const cells = ({ seconds, peakMb }: Measured) => [
    `${seconds.toFixed(2)} s`,
    `${(members / seconds / 1e6).toFixed(2)} M`,
    `${Math.round(peakMb)} MB`,
  ];
  return [name, members.toLocaleString('en-US'), ...cells(alone), ...cells(staged)];
}

const scanner = join(import.meta.dirname, 'scan-source.ts');

export const scanAlone = (source: string, environment: Environment): Measured =>
  measure(process.execPath, [scanner, source], environment);

/** Empties `directory`. @param flags of scan-source.ts */
export function scanAndStage(
  source: string,
  environment: Environment,
  directory: string,
  flags: readonly string[] = [],
): Measured {
  const out = join(directory, 'out');
  const measured = scanAndStageInto(out, source, environment, flags);
  rmSync(out, { recursive: true, force: true });
  return measured;
}

/** @param out a directory that does not exist yet */
export const scanAndStageInto = (
  out: string,
  source: string,
  environment: Environment,
  flags: readonly string[],
): Measured => measure(process.execPath, [scanner, source, out, ...flags], environment);
