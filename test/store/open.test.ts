/** Opening a database, and the messages if this fails. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/database/migrate.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { DurableFS, durableOptions } from '../../src/store/database/pglite.ts';
import { createPglite } from '../../src/store/database/prepared-pglite.ts';
import { embedDatabase, urlOf } from '../support/databases.ts';
import { needsPostgres } from '../support/postgres.ts';

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'lineup-open-'));
});
afterEach(() => rm(dataDirectory, { recursive: true, force: true }));

describe('PGlite in a data directory', () => {
  test('can be opened by one process at a time, and keeps all confirmed writes when that process dies', async () => {
    await embedDatabase(dataDirectory);
    const child = spawn(process.execPath, ['test/support/database-holder.ts', dataDirectory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = await once(child.stdout, 'data');
    expect(String(output).trim()).toBe('written');
    await expect(openDatabase({ dataDirectory })).rejects.toMatchObject({
      code: 'data_directory_in_use',
      message: expect.stringContaining(`process ${child.pid} `),
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const database = await openDatabase({ dataDirectory });
    const rows = await database.db.selectFrom('settings').selectAll().execute();
    expect(rows).toMatchObject([{ key: 'kept', value: { by: 'a dead process' } }]);
    expect(await migrate(database)).toEqual([]);
    await expect(openDatabase({ dataDirectory })).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`process ${process.pid} on .+, since 20`)),
    });
    await database.close();

    // A write is confirmed only when it is on the disk.
    let synced = 0;
    const files = new DurableFS(join(dataDirectory, 'db'), () => {
      synced += 1;
    });
    const pglite = await createPglite(durableOptions(files));
    for (let n = 1; n <= 3; n += 1) {
      synced = 0;
      await pglite.query(`update lineup.settings set updated_by = '${n}'`);
      expect(synced).toBeGreaterThan(0);
    }
    await pglite.close();
  });

  test('in a place that cannot be a directory gives a clear error', async () => {
    await expect(openDatabase({ dataDirectory: join(process.execPath, 'data') })).rejects.toMatchObject({
      code: 'invalid_configuration',
    });
  });
});

describe('a PostgreSQL URL', () => {
  test('of another kind of database is refused', async () => {
    await expect(openDatabase({ url: 'mysql://u:hunter2@example.com/x', dataDirectory })).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.not.stringContaining('hunter2'),
    });
  });

  test('without a server is unreachable, and the message does not show the password', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const url = `postgres://aiko:hunter2@127.0.0.1:${port}/lineup`;
    const failure = await openDatabase({ url, dataDirectory }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'database_unreachable', retryable: true });
    expect(failure.message).toContain(`127.0.0.1:${port}/lineup as aiko`);
    expect(failure.message).toContain('nothing listens there');
    expect(JSON.stringify(failure) + failure.stack + failure.cause).not.toContain('hunter2');
  });
});

describe('a PostgreSQL server', needsPostgres, () => {
  test('answers, and no output of its connection shows the password', async () => {
    const url = new URL(urlOf('postgres'));
    url.password = 'hunter2';
    const database = await openDatabase({ url: url.href, dataDirectory });
    expect(inspect(database, { depth: 9 })).not.toContain('hunter2');
    await database.close();
  });

  test('without that database gives an error with its name', async () => {
    await expect(openDatabase({ url: urlOf('nowhere'), dataDirectory })).rejects.toMatchObject({
      code: 'database_refused',
      message: expect.stringContaining('no database with this name'),
    });
  });

  test('that does not know the user gives a clear error', async () => {
    const url = new URL(urlOf('postgres'));
    url.username = 'nobody';
    await expect(openDatabase({ url: url.href, dataDirectory })).rejects.toMatchObject({
      code: 'database_refused',
      message: expect.stringContaining('user or password'),
    });
  });

  test('that ends a connection during a transaction, as in its restart, ends nothing else', async () => {
    const lost = Promise.withResolvers<Error>();
    const database = await openDatabase({
      url: urlOf('postgres'),
      dataDirectory,
      onConnectionLost: lost.resolve,
    });
    const cut = database.db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      await sql`select pg_terminate_backend(${rows[0]?.pid}, 60000)`.execute(database.db);
      // The notice comes when no query of the transaction is running that could fail.
      await lost.promise;
      await sql`select 1`.execute(tx);
    });
    await expect(cut).rejects.toThrow(/connection error/);
    const { rows } = await sql`select 1 as one`.execute(database.db);
    expect(rows).toEqual([{ one: 1 }]);
    await database.close();
  });
});
