/** A table of PostgreSQL: the scan alone, and scan with staging compared with a Python script, on the same rows. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn, markdown, measure } from './measure.ts';
import { withMembersTable } from './members-table.ts';
import { scanAlone, scanAndStage } from './sources.ts';

/** Prints a table. */
export function benchPostgres(directory: string, rows: number, rounds: number): Promise<void> {
  return withMembersTable(rows, ({ url, table, source, environment, version }) => {
    const python = ['python3', '/usr/bin/python3'].find(
      (one) => spawnSync(one, ['-c', 'import psycopg']).status === 0,
    );
    const script = () => {
      const out = join(directory, 'out.txt');
      const measured = measure(python!, [join(import.meta.dirname, 'postgres-hash.py'), url, table, out]);
      rmSync(out, { force: true });
      return measured;
    };
    const figures = inTurn(
      {
        'scan alone': () => scanAlone(source, environment),
        'lineup: scan, hash, dedupe, chunk files': () => scanAndStage(source, environment, directory),
        ...(python && { 'Python, psycopg + hashlib': script }),
      },
      rounds,
    );
    const ours = figures['lineup: scan, hash, dedupe, chunk files']!;
    console.log(`\n${rows.toLocaleString('en-US')} e-mails from PostgreSQL ${version} on this machine\n`);
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
  });
}
