import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inEnglish } from '../../../src/domain/text/sentence.ts';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { postgresProvider, testConnection } from '../../../src/sources/postgres/provider.ts';
import { sessionError } from '../../../src/sources/postgres/session-error.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { connectionContract } from '../connection-contract.ts';
import { outcomeOf } from '../support/failures.ts';
import { usePostgres } from '../support/postgres.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';
import type { ProxyOptions } from '../support/tcp-proxy.ts';
import { readValues } from '../support/values.ts';

describe('a connection to PostgreSQL', needsPostgres, () => {
  const database = usePostgres();
  const user = `${database.name}_user`;

  beforeAll(async () => {
    await database.sql(`
      DO $$ BEGIN CREATE ROLE needs_password; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$;
      CREATE ROLE ${user} LOGIN PASSWORD 'hunter2' IN ROLE needs_password;
      CREATE TABLE members (email text);
      INSERT INTO members SELECT 'member' || n || '@example.com' FROM generate_series(1, 100000) AS n`);
  });
  afterAll(() => database.sql(`DROP OWNED BY ${user}; DROP ROLE ${user}`));

  const proxy = (options?: ProxyOptions) => startPostgresProxy(database.url, options);

  /** The sentence of a first connection, or its error. */
  const failureOf = async (url: string) => outcomeOf(testConnection({ url }).then(({ works }) => works));

  it('shows the server that it reaches', async () => {
    expect(inEnglish((await testConnection({ url: database.url })).works)).toMatch(
      /^PostgreSQL [\d.]+.*: one table or view can be read in PostgreSQL "lineup_test_.*\.$/,
    );
    const sentence = inEnglish((await testConnection({ url: database.urlAs(user, 'hunter2') })).works);
    expect(sentence).toMatch(/: 0 tables and views can be read in .*\(lineup_test_[0-9a-f]+_user@.*\)\.$/);
  });

  it('needs the right password, and takes none from elsewhere', async () => {
    process.env.PGPASSWORD = 'hunter2';
    try {
      expect(await failureOf(database.urlAs(user))).toMatchObject({
        code: 'source_unauthorized',
        message: expect.stringContaining('asks for a password, but the URL has none'),
      });
    } finally {
      delete process.env.PGPASSWORD;
    }
    expect(await failureOf(database.urlAs(user, 'hunter22'))).toMatchObject({
      code: 'source_unauthorized',
      reason: '28P01',
      message: expect.stringContaining('refuses this user or password'),
    });
  });

  it('needs a database, a host and a server that listens', async () => {
    expect(await failureOf(database.url.replace(database.name, 'nowhere'))).toMatchObject({
      code: 'source_not_found',
      reason: '3D000',
    });
    expect(await failureOf('postgres://ana:hunter2@no-such-host.invalid/x')).toMatchObject({
      code: 'source_failed',
      message: expect.stringMatching(/\(ana@no-such-host\.invalid:5432\) cannot be read: its host name/),
    });
    const gone = await proxy();
    const url = gone.url('127.0.0.1');
    await gone.close();
    expect(await failureOf(url)).toMatchObject({
      code: 'source_failed',
      reason: 'ECONNREFUSED',
      retryable: true,
    });
    expect(await failureOf('postgres://ana@localhost/x?host=/nowhere')).toMatchObject({ reason: 'ENOENT' });
  });

  it('leaves no transaction open, so that a pooler keeps its connection', async () => {
    const pooler = await proxy();
    const url = pooler.url('127.0.0.1').replace(/\/\/.*?@/, `//${new URL(database.url).username}@`);
    const audience = { schema: 'public', table: 'members' };
    const source = await openPostgres({ connection: { url }, audience });
    await source.preview('email', 3);
    await readValues(source, 'email');
    await vi.waitFor(() => expect(pooler.ends).toEqual(['I', 'I', 'I']));
  });

  it('to another kind of server gives a clear error', async () => {
    const greeting = Buffer.concat([Buffer.from([0x4a, 0, 0, 0, 0x0a]), Buffer.from('8.0.36\0'), Buffer.alloc(60, 7)]);
    const mysql = createServer((socket) => {
      socket.on('error', () => {});
      socket.resume();
      socket.write(greeting);
    }).listen(0, '127.0.0.1');
    await once(mysql, 'listening');
    const { port } = mysql.address() as AddressInfo;
    const failed = await failureOf(`postgres://reader:x@127.0.0.1:${port}/shop?sslmode=disable`);
    mysql.close();
    expect(failed).toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('does not follow the PostgreSQL protocol'),
    });
  });

  const checks = { 'no TLS': 'disable', nothing: 'require', authority: 'verify-ca', all: 'verify-full' };
  connectionContract({
    system: 'PostgreSQL',
    parameters: (check, file) =>
      `sslmode=${checks[check]}${file === undefined ? '' : `&sslrootcert=${encodeURIComponent(file)}`}`,
    proxy: (options) => startPostgresProxy(database.url, options),
    addresses: ['/run/lineup-nowhere'],
    test: testConnection,
    open: (connection, query, limits) => {
      const audience = query === undefined ? { schema: 'public', table: 'members' } : { query };
      return openPostgres({ connection, audience, ...limits });
    },
    provider: postgresProvider,
    slowQuery: "SELECT 'a' || pg_sleep(2) AS email",
    sessionError,
  });
});
