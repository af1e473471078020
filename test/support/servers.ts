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
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** A directory in /tmp that such a server may write to. */
export function directoryFor(user: { uid: number; gid: number } | undefined, name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `lineup-${name}-`));
  if (user) chownSync(directory, user.uid, user.gid);
  return directory;
}

/** A server that waits for data of a primary, and is read-only meanwhile. */
export const startStandby = (): Promise<OwnServer> =>
  startServer((data) => writeFileSync(join(data, 'standby.signal'), ''));

export interface OwnServer {
  readonly url: string;
  /** Ends all connections and its process at once, as a crash does, and starts it again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A server that only one test uses. @param prepare changes its new data directory */
export async function startServer(prepare: (data: string) => void = () => {}): Promise<OwnServer> {
  const user = unprivileged();
  const directory = directoryFor(user, 'server');
  const data = join(directory, 'data');
  const program = (name: string) => join(postgresPrograms ?? '', name);
  execFileSync(program('initdb'), ['-D', data, '-U', 'lineup', '-A', 'trust', '--no-sync'], {
    stdio: 'ignore',
    cwd: directory,
    ...user,
  });
  prepare(data);
  const args = ['-D', data, '-k', directory, '-c', 'listen_addresses=', '-c', 'fsync=off'];
  const url = `postgres://lineup@localhost/postgres?host=${encodeURIComponent(directory)}`;
  const start = async () => {
    const child = spawn(program('postgres'), args, { stdio: 'ignore', cwd: directory, ...user });
    const ended = once(child, 'close');
    const stop = async (signal: 'SIGINT' | 'SIGQUIT') => {
      child.kill(signal);
      await ended;
    };
    await untilItAnswers(url, () => child.exitCode !== null).catch(async (error: unknown) => {
      await stop('SIGINT');
      throw error;
    });
    return stop;
  };
  let stop = await start().catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  return {
    url,
    restart: async () => {
      await stop('SIGQUIT');
      stop = await start();
    },
    close: async () => {
      await stop('SIGINT');
      rmSync(directory, { recursive: true, force: true });
    },
  };
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
