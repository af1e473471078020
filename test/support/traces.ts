/** Looks for members’ values in the files and tables of Lineup. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sql } from 'kysely';
import type { Database } from '../../src/store/database/database.ts';
import type { ServiceBench } from './service-bench.ts';

/** Every file below a directory. Each byte of the content is one character. */
export function filesBelow(directory: string): { path: string; text: string }[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => ({ path, text: textOf(path) }));
}

/** Empty if the file has been deleted since it was listed, because running programs create and delete files. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The values that are in the text: unchanged, in another case, without hyphens, or hashed in hex or base64. */
export function tracesOf(values: readonly string[], text: string): string[] {
  const lower = text.toLowerCase();
  return values.filter((value) => {
    const hash = createHash('sha256').update(value).digest();
    return (
      [value.toLowerCase(), value.toLowerCase().replaceAll('-', ''), hash.toString('hex')].some((form) =>
        lower.includes(form),
      ) || text.includes(hash.toString('base64').replace(/=+$/, ''))
    );
  });
}

/** Every row of every table of Lineup and its queue. */
export async function rowsOf({ db }: Database): Promise<string> {
  const { rows } = await sql<{ schema: string; name: string }>`
    select schemaname as schema, tablename as name from pg_tables
    where schemaname in ('lineup', 'lineup_queue')`.execute(db);
  const dumps = [];
  for (const { schema, name } of rows) {
    const table = sql.table(`${schema}.${name}`);
    dumps.push(JSON.stringify((await sql`select * from ${table}`.execute(db)).rows));
  }
  return dumps.join('\n');
}

/** The names of files, in their order. */
export const namesOf = (files: readonly { path: string }[]): string[] => files.map(({ path }) => basename(path)).sort();

/** The staged files of a machine. */
export const stagedOf = (bench: ServiceBench, machine = 'data') => {
  const root = join(bench.directory, machine, 'staged');
  return existsSync(root) ? filesBelow(root) : [];
};

/** The values that a service has written anywhere, with the place. */
export async function traces(bench: ServiceBench, values: readonly string[], machine = 'data'): Promise<string[]> {
  const root = join(bench.directory, machine);
  const places = [
    { path: 'the database', text: await rowsOf(bench.database.database) },
    {
      path: 'events and errors',
      text: JSON.stringify([await bench.published(), bench.errors.map(String)]),
    },
    ...(existsSync(root) ? filesBelow(root) : []),
  ];
  return places.flatMap(({ path, text }) => tracesOf(values, text).map((value) => `${value} in ${path}`));
}
