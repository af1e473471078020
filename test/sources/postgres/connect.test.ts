import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import { inEnglish } from '../../../src/domain/text/sentence.ts';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { testConnection } from '../../../src/sources/postgres/provider.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { makeCertificate } from '../support/certificate.ts';
import { outcomeOf } from '../support/failures.ts';
import { recordedNetwork } from '../support/network.ts';
import { usePostgres } from '../support/postgres.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';
import type { ProxyOptions } from '../support/tcp-proxy.ts';
import { readBlocks, readValues } from '../support/values.ts';

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
  const failureOf = async (url: string, ca?: string) =>
    outcomeOf(testConnection({ url, ca }).then(({ reached }) => reached));

  it('shows the server that it reaches', async () => {
    expect(inEnglish((await testConnection({ url: database.url })).reached)).toMatch(
      /^PostgreSQL [\d.]+.*: one table or view can be read in PostgreSQL "lineup_test_.*\.$/,
    );
    const sentence = inEnglish((await testConnection({ url: database.urlAs(user, 'hunter2') })).reached);
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

  it('fails if it is cut before it is ready', async () => {
    const cut = await proxy({ cutAfter: 0 });
    expect(await failureOf(cut.url('127.0.0.1'))).toMatchObject({ code: 'source_failed', retryable: true });
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

  it('is stopped by its signal', async () => {
    const silent = await proxy();
    const controller = new AbortController();
    const trying = testConnection({ url: silent.url('127.0.0.1') }, controller.signal);
    controller.abort();
    await expect(trying).rejects.toMatchObject({ code: 'interrupted' });
    await expect(testConnection({ url: database.url }, AbortSignal.abort())).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  describe('if only some hosts are allowed', () => {
    const refusal = new LineupError('invalid_argument', 'That host is not allowed.');

    it.each(['127.0.0.1', 'db.example.com', 'localhost', '::1', '/run/lineup-nowhere'])(
      'the check gets %s before anything is sent',
      async (host) => {
        const server = await proxy();
        const url = server.url('127.0.0.1').replace('127.0.0.1', host === '::1' ? '[::1]' : encodeURIComponent(host));
        const { asked, access } = recordedNetwork(refusal);
        await expect(testConnection({ url, network: access })).rejects.toBe(refusal);
        expect(asked).toEqual([host]);
        expect(server.connections).toBe(0);
      },
    );

    it('the check applies to every connection of a source', async () => {
      const server = await proxy();
      const url = server
        .url('db.example.com', 'sslmode=disable')
        .replace(/\/\/.*?@/, `//${new URL(database.url).username}@`);
      const { asked, access } = recordedNetwork();
      const connection = { url, network: access };
      const query = "SELECT 'a' || pg_sleep(2) AS email";
      const source = await openPostgres({ connection, audience: { query }, silenceMs: 200 });
      expect(await readValues(source, 'email')).toEqual(['a']);
      // The connection of the opening, that of the scan, and those that ask whether the server still works.
      expect(server.connections).toBeGreaterThan(2);
      // The last one may have been stopped between the two.
      expect(asked.length).toBeGreaterThanOrEqual(server.connections);
      expect(new Set(asked)).toEqual(new Set(['db.example.com']));
    });
  });

  describe('with TLS', () => {
    const own = makeCertificate('localhost');
    const other = makeCertificate('elsewhere.example.com');

    it('reads a whole scan', async () => {
      const server = await proxy({ certificate: own });
      const connection = { url: server.url('localhost', 'sslmode=verify-full'), ca: own.cert };
      const source = await openPostgres({ connection, audience: { schema: 'public', table: 'members' } });
      expect(await readValues(source, 'email')).toHaveLength(100_000);
      expect(server.encrypted).toBe(2);
    });

    it('can be stopped in the middle', async () => {
      const server = await proxy({ certificate: own });
      const connection = { url: server.url('localhost', 'sslmode=require') };
      const source = await openPostgres({ connection, audience: { schema: 'public', table: 'members' } });
      const scan = await source.scan(['email']);
      for await (const _ of scan.blocks) await scan.close();
      await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    });

    it.each([
      ['verify-full', own, own, 'localhost', undefined],
      ['verify-full', own, undefined, 'localhost', 'not from a trusted authority'],
      ['verify-full', own, other, 'localhost', 'not from a trusted authority'],
      ['verify-full', other, other, 'localhost', 'is for another name'],
      ['verify-full', own, own, '127.0.0.1', 'is for another name'],
      ['verify-ca', other, other, 'localhost', undefined],
      ['verify-ca', own, other, 'localhost', 'not from a trusted authority'],
      ['require', own, undefined, 'localhost', undefined],
      ['require', own, other, 'localhost', 'not from a trusted authority'],
    ])('follows sslmode=%s (%#)', async (mode, certificate, authority, host, message) => {
      const server = await proxy({ certificate });
      const outcome = await failureOf(server.url(host, `sslmode=${mode}`), authority?.cert);
      if (message === undefined) expect(outcome).toMatch(/^PostgreSQL /);
      else expect(outcome).toMatchObject({ code: 'source_failed', message: expect.stringContaining(message) });
    });

    it('reads the authority from a file if the URL comes from the owner of the machine', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lineup-test-authority-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const file = join(folder, 'ca.pem');
      await writeFile(file, other.cert);
      const server = await proxy({ certificate: other });
      const parameters = `sslmode=verify-ca&sslrootcert=${encodeURIComponent(file)}`;
      const connection = { url: server.url('localhost', parameters), ownMachine: true };
      expect(inEnglish((await testConnection(connection)).reached)).toMatch(/^PostgreSQL /);
      await writeFile(file, own.cert);
      await expect(testConnection(connection)).rejects.toMatchObject({
        message: expect.stringContaining('not from a trusted authority'),
      });
    });

    it('does not continue in clear text if the server refuses TLS', async () => {
      const server = await proxy();
      expect(await failureOf(server.url('127.0.0.1', 'sslmode=require'))).toMatchObject({
        code: 'source_failed',
        message: expect.stringContaining('it does not support TLS'),
      });
      expect(await failureOf(server.url('127.0.0.1', 'sslmode=disable'))).toMatch(/^PostgreSQL /);
    });
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

  it('fails a scan if it is cut in the middle', async () => {
    const whole = await proxy();
    const audience = { schema: 'public', table: 'members' };
    const source = await openPostgres({ connection: { url: whole.url('127.0.0.1') }, audience });
    expect(await readValues(source, 'email')).toHaveLength(100_000);

    const cut = await proxy({ cutAfter: 1_000_000 });
    const broken = await openPostgres({ connection: { url: cut.url('127.0.0.1') }, audience });
    const scan = await broken.scan(['email']);
    expect((await readBlocks(scan)).length).toBeGreaterThan(500_000);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringMatching(/^public\.members in PostgreSQL .* the connection was lost\.$/),
    });
  });
});
