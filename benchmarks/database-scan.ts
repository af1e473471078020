/** A table of a database: the scan alone, and scan with staging compared with a Python script, on the same rows. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn, markdown, measure } from './measure.ts';
import { type MembersTable, withMembersTable } from './members-table.ts';
import { withMysqlMembers } from './mysql-members.ts';
import { scanAlone, scanAndStage } from './sources.ts';

/** Prints a table. */
export function benchPostgres(directory: string, rows: number, rounds: number): Promise<void> {
  return withMembersTable(rows, (table) =>
    benchDatabase(
      { system: 'PostgreSQL', driver: 'psycopg', script: 'postgres-hash.py' },
      table,
      directory,
      rows,
      rounds,
    ),
  );
}

/** Prints a table. */
export function benchMysql(directory: string, rows: number, rounds: number): Promise<void> {
  return withMysqlMembers(rows, (table) =>
    benchDatabase({ system: 'MariaDB', driver: 'MySQLdb', script: 'mysql-hash.py' }, table, directory, rows, rounds),
  );
}

interface Compared {
  readonly system: string;
  /** The module of Python. */
  readonly driver: string;
  readonly script: string;
}

function benchDatabase(
  { system, driver, script: file }: Compared,
  { url, table, source, environment, version }: MembersTable,
  directory: string,
  rows: number,
  rounds: number,
): void {
  const python = ['python3', '/usr/bin/python3'].find(
    (program) => spawnSync(program, ['-c', `import ${driver}`]).status === 0,
  );
  const script = () => {
    const out = join(directory, 'out.txt');
    const measured = measure(python!, [join(import.meta.dirname, file), url, table, out]);
    rmSync(out, { force: true });
    return measured;
  };
  const figures = inTurn(
    {
      'scan alone': () => scanAlone(source, environment),
      'lineup: scan, hash, dedupe, chunk files': () => scanAndStage(source, environment, directory),
      ...(python && { [`Python, ${driver} + hashlib`]: script }),
    },
    rounds,
  );
  const ours = figures['lineup: scan, hash, dedupe, chunk files']!;
  console.log(`\n${rows.toLocaleString('en-US')} e-mails from ${system} ${version} on this machine\n`);
  console.log(
    markdown(
      ['whole process', 'seconds', 'rows/s', 'peak memory', 'lineup is'],
      Object.entries(figures).map(([name, { seconds, peakMb }]) => [
        name,
        seconds.toFixed(2),
        `${(rows / seconds / 1e6).toFixed(2)} M`,
        `${Math.round(peakMb)} MB`,
        name.startsWith('Python') ? `${(seconds / ours.seconds).toFixed(1)} × as fast` : '',
      ]),
    ),
  );
}
