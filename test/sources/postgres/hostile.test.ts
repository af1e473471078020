/** A hostile server can only end its own request. An uncaught error would fail this whole file. */
import { describe, expect, it } from 'vitest';
import { openPostgres } from '../../../src/sources/postgres/open.ts';
import { listTables, testConnection } from '../../../src/sources/postgres/provider.ts';
import { everythingIn } from '../support/failures.ts';
import { type Behaviour, bound, parsed, signedIn, startHostilePostgres } from '../support/hostile-postgres.ts';
import { answering, connectionFailure, endless, SECRET, silence } from '../support/hostile-server.ts';
import {
  authentication,
  complete,
  dataRow,
  errorMessage,
  int16,
  int32,
  message,
  ready,
  rowDescription,
} from '../support/postgres-messages.ts';
import { readBlocks } from '../support/values.ts';

/** The error of a connection to a server that behaves so. */
const failureOf = async (behaviour: Behaviour, parameters = '') =>
  connectionFailure(testConnection({ url: `${await startHostilePostgres(behaviour)}?${parameters}` }));

const sasl = authentication(10, Buffer.from('SCRAM-SHA-256\0\0'));
const header = (kind: string, length: number) => Buffer.concat([Buffer.from(kind), int32(length)]);

describe('a server with a wrong sign-in', () => {
  it.each([
    ['greets like MySQL', Buffer.from('\x4a\0\0\0\x0a8.0.36\0', 'latin1')],
    ['speaks HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
    ['requires an unknown method', authentication(99)],
    ['cuts its message short', message('R', Buffer.from([0]))],
    ['announces an endless message', header('R', 0x7fff_ffff)],
    ['announces a negative length', header('R', 3)],
    ['ends a method that it did not start', authentication(12, Buffer.from(`v=${SECRET}`))],
  ])('that %s is refused', async (_, startup) => {
    expect(await failureOf({ startup })).toMatchObject({ code: 'source_failed', retryable: false });
  });

  it.each([
    ['no known method', authentication(10, Buffer.from(`${SECRET}\0\0`)), undefined],
    ['an answer of its own', sasl, authentication(11, Buffer.from(SECRET))],
    ['a foreign nonce', sasl, authentication(11, Buffer.from('r=x,s=YQ==,i=4096'))],
    ['an endless number of iterations', sasl, authentication(11, Buffer.from('r=x,s=YQ==,i=2000000000'))],
    ['the last message first', sasl, authentication(12, Buffer.from(`e=${SECRET}`))],
  ])('by SCRAM with %s is refused', async (_, startup, password) => {
    expect(await failureOf({ startup, password })).toMatchObject({ code: 'source_unauthorized' });
  });

  it('is refused if it asks for TLS and does not speak it', async () => {
    expect(await failureOf({ startup: Buffer.from('S not TLS') }, 'sslmode=require')).toMatchObject({
      code: 'source_failed',
    });
    const garbage: Behaviour = {
      startup: (socket) => {
        socket.write('S');
        socket.once('data', () => socket.write('no TLS'));
      },
    };
    expect(await failureOf(garbage, 'sslmode=require')).toMatchObject({ code: 'source_failed' });
  });

  it.each([
    ['settings', message('S', Buffer.from(`a\0${SECRET}\0`))],
    ['notices', message('N', Buffer.from(`M${SECRET}`))],
    ['notifications', message('A', Buffer.from(`\0\0\0\0a\0${SECRET}\0`))],
    ['sign-in methods', authentication(3)],
  ])('that sends %s without end is refused', async (_, bytes) => {
    expect(await failureOf({ startup: endless(authentication(0), bytes) })).toMatchObject({
      message: expect.stringContaining('sent more data than requested'),
    });
  });
});

describe('a server with wrong answers', () => {
  const row = Buffer.concat([parsed, bound, rowDescription('tables', 'server', 'almighty')]);
  const end = Buffer.concat([complete('SELECT 1'), ready()]);
  const version = 'server_version';

  it.each([
    ['no columns', [parsed, bound, end]],
    ['other columns', [parsed, bound, rowDescription('a'), dataRow(SECRET), end]],
    ['no rows', [row, end]],
    ['values of a wrong type', [row, dataRow(SECRET, SECRET, SECRET), end]],
    ['fewer columns than announced', [parsed, bound, message('T', int16(3)), end]],
    ['a negative number of columns', [parsed, bound, message('T', int16(-1)), end]],
    ['a negative number of values', [row, message('D', int16(-7)), end]],
    ['more values than columns', [row, dataRow('1', '2', '3', '4'), end]],
    ['a value longer than its row', [row, message('D', Buffer.concat([int16(1), int32(0x7fff_ffff)])), end]],
    ['a value of negative length', [row, message('D', Buffer.concat([int16(1), int32(-9)])), end]],
    ['rows before columns', [dataRow(SECRET), end]],
    ['rows of a COPY', [message('d', Buffer.from(SECRET)), end]],
    ['a COPY to it', [parsed, bound, message('G', Buffer.from([0, 0, 1, 0, 0])), end]],
    ['an endless row', [row, header('D', 0x7fff_ffff)]],
    ['endless columns', [parsed, bound, header('T', 0x7fff_ffff)]],
    ['a second sign-in method', [authentication(10, Buffer.from('SCRAM-SHA-256\0\0')), authentication(12), end]],
    ['an endless error', [message('E', Buffer.from(`M${SECRET}`))]],
    ['an error with values', [errorMessage({ C: '22P02', M: SECRET, D: SECRET, H: SECRET, W: SECRET }), ready()]],
    ['an error with an invalid code', [errorMessage({ C: SECRET, M: SECRET }), ready()]],
    ['an error and a closed connection', [errorMessage({ C: '57P01', M: SECRET })]],
  ])('with %s fails', async (_, bytes) => {
    expect(await failureOf(answering(version, ...bytes))).toMatchObject({
      name: 'LineupError',
      code: 'source_failed',
    });
  });

  it.each([
    ['rows', row, dataRow('1', '2', 'f')],
    ['empty rows', row, message('D', int16(0))],
    ['columns', Buffer.concat([parsed, bound]), rowDescription('a')],
    ['notices', row, message('N', Buffer.from(SECRET))],
  ])('with endless %s fails', async (_, first, bytes) => {
    const behaviour: Behaviour = {
      statement: (sql) => (sql.includes(version) ? endless(first, bytes) : undefined),
    };
    expect(await failureOf(behaviour)).toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('sent more data than requested'),
    });
  });

  it('to the description of a query fails its opening', async () => {
    const descriptions: [string, Uint8Array[]][] = [
      ['unrequested rows', [parsed, rowDescription('a'), dataRow(SECRET), ready()]],
      ['a very long name', [parsed, rowDescription('a'.repeat(100_000)), ready()]],
      ['half a description', [parsed, message('T', int16(1000)), ready()]],
      ['invalid types', [parsed, message('t', int16(30_000)), rowDescription('a'), ready()]],
      ['a COPY', [parsed, message('H', Buffer.from([0, 0, 1, 0, 0])), ready()]],
    ];
    for (const [, bytes] of descriptions) {
      const url = await startHostilePostgres(answering('SELECT 1 AS id', ...bytes));
      const opening = openPostgres({ connection: { url }, audience: { query: 'SELECT 1 AS id' } });
      await expect(opening).rejects.toMatchObject({
        code: expect.stringMatching(/^(source_failed|invalid_argument)$/),
      });
    }
  });

  it('to a list of tables fails it', async () => {
    const columns = rowDescription('schema', 'table', 'kind', 'description', 'rows');
    const tables = [parsed, bound, columns, dataRow('a', 'b', SECRET, 'd', 'e'), end];
    const url = await startHostilePostgres(answering('obj_description', ...tables));
    await expect(listTables({ connection: { url }, limit: 1 })).rejects.toMatchObject({
      code: 'source_failed',
    });
  });

  it('fails a scan', async () => {
    const type = [parsed, bound, rowDescription('oid', 'name', 'category', 'base', 'element')];
    const columns = [
      parsed,
      bound,
      rowDescription('name', 'type', 'modifier', 'readable'),
      dataRow('email', '25', '-1', 't'),
      dataRow('phone', '25', '-1', 't'),
      end,
    ];
    const answers: [string, Uint8Array[]][] = [
      ['WITH RECURSIVE involved', [...type, dataRow('25', 'text', 'S', '0', '0'), end]],
      ['format_type', [parsed, bound, rowDescription('name'), dataRow('text'), end]],
      ['attname AS name', columns],
    ];
    const rows = (text: string) => [
      message('H', Buffer.from([0, 0, 1, 0, 0])),
      message('d', Buffer.from(text, 'latin1')),
      message('c', Buffer.alloc(0)),
      complete('COPY 1'),
      ready(),
    ];
    for (const [copied, fields = ['email']] of [
      [rows(`1,${SECRET},3\n`), ['email', 'phone']],
      [rows(`${SECRET}\n`), ['email', 'phone']],
      [rows(`"${SECRET}"x,1\n`), ['email', 'phone']],
      [rows(`1,"${SECRET}\n`), ['email', 'phone']],
      [rows('1,\xff\n'), ['email', 'phone']],
      [[message('J', Buffer.alloc(0))]],
      [[message('H', Buffer.from([0, 0, 1, 0, 0])), header('d', -1)]],
      [[message('H', Buffer.from([0, 0, 1, 0, 0])), header('d', 2), Buffer.from(SECRET)]],
      [[message('H', Buffer.from([0, 0, 1, 0, 0])), message('d', Buffer.from('a\n')), message('G', Buffer.alloc(3))]],
      [[dataRow(SECRET)]],
    ] as [Uint8Array[], string[]?][]) {
      const all = [...answers, ['COPY (', copied] as const];
      const url = await startHostilePostgres({
        statement: (sql) => {
          const found = all.find(([part]) => sql.includes(part));
          return found && Buffer.concat(found[1]);
        },
      });
      const audience = { schema: 'public', table: 'members' };
      const source = await openPostgres({ connection: { url }, audience });
      const scan = await source.scan(fields);
      await readBlocks(scan);
      const failure = await scan.finished.catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'source_failed' });
      expect(everythingIn(failure)).not.toContain(SECRET);
    }
  });
});

