/** What a person reads when Snowflake fails. LINE is never reached: the source ends with an error. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Fault } from '../../../simulators/snowflake/index.ts';
import type { LineupError } from '../../../src/domain/errors/errors.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { networkGuard } from '../../../src/network/guard.ts';
import { serveFiles } from '../support/file-server.ts';
import { configuration, openTable, providerOf, startSnowflake, tableOf } from '../support/snowflake.ts';
import { swiftClock } from '../support/swift-clock.ts';
import { readMembers, scanFailure } from '../support/values.ts';

const people = (count: number) => Array.from({ length: count }, (_, n) => ({ email: `member${n + 1}@example.com` }));

const failureOf = (work: Promise<unknown>): Promise<LineupError> =>
  work.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: LineupError) => error,
  );

describe('an error of Snowflake is one sentence', () => {
  const cases: readonly [fault: Partial<Fault>, code: string, says: RegExp][] = [
    [{ kind: 'failure', code: '000604', sqlState: '57014' }, 'source_failed', /was cancelled in Snowflake/],
    [
      { kind: 'failure', code: '000606', sqlState: '57P03' },
      'source_unauthorized',
      /GRANT USAGE ON WAREHOUSE "LINEUP_WH" TO ROLE your role/,
    ],
    [{ kind: 'failure', code: '000630', sqlState: '57014' }, 'source_failed', /STATEMENT_TIMEOUT_IN_SECONDS/],
    [
      { kind: 'failure', code: '002003', sqlState: '42S02' },
      'source_not_found',
      /SHOP\.CRM\.GIVEN does not exist.*GRANT SELECT/,
    ],
    [{ kind: 'failure', code: '003001', sqlState: '42501' }, 'source_unauthorized', /may not read SHOP\.CRM\.GIVEN/],
    [{ kind: 'failure', code: '090073', sqlState: '22000' }, 'source_failed', /resource monitor has used up its quota/],
    [{ kind: 'failure', code: '090105', sqlState: '22000' }, 'invalid_argument', /DATABASE\.SCHEMA\.TABLE/],
    [{ kind: 'failure', code: '390201', sqlState: '08001' }, 'source_unauthorized', /GRANT USAGE/],
    [{ kind: 'failure', code: '000904', sqlState: '42000' }, 'field_not_found', /vanished or changed its name/],
    [{ kind: 'failure', code: '100038', sqlState: '22018' }, 'source_failed', /cannot be converted \(100038\)/],
    [{ kind: 'failure', code: '999999', sqlState: 'XX000' }, 'source_failed', /error 999999 \(SQL state XX000\)/],
    [{ kind: 'timeout' }, 'source_failed', /took longer than Snowflake allows/],
    [{ kind: 'status', status: 401, code: '390318' }, 'source_unauthorized', /does not accept the access token/],
    [{ kind: 'status', status: 403, code: '390422' }, 'source_unauthorized', /network policy/],
    [{ kind: 'status', status: 403 }, 'source_failed', /There is no Snowflake account/],
    [{ kind: 'status', status: 429, count: 0 }, 'source_failed', /too many requests/],
    [{ kind: 'status', status: 503, count: 0 }, 'source_failed', /Snowflake answered 503/],
    [{ kind: 'reset', count: 0 }, 'source_failed', /could not be reached|connection was lost/],
  ];
  test.for(cases)('%o', async ([fault, code, says]) => {
    const sim = await startSnowflake({ tables: [tableOf(people(3))], faults: [fault as Fault] });
    const failure = await failureOf(openTable(sim, 'SHOP.CRM.GIVEN'));
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(`${failure.message} ${failure.reason}`).not.toMatch(/sample-token|member\d|Bearer/);
  });
});

describe('a wrong configuration', () => {
  test('of the token, the role or the warehouse', async () => {
    const sim = await startSnowflake();
    const open = (changes: Record<string, string>) => failureOf(openTable(sim, 'SHOP.CRM.VIP', changes));
    expect(await open({ access_token: 'wrong' })).toMatchObject({ code: 'source_unauthorized' });
    expect((await open({ role: 'OTHER' })).message).toContain('GRANT ROLE "OTHER" TO USER');
    expect((await open({ warehouse: 'OTHER' })).message).toContain('The warehouse "OTHER" cannot be used');
    sim.configure({ warehouse: 'none' });
    expect((await open({ warehouse: '' })).message).toContain('Snowflake has no warehouse for this user');
  });

  test('leaves no connection open', async () => {
    const sim = await startSnowflake();
    const server = await serveFiles((_request, response) => response.writeHead(401).end());
    const failure = await failureOf(openTable(sim, 'SHOP.CRM.VIP', { origin: server.origin }));
    expect(failure).toMatchObject({ code: 'source_unauthorized' });
    const [request] = server.requests;
    // Otherwise it would be kept for four seconds.
    await vi.waitFor(() => expect(request?.socket.destroyed).toBe(true), 2_500);
  });

  test('of the key pair, and of the clock', async () => {
    const sim = await startSnowflake();
    const other = await startSnowflake();
    const keyPair = (privateKey: string, user = sim.user) => ({
      access_token: '',
      user,
      private_key: privateKey,
    });
    const source = await openTable(sim, 'SHOP.CRM.VIP', keyPair(sim.privateKey));
    expect(await readMembers(await source.scan(['EMAIL']))).toHaveLength(13);
    const account = 'xy12345-sales.global';
    const redirected = await startSnowflake({ account });
    const primary = await openTable(redirected, 'SHOP.CRM.VIP', {
      ...keyPair(redirected.privateKey),
      account,
    });
    expect(await readMembers(await primary.scan(['EMAIL']))).toHaveLength(13);
    const wrong = [keyPair(other.privateKey), keyPair(sim.privateKey, 'NOBODY')];
    for (const changes of wrong)
      expect((await failureOf(openTable(sim, 'SHOP.CRM.VIP', changes))).message).toContain('RSA_PUBLIC_KEY');
    const late = { ...swiftClock(), now: () => new Date(Date.now() - 7_200_000) };
    const skewed = await failureOf(openTable(sim, 'SHOP.CRM.VIP', keyPair(sim.privateKey), { clock: late }));
    expect(skewed.message).toMatch(/clock of this machine differs from Snowflake’s by 7,?[12]\d\d seconds/);
  });
});

describe('a scan', () => {
  test('survives busy servers, broken connections and damaged partitions, and loses or repeats nobody', async () => {
    const rows = people(2_000);
    const expected = rows.map(({ email }) => [email]);
    const faults: Fault[] = [
      { kind: 'reset', endpoint: 'submit', nth: 2 },
      { kind: 'status', status: 429, retryAfter: 2, endpoint: 'status' },
      { kind: 'cut', endpoint: 'partition', nth: 1 },
      { kind: 'broken', endpoint: 'partition', nth: 4 },
      { kind: 'status', status: 503, endpoint: 'partition', nth: 6 },
    ];
    for (const compression of ['gzip', 'none'] as const) {
      const sim = await startSnowflake({ tables: [tableOf(rows)], partitionRows: 300, faults, compression });
      const source = await openTable(sim, 'SHOP.CRM.GIVEN');
      expect(await readMembers(await source.scan(['email']))).toEqual(expected);
      // The statement ran once, although its answer was repeated.
      const { requests, statements } = sim.inspect();
      expect(statements).toHaveLength(2);
      const submitted = requests.filter(({ endpoint }) => endpoint === 'submit');
      expect(submitted.map(({ status }) => status)).toEqual([200, undefined, 202]);
      expect(submitted[2]?.path).toContain('retry=true');
    }
  });

  test('waits for a statement that runs, with longer and longer waits', async () => {
    let now = Date.now();
    const sim = await startSnowflake({ executionMs: 60_000, now: () => now });
    const clock = swiftClock();
    const sleep = async (ms: number) => {
      clock.waits.push(ms);
      now += ms;
    };
    const source = await openTable(sim, 'SHOP.CRM.VIP', {}, { clock: { ...clock, sleep } });
    expect(await readMembers(await source.scan(['EMAIL']))).toHaveLength(13);
    expect(clock.waits.slice(0, 7)).toEqual([100, 200, 400, 800, 1600, 3000, 3000]);
  });

  test('gives up a statement that never ends', async () => {
    let now = Date.now();
    const sim = await startSnowflake();
    const server = await serveFiles((_request, response) =>
      response.writeHead(202).end('{"statementHandle":"01c0ffee-0000"}'),
    );
    const endless = openTable(
      sim,
      'A.B.C',
      { origin: server.origin },
      {
        clock: {
          now: () => new Date(now),
          sleep: async () => {
            now += 30_000;
          },
        },
      },
    );
    await expect(endless).rejects.toThrow(/took longer than Snowflake allows/);
    expect(server.requests.at(-1)?.url).toMatch(/\/cancel$/);
  });

  test('that is stopped while its statement runs cancels it', async () => {
    const sim = await startSnowflake();
    const source = await openTable(sim, 'SHOP.CRM.VIP');
    sim.configure({ executionMs: 3_600_000 });
    const leaving = new AbortController();
    const scan = await source.scan(['EMAIL'], leaving.signal);
    const reading = scan.blocks[Symbol.asyncIterator]().next();
    await sim.nextRequest(({ endpoint }) => endpoint === 'status');
    leaving.abort();
    await reading;
    await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    expect(sim.inspect().statements.at(-1)).toMatchObject({ cancelled: true });
  });

  test('gives all rows, whatever limit the account has', async () => {
    const sim = await startSnowflake({ rowsPerResultset: 10, partitionRows: 300 });
    const source = await openTable(sim, 'SHOP.CRM.MEMBERS');
    expect(await readMembers(await source.scan(['MEMBER_ID']))).toHaveLength(2_000);
  });

  test.each([
    ['391908', 'The result is too large for the SQL API of Snowflake'],
    ['391999', 'an answer that Lineup does not understand'],
  ])('fails when its result has the code %s, and may not be whole', async (code, says) => {
    const sim = await startSnowflake();
    const source = await openTable(sim, 'SHOP.CRM.VIP');
    sim.addFault({ kind: 'result', code, endpoint: 'status' });
    const failure = await scanFailure(Promise.resolve(source), 'EMAIL');
    expect(failure).toMatchObject({ code: 'source_failed', message: expect.stringContaining(says) });
    sim.addFault({ kind: 'result', code, endpoint: 'submit' });
    expect((await failureOf(openTable(sim, 'SHOP.CRM.VIP'))).message).toContain(says);
  });

  test('cancels its statement when nobody can ask for it any more', async () => {
    const sim = await startSnowflake();
    const source = await openTable(sim, 'SHOP.CRM.VIP');
    sim.configure({ executionMs: 3_600_000 });
    const lost: Fault[] = [
      { kind: 'status', status: 503, endpoint: 'status', count: 0 },
      // The statement starts, and each answer with its handle is lost.
      { kind: 'reset', endpoint: 'submit', count: 7 },
    ];
    for (const fault of lost) {
      sim.clearFaults();
      sim.addFault(fault);
      const failure = await scanFailure(Promise.resolve(source), 'EMAIL');
      expect(failure).toMatchObject({ code: 'source_failed', retryable: true });
      expect(sim.inspect().statements.at(-1)).toMatchObject({ cancelled: true });
    }
    expect(sim.inspect().statements).toHaveLength(3);
  });

  test('cancels a statement whose handle is not there when it is stopped', async () => {
    const sim = await startSnowflake();
    const leaving = new AbortController();
    const server = await serveFiles(({ url = '' }, response) => {
      if (url.includes('retry=true')) response.writeHead(202).end('{"statementHandle":"01c0ffee-0000"}');
      else if (url.endsWith('/cancel')) response.end('{}');
      else leaving.abort();
    });
    const credentials = configuration(sim, { origin: server.origin });
    const failure = await failureOf(providerOf().open(credentials, 'A.B.C', leaving.signal));
    expect(failure).toMatchObject({ code: 'interrupted' });
    expect(server.requests.at(-1)?.url).toMatch(/\/01c0ffee-0000\/cancel$/);
  });

  test('ends with source_expired when its result is gone', async () => {
    const sim = await startSnowflake({
      tables: [tableOf(people(500))],
      partitionRows: 100,
      faults: [{ kind: 'expired', endpoint: 'partition', nth: 3 }],
    });
    const source = await openTable(sim, 'SHOP.CRM.GIVEN');
    const failure = await scanFailure(Promise.resolve(source), 'email');
    expect(failure).toMatchObject({ code: 'source_expired', retryable: true });
    const scan = await source.scan(['email']);
    for await (const _ of scan.blocks) if (scan.place?.()) break;
    const place = scan.place?.();
    await scan.close();
    sim.advance(25 * 3_600_000);
    const late = await source.scan(['email'], undefined, place);
    await expect(readMembers(late)).rejects.toMatchObject({ code: 'source_expired' });
  });

  test('never follows a redirect, and reads only so much of a hostile answer', async () => {
    let reached = 0;
    const elsewhere = await serveFiles((_request, response) => {
      reached += 1;
      response.end('{}');
    });
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(307, { location: elsewhere.origin }).end(),
      (response) => response.writeHead(200).end('<html>member1@example.com'),
      (response) => response.writeHead(202).end('{"statementHandle":"../../x"}'),
      (response) => response.writeHead(422).end(`{"code":"member1@example.com","sqlState":"${'9'.repeat(9000)}"`),
      (response) => response.writeHead(200).end(`"${'x'.repeat(20 << 20)}"`),
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
    ];
    for (const answer of answers) {
      const server = await serveFiles((_request, response) => answer(response));
      const signal = AbortSignal.timeout(20_000);
      const given = { account: 'a', access_token: 'secret-token', origin: server.origin };
      const failure = await failureOf(providerOf().open(new Secret(given), 'A.B.C', signal));
      expect(failure).toMatchObject({ code: 'source_failed' });
      expect(`${failure.message} ${failure.reason}`).not.toMatch(/member1|secret-token/);
    }
    expect(reached).toBe(0);
  });

  test('that gets fewer rows than announced fails', async () => {
    const server = await serveFiles((request, response) => {
      const description = {
        statementHandle: '01c0ffee-0000',
        resultSetMetaData: {
          numRows: 3,
          rowType: [{ name: 'EMAIL', type: 'text' }],
          partitionInfo: [{ rowCount: 1 }, { rowCount: 2 }],
        },
      };
      const statement = request.method === 'POST' && !request.url?.includes('async=true');
      const rows = statement ? [] : [['member1@example.com']];
      const body = request.url?.includes('partition=1') ? { data: rows } : { ...description, data: rows };
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(gzipSync(JSON.stringify(body)));
    });
    const sim = await startSnowflake();
    const source = await openTable(sim, 'A.B.C', { origin: server.origin });
    const failure = await scanFailure(Promise.resolve(source), 'EMAIL');
    expect(failure).toMatchObject({ code: 'source_failed' });
  });
});

test('every connection goes through the guard', async () => {
  const sim = await startSnowflake();
  const signal = AbortSignal.timeout(20_000);
  const guarded = (allowed: string[]) =>
    providerOf({ networkAt: (port) => networkGuard({ allowed, port, purpose: 'source' }) });
  for (const origin of [sim.origin, sim.origin.replace('127.0.0.1', 'localhost')]) {
    const credentials = configuration(sim, { origin });
    const closed = guarded([]);
    const works = [
      closed.open(credentials, 'SHOP.CRM.VIP', signal),
      closed.audiences(credentials, { limit: 10 }, signal),
      closed.verify(credentials, signal),
    ];
    // All at once, so that no rejection waits for a handler.
    for (const { message } of await Promise.all(works.map(failureOf)))
      expect(message).toContain('is inside this network');
  }
  expect(sim.inspect().requests).toEqual([]);
  const source = await guarded(['127.0.0.1']).open(configuration(sim), 'SHOP.CRM.VIP', signal);
  onTestFinished(() => source.close());
  expect(await readMembers(await source.scan(['EMAIL']))).toHaveLength(13);
});
