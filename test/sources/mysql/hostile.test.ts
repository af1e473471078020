/** A hostile server can only end its own request. An uncaught error would fail this whole file. */
import { describe, expect, it, vi } from 'vitest';
import { openMysql } from '../../../src/sources/mysql/open.ts';
import { listTables, testConnection } from '../../../src/sources/mysql/provider.ts';
import type { Scan } from '../../../src/sources/source.ts';
import { everythingIn } from '../support/failures.ts';
import {
  type Behaviour,
  columnPacket,
  described,
  eof,
  errorPacket,
  greeting,
  lengthCoded,
  ok,
  packet,
  result,
  startHostileMysql,
} from '../support/hostile-mysql.ts';
import { answering, connectionFailure, endless, SECRET, silence } from '../support/hostile-server.ts';
import { lookupLoopback } from '../support/network.ts';
import { readBlocks, readMembers } from '../support/values.ts';

const bytes = (...values: number[]) => Buffer.from(values);

/** The error of a connection to a server that behaves so. */
const failureOf = async (behaviour: Behaviour, parameters = '') =>
  connectionFailure(testConnection({ url: `${await startHostileMysql(behaviour)}?${parameters}` }));

const switchTo = (plugin: string) => packet(2, bytes(0xfe), Buffer.from(`${plugin}\0${'x'.repeat(20)}\0`));

describe('a server with a wrong sign-in', () => {
  it.each([
    ['greets like PostgreSQL', Buffer.from('R\0\0\0\x08\0\0\0\0')],
    ['speaks HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
    ['cuts its greeting short', packet(0, Buffer.from('\x0a8.0'))],
    ['announces an endless greeting', bytes(0xff, 0xff, 0xff, 0, 10)],
    ['greets with nothing', packet(0)],
  ])('that %s is refused', async (_, first) => {
    expect(await failureOf({ greeting: first }, 'connect_timeout=2')).toMatchObject({
      code: 'source_failed',
    });
  });

  it.each([
    ['refuses the user', errorPacket(2, 1045, `Access denied for user '${SECRET}'`), 'this user or password'],
    ['has no free connection', errorPacket(2, 1040, 'Too many'), 'no free connection'],
    ['wants the password in clear text', switchTo('mysql_clear_password'), undefined],
    ['wants another plugin', switchTo('client_ed25519'), 'way of signing in that Lineup does not have'],
    ['wants a plugin of its own', switchTo(`__proto__${SECRET}`), 'way of signing in'],
  ])('that %s is explained', async (_, signIn, message = '') => {
    expect(await failureOf({ signIn, password: () => errorPacket(4, 1045, SECRET) })).toMatchObject({
      code: expect.stringMatching(/^source_/),
      message: expect.stringContaining(message),
    });
  });

  it('never gets the password in clear text without a checked certificate', async () => {
    const seen: string[] = [];
    const behaviour: Behaviour = {
      signIn: switchTo('mysql_clear_password'),
      password: (content) => {
        seen.push(content.toString());
        return ok(4);
      },
    };
    const url = await startHostileMysql(behaviour);
    // A name that leads to the loopback address, but is not this machine.
    const network = { assertAllowed: () => {}, lookup: lookupLoopback };
    const elsewhere = `${url.replace('127.0.0.1', 'db.example.com')}?ssl-mode=DISABLED`;
    await expect(testConnection({ url: elsewhere, network })).rejects.toMatchObject({
      code: 'source_unauthorized',
      message: expect.stringContaining('asks for the password in clear text'),
    });
    expect(seen).toEqual([]);
  });

  it('that offers no TLS gets no password', async () => {
    expect(await failureOf({}, 'ssl-mode=REQUIRED')).toMatchObject({
      message: expect.stringContaining('does not support TLS'),
    });
  });

  it.each([
    ['a whole packet', errorPacket(1, 1045, SECRET)],
    ['a success', ok(2)],
    ['the beginning of a packet', bytes(200, 0)],
  ])('that sends %s in clear text before TLS is refused', async (_, more) => {
    const first = Buffer.concat([greeting('mysql_native_password', true), more]);
    expect(await failureOf({ greeting: first }, 'ssl-mode=REQUIRED&connect_timeout=2')).toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('does not follow the MySQL protocol'),
    });
  });

  it('that never answers is given up', async () => {
    expect(await failureOf({ greeting: silence }, 'connect_timeout=1')).toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringContaining('did not answer in time'),
    });
  });
});

