/**
 * The PostgreSQL servers of the machine. Everything runs on one of them (test/setup/postgres.ts). What depends on the
 * server itself runs on all others, too: the reading of sources, the store, and the jobs that wait for, lose or share a
 * connection.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { needsServer } from './needs.ts';

/** As docs/sources-postgres.md and docs/operations/install.md promise. scripts/ensure-postgres.sh brings both ends. */
export const SUPPORTED = { oldest: 14, newest: 18 };

/**
 * Those of the folders `sources/postgres` and `store`, without what is about the embedded database, and some of the
 * folder `jobs`.
 */
const ON_EVERY_SERVER =
  /^test\/(sources\/postgres|store)\/(?!daily-backups|move|prepared-pglite)|^test\/jobs\/(half-open|kill|limits|pgbouncer)\.test\.ts$/;

export const runsOnEveryServer = (file: string): boolean => ON_EVERY_SERVER.test(file) && needsServer(resolve(file));

/** The versions besides the one that everything runs on. */
export function furtherVersions(): string[] {
  const script = resolve(import.meta.dirname, '../../scripts/postgres-servers.sh');
  const lines = execFileSync(script, { encoding: 'utf8' }).split('\n');
  return lines.slice(1).flatMap((line) => /^\d+/.exec(line)?.[0] ?? []);
}

const PREFIX = 'PostgreSQL ';
export const projectOf = (version: string): string => PREFIX + version;

/** Which versions were tested, and which of the supported ones were not. Empty for tests that need no server. */
export function versionsText(projects: readonly string[], main = process.env.LINEUP_TEST_POSTGRES_VERSION): string {
  const further = projects.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  const all = projects.includes('database') && main ? [main, ...further] : further;
  if (all.length === 0) return '';
  const tested = [...new Set(all.map(Number))].toSorted((a, b) => a - b);
  const { oldest, newest } = SUPPORTED;
  const missing = Array.from({ length: newest - oldest + 1 }, (_, index) => oldest + index).filter(
    (version) => !tested.includes(version),
  );
  const rest = missing.length > 0 ? `; not tested with ${missing.join(', ')}` : ', which are all supported versions';
  return `PostgreSQL: tested with ${tested.join(', ')}${rest}\n`;
}
