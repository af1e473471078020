/** Every kind of source with the same members, in one table: the scan alone, and with hashing, deduplication and chunk files. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inTurn, type Measured, markdown, measure } from './measure.ts';
import { membersFile } from './members-file.ts';
import { withMembersTable } from './members-table.ts';
import { withMysqlMembers } from './mysql-members.ts';

type Environment = Readonly<Record<string, string>>;

/** Lytics gives a hundred members an answer. So its rounds have a tenth of the members, and all members are read only once. */
const LYTICS_SHARE = 0.1;

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
  await withBigQuery(rows, (source, environment) => {
    add('BigQuery', source, rows, rounds, environment);
  });
  const some = Math.round(rows * LYTICS_SHARE);
  await withLytics(some, (source, environment) => {
    add('Lytics', source, some, rounds, environment);
  });
  await withLytics(rows, (source, environment) => {
    add('Lytics, read once', source, rows, 0, environment);
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

/** Empties `directory`. */
export function scanAndStage(source: string, environment: Environment, directory: string): Measured {
  const out = join(directory, 'out');
  const measured = measure(process.execPath, [scanner, source, out], environment);
  rmSync(out, { recursive: true, force: true });
  return measured;
}

type Work = (source: string, environment: Environment) => void;

const withLytics = (members: number, work: Work): Promise<void> =>
  withSimulator('lytics', members, (text) => {
    const [, origin, token] = /^export LYTICS_ORIGIN=(\S+) LYTICS_API_TOKEN=(\S+)\n/m.exec(text) ?? [];
    if (!origin || !token) return false;
    work('lytics:all_members', { LYTICS_ORIGIN: origin, LYTICS_API_TOKEN: token });
    return true;
  });

const withBigQuery = (members: number, work: Work): Promise<void> =>
  withSimulator('bigquery', members, (text) => {
    const [, endpoint, key] =
      /^export LINEUP_BIGQUERY_ENDPOINT=(\S+) LINEUP_BIGQUERY_CREDENTIALS='([^'\n]+)'\n/m.exec(text) ?? [];
    if (!endpoint || !key) return false;
    work('bigquery:crm.members', { LINEUP_BIGQUERY_ENDPOINT: endpoint, LINEUP_BIGQUERY_CREDENTIALS: key });
    return true;
  });

/**
 * Starts a simulator in a separate process.
 * @param ready gets what it has printed so far. true: the work is done
 */
async function withSimulator(
  name: string,
  members: number,
  ready: (printed: string) => boolean,
): Promise<void> {
  const main = resolve(import.meta.dirname, `../simulators/${name}/main.ts`);
  const simulator = spawn(process.execPath, [main, '--port', '0', '--members', String(members)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    let text = '';
    for await (const data of simulator.stdout.setEncoding('utf8')) {
      text += data;
      if (ready(text)) return;
    }
    throw new Error(`The simulator ${name} did not start.`);
  } finally {
    simulator.kill();
  }
}
