/** `lineup move`: a service changes from its embedded database to a server, and keeps working. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type MoveRequest, moveToServer } from '../../src/compose/move.ts';
import { readConfig } from '../../src/config/config.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { Queue, waitingEvents } from '../../src/store/coordination/queue.ts';
import { migrate } from '../../src/store/database/migrate.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { createChannel } from '../../src/store/repositories/notification-channels.ts';
import { type Bench, bench, held, members } from '../support/cli.ts';
import { interrupt } from '../support/command.ts';
import { databases, embedDatabase, type TestDatabase } from '../support/databases.ts';
import { putIntoQueue } from '../support/older-queue.ts';
import { needsPostgres } from '../support/postgres.ts';
import { serveHere, setUp, signIn } from '../support/served.ts';
import { aiko, at, newKey, openBox, quietTime } from '../support/service.ts';
import { until } from '../support/service-bench.ts';

const [, onPostgres] = databases;

async function emptyServer(): Promise<TestDatabase & { url: string }> {
  const made = await onPostgres!.empty();
  onTestFinished(made.drop);
  const { connection } = made.database;
  if (connection.kind !== 'postgres') throw new Error('this is not PostgreSQL');
  return { ...made, url: connection.url.reveal() };
}

describe('lineup move', needsPostgres, () => {
  test('moves everything; then the service works on the server: sign-in, an authorization, a job', async () => {
    const scene = await bench();
    const target = await emptyServer();
    await embedDatabase(join(scene.directory, 'data'));
    const first = await serveHere(scene);
    const token = await setUp(first);
    const asTold = (url: string) => ({ environment: { LINEUP_URL: url, LINEUP_TOKEN: token } });
    const exports = join(scene.directory, 'exports');
    mkdirSync(exports);
    scene.write('exports/vip.csv', members(30).csv);
    const opened = await fetch(`${first.url}/api/v1/settings/files`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ roots: [exports] }),
    });
    expect(opened.status).toBe(200);
    await scene.run(['authorizations', 'create', '--label', 'LINE'], asTold(first.url));
    const create = ['--name', 'VIP', '--authorization', 'LINE', '--audience', join(exports, 'vip.csv')];
    const flags = ['--ad-account', 'A1', '--audience-name', 'VIP', '--identifier-type', 'email'];
    const made = await scene.run(
      [
        'jobs',
        'create',
        ...create,
        ...flags,
        '--frequency',
        'daily',
        '--time',
        quietTime(),
        '--timezone',
        'UTC',
        '--wait',
      ],
      asTold(first.url),
    );
    expect([made.code, made.stderr]).toEqual([0, expect.any(String)]);

    const inUse = await scene.run(['move', '--to', target.url]);
    expect([inUse.code, inUse.stderr]).toEqual([2, expect.stringMatching(/in use by process \d+/)]);
    await first.stop();

    const moved = await scene.run(['move', '--json'], { environment: { DATABASE_URL: target.url } });
    expect([moved.code, moved.stderr]).toEqual([0, expect.stringContaining('Copying runs')]);
    const keyPath = join(scene.directory, 'data', 'secret.key');
    expect(JSON.parse(moved.stdout)).toMatchObject({
      dryRun: false,
      key: { from: 'file', path: keyPath, opensAll: true },
      tables: expect.arrayContaining([{ table: 'jobs', rows: 1, checksum: expect.any(String) }]),
      noLongerUsed: [join(scene.directory, 'data', 'db')],
    });
    // On another machine, with the key that the move printed, and without the old directory.
    const environment = {
      DATABASE_URL: target.url,
      LINEUP_SECRET_KEY: readFileSync(keyPath, 'utf8').trim(),
      LINEUP_DATA_DIR: join(scene.directory, 'other'),
    };
    const second = await serveHere(scene, environment);
    expect(second.setupLink).toBeNull();
    expect(await signIn(second)).toContain('lineup');
    const verified = await scene.run(['authorizations', 'verify', 'LINE', '--ad-account', 'A1'], asTold(second.url));
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('is healthy')]);
    scene.write('exports/vip.csv', members(40).csv);
    const ran = await scene.run(['jobs', 'run', 'VIP', '--wait'], asTold(second.url));
    expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
    const audience = scene.simulator.state.audiences().find(({ name }) => name === 'VIP');
    expect(held(scene.simulator, audience!.id)).toHaveLength(40);
    await second.stop();
  }, 240_000);

  test('can be refused, interrupted, rehearsed and completed, and no event is lost', async () => {
    const scene = await bench();
    const directory = join(scene.directory, 'data');
    const target = await emptyServer();
    const key = newKey();
    await embedDatabase(directory);
    const source = await openDatabase({ dataDirectory: directory });
    const box = await openBox(source.db, key);
    const channel = {
      kind: 'webhook',
      label: 'Ops',
      language: 'en',
      target: 'hooks.example.com',
      events: ['job_failed'],
      configuration: new Secret({ url: 'https://hooks.example.com/' }),
    } as const;
    const channelId = await createChannel(source.db, box, channel, aiko, at(0));
    const queue = await Queue.open({ database: source, onError: () => {} });
    const event = {
      type: 'authorization_unhealthy',
      at: at(0).toISOString(),
      authorizationId: 'aut_1',
      authorizationLabel: 'Main',
      message: 'LINE refuses the key.',
    } as const;
    await sql`update lineup.notification_channels set events = '["authorization_unhealthy"]'`.execute(source.db);
    await queue.close();
    // As a version that sent events through the queue left it.
    await putIntoQueue(source.db, [event]);

    const move = async (to: string | undefined, change: Partial<MoveRequest> = {}) =>
      moveToServer(
        await readConfig({
          LINEUP_DATA_DIR: directory,
          LINEUP_SECRET_KEY: key,
          ...(to === undefined && { DATABASE_URL: target.url }),
        }),
        {
          to,
          dryRun: false,
          signal: new AbortController().signal,
          onProgress: () => {},
          onOutcome: () => {},
          note: () => {},
          ...change,
        },
      );
    await expect(move(undefined)).rejects.toMatchObject({ code: 'data_directory_in_use' });
    await source.close();
    for (const to of [
      'postgresql://lineup:hunter2@127.0.0.1/lineup',
      'postgresql://127.0.0.1/lineup?password=hunter2',
    ]) {
      const refusal = await move(to).catch((error) => error);
      expect(refusal).toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining('PGPASSWORD'),
      });
      expect(refusal.message).not.toContain('hunter2');
    }
    await expect(move('mysql://127.0.0.1/lineup')).rejects.toThrow('--to is not a PostgreSQL URL');
    const away = await move('postgresql://lineup@127.0.0.1:9/lineup').catch((error) => error);
    expect(away.message).toMatch(/^(?!.*DATABASE_URL).*--to.*Nothing was moved/);
    const elsewhere = await readConfig({ LINEUP_DATA_DIR: join(scene.directory, 'none') });
    const nobody = { onProgress: () => {}, onOutcome: () => {}, note: () => {} };
    const request = { to: undefined, dryRun: false, signal: AbortSignal.abort(), ...nobody };
    await expect(moveToServer(elsewhere, request)).rejects.toThrow('Set DATABASE_URL');

    // An old queue stays. Nobody delivers its messages, and none is deleted.
    const left = await Queue.open({ database: target.database, onError: () => {} });
    await left.close();
    await putIntoQueue(target.database.db, [event]);
    await expect(move(target.url)).rejects.toThrow(
      /its job queue \(schema lineup_queue\) holds messages of another installation.*drop the schemas.*Nothing was moved/,
    );
    expect(await waitingEvents(target.database.db)).toEqual([event]);
    await sql`delete from lineup_queue.job`.execute(target.database.db);

    await whileItWaits(target, MIGRATIONS, async ({ waits, cut }) => {
      const broken = expect(move(target.url)).rejects.toThrow(
        /cannot be reached: the connection failed\..* Nothing was moved/,
      );
      await waits();
      await cut();
      await broken;
    });
    const before = await interrupted(scene, directory, target, { lock: MIGRATIONS, end: 'release' });
    expect([before.code, ...before.output]).toEqual([130, 'Nothing was moved']);
    const isEmpty = async () =>
      (await sql<{ nothing: boolean }>`select to_regnamespace('lineup') is null as nothing`.execute(target.database.db))
        .rows[0]?.nothing;
    expect(await isEmpty()).toBe(true);
    expect((await move(undefined, { dryRun: true })).tables.length).toBeGreaterThan(20);
    expect(await isEmpty()).toBe(true);

    // A commit that waits. Ctrl-C comes in the middle of it.
    await migrate(target.database);
    await sql
      .raw(
        `create function public.wait() returns trigger language plpgsql as $$
           begin perform pg_advisory_xact_lock(${AT_COMMIT}); return null; end $$;
         create constraint trigger wait after insert on lineup.notification_channels deferrable initially deferred
           for each row execute function public.wait()`,
      )
      .execute(target.database.db);
    const atCommit = (end: End) =>
      interrupted(scene, directory, target, { lock: AT_COMMIT, end, environment: { LINEUP_SECRET_KEY: key } });
    const channels = () => target.database.db.selectFrom('notification_channels').select('id').execute();
    // A second Ctrl-C ends the process (terminal.test.ts), with the same words as a broken connection.
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
    onTestFinished(() => exit.mockRestore());
    const cut = await atCommit('cut');
    const unknown = 'It is unknown whether the move is complete. Run the same';
    expect([cut.code, ...cut.output]).toEqual([1, unknown, unknown]);
    expect(exit.mock.calls).toEqual([[130]]);
    expect(await channels()).toEqual([]);
    const done = await atCommit('release');
    expect([done.code, ...done.output]).toEqual([0, 'Moved']);
    expect(done.stdout).toContain('Keep the same LINEUP_SECRET_KEY');
    expect(done.stderr).not.toContain('Warning');
    expect(await channels()).toEqual([{ id: channelId }]);
    const reported = await target.database.db.selectFrom('notifications').selectAll().execute();
    expect(reported).toMatchObject([{ channel_id: channelId, event, status: 'waiting' }]);
  }, 240_000);
});

/** The lock of a process that migrates the tables. */
const MIGRATIONS = 7_365_820_146;
const AT_COMMIT = 4_711;