describe('a silent server', () => {
  it('is given up in every phase', { timeout: 120_000 }, async () => {
    const silent = expect.objectContaining({
      code: 'source_failed',
      retryable: true,
      message: expect.stringContaining('did not answer in time'),
    });
    const connecting = 'connect_timeout=1';
    const half = (socket: { end(): void }) => socket.end();
    const phases = [
      failureOf({ startup: silence }, connecting),
      failureOf({ startup: silence }, `${connecting}&sslmode=require`),
      failureOf({ startup: Buffer.from('S') }, `${connecting}&sslmode=require`),
      failureOf({ startup: sasl, password: silence }, connecting),
      failureOf({ startup: signedIn.subarray(0, 7) }, connecting),
    ];
    expect(await Promise.all(phases)).toEqual(phases.map(() => silent));
    const cut = expect.objectContaining({
      code: 'source_failed',
      retryable: true,
      message: expect.stringContaining('connection was lost'),
    });
    const ended = [
      failureOf({ startup: half }),
      failureOf({ startup: sasl, password: half }),
      failureOf({ statement: () => half }),
      failureOf({ statement: (sql) => (sql.includes('server_version') ? half : undefined) }),
    ];
    expect(await Promise.all(ended)).toEqual(ended.map(() => cut));
  });

  it('is given up in the middle of an answer', { timeout: 120_000 }, async () => {
    const connection = { url: await startHostilePostgres({ statement: () => silence }) };
    const audience = { schema: 'public', table: 'members' };
    await expect(openPostgres({ connection, audience, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringContaining('did not answer in time'),
    });
  });
});
