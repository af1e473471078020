/** PgBouncer in front of the test server, on a Unix socket of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { urlOf } from './databases.ts';
import { directoryFor, unprivileged, untilItAnswers } from './servers.ts';

/** `scripts/with-postgres.sh` sets it if PgBouncer is installed. */
export const pgbouncer = process.env.LINEUP_TEST_PGBOUNCER;

export interface Pooler {
  /** The URL of a database of the test server, through the pooler. */
  url(name: string): string;
  close(): Promise<void>;
}

export async function startPgBouncer(
  mode: 'transaction' | 'session' | 'statement',
  settings: Record<string, string | number> = {},
): Promise<Pooler> {
  const server = new URL(urlOf('postgres'));
  const user = unprivileged();
  const directory = directoryFor(user, 'pgbouncer');
  const ini = join(directory, 'pgbouncer.ini');
  const lines = {
    // A socket needs no free port, because its directory is new.
    listen_addr: '',
    unix_socket_dir: directory,
    auth_type: 'any',
    pool_mode: mode,
    default_pool_size: 40,
    max_client_conn: 200,
    ...settings,
  };
  const host = server.searchParams.get('host') ?? server.hostname;
  writeFileSync(
    ini,
    `[databases]
* = host=${host} port=${server.port || 5432} user=${server.username}
[pgbouncer]
${Object.entries(lines)
  .map(([name, value]) => `${name} = ${value}`)
  .join('\n')}
`,
  );
  const child = spawn(pgbouncer ?? '', ['-q', ini], { stdio: ['ignore', 'ignore', 'pipe'], ...user });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = once(child, 'close');
  const url = (name: string) =>
    `postgres://${server.username}@localhost/${name}?port=6432&host=${encodeURIComponent(directory)}`;
  const close = async () => {
    child.kill('SIGQUIT');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  await untilItAnswers(url('postgres'), () => child.exitCode !== null).catch(async () => {
    await close();
    throw new Error(`PgBouncer did not start: ${output}`);
  });
  return { url, close };
}