interface Waiting {
  /** Resolves when a move waits for the lock. */
  waits(): Promise<unknown>;
  release(): Promise<unknown>;
  /** Ends the connection of the waiting move. */
  cut(): Promise<unknown>;
}

/** Holds a lock of the target that a move needs. */
async function whileItWaits<T>(
  { database }: TestDatabase,
  lock: number,
  work: (waiting: Waiting) => Promise<T>,
): Promise<T> {
  const { connection } = database;
  if (connection.kind !== 'postgres') throw new Error('this is not PostgreSQL');
  const { pool } = connection;
  const waiting = `from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`;
  const holder = await pool.connect();
  try {
    await holder.query('select pg_advisory_lock($1)', [lock]);
    return await work({
      waits: () =>
        until(
          async () => (await pool.query(`select ${waiting}`)).rowCount,
          (count) => count === 1,
        ),
      release: () => holder.query('select pg_advisory_unlock($1)', [lock]),
      cut: () => pool.query(`select pg_terminate_backend(pid, 10000) ${waiting}`),
    });
  } finally {
    holder.release(true);
  }
}

/** What happens after Ctrl-C: the move may continue, or Ctrl-C comes again and the connection is cut. */
type End = 'release' | 'cut';

interface Interruption {
  /** The lock that the move waits for. */
  readonly lock: number;
  readonly end: End;
  readonly environment?: Record<string, string>;
}

/** Sends Ctrl-C while a move waits. @returns its exit status, and each message about the outcome */
function interrupted(
  scene: Bench,
  directory: string,
  target: TestDatabase & { url: string },
  { lock, end, environment }: Interruption,
) {
  return whileItWaits(target, lock, async ({ waits, release, cut }) => {
    const finished = scene.run(['move', '--to', target.url], {
      environment: { LINEUP_DATA_DIR: directory, ...environment },
    });
    await waits();
    interrupt();
    if (end === 'cut') {
      interrupt();
      await cut();
    } else await release();
    const { code, stdout, stderr } = await finished;
    const outcomes = /Nothing was moved|It is unknown .*? Run the same|The move is complete\.|^Moved/gm;
    return { code, stdout, stderr, output: `${stdout}${stderr}`.match(outcomes) ?? [] };
  });
}