describe('a server with wrong answers', () => {
  it.each([
    ['asks for a file of this machine', packet(1, bytes(0xfb), Buffer.from('/etc/passwd'))],
    ['announces an endless packet', bytes(0xff, 0xff, 0xfe, 1, 3)],
    [
      'sends a row that is cut short',
      Buffer.concat([packet(1, bytes(1)), columnPacket(2, 'server'), eof(3), packet(4, bytes(9, 65)), eof(5)]),
    ],
    ['sends a column that is cut short', Buffer.concat([packet(1, bytes(1)), packet(2, bytes(200))])],
    ['announces more columns than it sends', Buffer.concat([packet(1, bytes(0xfe, 9, 9, 9, 9, 9, 9, 9, 9)), eof(2)])],
    ['answers twice', Buffer.concat([ok(), ok()])],
    ['sends other columns', result('__proto__', [SECRET])],
  ])('that %s is refused', async (_, answer) => {
    const failure = await failureOf({
      statement: (sql) => (sql.includes('VERSION()') ? answer : undefined),
      // The answer must come, or the client waits for more.
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'source_failed' });
  });

  it('that sends rows without end is stopped', async () => {
    const url = await startHostileMysql({
      statement: (sql) =>
        sql.includes('information_schema.TABLES')
          ? endless(
              Buffer.concat([packet(1, bytes(1)), columnPacket(2, 'database'), eof(3)]),
              packet(4, lengthCoded('x'.repeat(1000))),
            )
          : undefined,
    });
    await expect(listTables({ connection: { url }, limit: 10 })).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('sent more data than requested'),
    });
  });

  it('does not have its texts shown', async () => {
    const failure = await failureOf(answering('START TRANSACTION', errorPacket(1, 1690, `${SECRET} is out of range`)));
    expect(failure).toMatchObject({ reason: '1690', message: expect.stringContaining('the error 1690') });
  });
});

describe('a scan of a hostile server', () => {
  async function scanOf(answer: Behaviour['statement']): Promise<Scan> {
    const url = await startHostileMysql({
      statement: (sql, describe) =>
        describe ? described('email') : /^SELECT `email`/.test(sql) ? answer?.(sql, false) : undefined,
    });
    const source = await openMysql({ connection: { url }, audience: { query: 'SELECT 1' }, silenceMs: 100 });
    return source.scan(['email']);
  }

  const begin = Buffer.concat([packet(1, bytes(1)), columnPacket(2, 'email'), eof(3)]);
  const row = packet(4, lengthCoded('member1@example.com'));

  it('is read to its end', async () => {
    const scan = await scanOf(() => Buffer.concat([begin, row, packet(5, lengthCoded(null)), eof(6)]));
    expect(await readMembers(scan)).toEqual([['member1@example.com'], ['']]);
  });

  it.each([
    ['ends without a last packet', (): Uint8Array => Buffer.concat([begin, row])],
    ['has rows that are cut short', () => Buffer.concat([begin, packet(4, bytes(9, 65)), eof(5)])],
    ['has rows with more values', () => Buffer.concat([begin, packet(4, bytes(1, 65, 1, 65)), eof(5)])],
    ['has empty packets', () => Buffer.concat([begin, packet(4), eof(5)])],
    [
      'has other columns',
      () => Buffer.concat([packet(1, bytes(2)), columnPacket(2, 'a'), columnPacket(3, 'b'), eof(4), eof(5)]),
    ],
    ['is no result', () => ok()],
    ['asks for a file', () => packet(1, bytes(0xfb), Buffer.from('/etc/passwd'))],
    ['fails after a row', () => Buffer.concat([begin, row, errorPacket(5, 1690, SECRET)])],
    [
      'announces a value of a terabyte',
      () => Buffer.concat([begin, bytes(0xff, 0xff, 0xff, 4, 0xfe, 0, 0, 0, 0, 0, 1, 0, 0)]),
    ],
  ])('that %s is an error, and no short audience', async (_, answer) => {
    const scan = await scanOf(() => (socket) => socket.end(answer()));
    await readBlocks(scan);
    const failure = await scan.finished.catch((error: unknown) => error);
    await scan.close();
    expect(failure).toMatchObject({ code: 'source_failed' });
    expect(everythingIn(failure)).not.toMatch(/hunter2|a@example|member1/);
  });

  it('waits for its reader', async () => {
    let socket: { writableLength: number; bytesWritten: number } | undefined;
    const scan = await scanOf(() => (connection) => {
      socket = connection;
      const send = endless(begin, packet(4, lengthCoded('x'.repeat(200))));
      if (typeof send === 'function') send(connection);
    });
    const blocks = scan.blocks[Symbol.asyncIterator]();
    await blocks.next();
    let last = -1;
    await vi.waitFor(() => {
      const now = socket!.bytesWritten;
      const waits = now === last && socket!.writableLength > 0;
      last = now;
      expect(waits).toBe(true);
    });
    await scan.close();
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
  });
});
