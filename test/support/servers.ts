/** Special PostgreSQL servers, started beside the test server with its programs. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { needs } from './skip.ts';

/** `scripts/with-postgres.sh` sets it, unless the server was already running. */
const postgresPrograms = process.env.LINEUP_TEST_POSTGRES_BIN;
export const needsPrograms = needs(postgresPrograms, 'the programs of PostgreSQL are not known');

/** The user of servers and poolers, which refuse to run as root. PostgreSQL’s package creates such a user. */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (what: string) => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** A directory in /tmp that such a server may write to. */
export function directoryFor(user: { uid: number; gid: number } | undefined, name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `lineup-${name}-`));
  if (user) chownSync(directory, user.uid, user.gid);
  return directory;
}

/** A server that waits for data of a primary, and is read-only meanwhile. */
export async function startStandby(): Promise<{ url: string; close(): Promise<void> }> {
  const user = unprivileged();
  const directory = directoryFor(user, 'standby');
  const data = join(directory, 'data');
  const program = (name: string) => join(postgresPrograms ?? '', name);
  execFileSync(program('initdb'), ['-D', data, '-U', 'lineup', '-A', 'trust', '--no-sync'], {
    stdio: 'ignore',
    cwd: directory,
    ...user,
  });
  writeFileSync(join(data, 'standby.signal'), '');
  const args = ['-D', data, '-k', directory, '-c', 'listen_addresses=', '-c', 'fsync=off'];
  const child = spawn(program('postgres'), args, { stdio: 'ignore', cwd: directory, ...user });
  const ended = once(child, 'close');
  const url = `postgres://lineup@localhost/postgres?host=${encodeURIComponent(directory)}`;
  const close = async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  await untilItAnswers(url, () => child.exitCode !== null).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { url, close };
}

/** @param isDead whether the server process has ended */
export async function untilItAnswers(url: string, isDead: () => boolean): Promise<void> {
  for (let tries = 0; !(await answers(url)); tries++) {
    if (tries === 600 || isDead()) throw new Error('the server did not start');
    await delay(50);
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
