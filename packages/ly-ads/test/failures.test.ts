import { describe, expect, it } from 'vitest';
import type { LyAdsClient } from '../src/index.ts';
import {
  errorOf,
  failureOf,
  fileOf,
  list,
  part,
  type Reply,
  refusedUrl,
  served,
  testClient,
  token,
  values,
  whole,
} from './helpers.ts';

const read = (client: LyAdsClient) => client.audienceLists.page('1002');
const rename = (client: LyAdsClient) =>
  client.audienceLists.set('1002', { audienceListId: '5001', audienceListName: 'N', dataDuration: 90 });
const create = (client: LyAdsClient) => client.audienceLists.add('1002', { audienceListName: 'N', dataDuration: 90 });
const upload = (client: LyAdsClient) =>
  client.audienceLists.uploadUserList('1002', '5001', {
    uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
    file: fileOf(`Email\n${'a'.repeat(64)}\n`),
  });

/** A refusal of one value, whose flag is null. */
const unflagged = (code: string): Reply => ({
  body: { rval: { values: [{ operationSucceeded: null, errors: [errorOf(code)], audienceList: list }] } },
});

describe('a refusal', () => {
  it.each<[string, Reply, Partial<{ code: string; status: number; retryable: boolean }>]>([
    ['with its status', whole(403, '0098'), { code: 'forbidden', status: 403 }],
    ['with 200 for the whole request', whole(200, '0001'), { code: 'bad_request', status: 200 }],
    ['with 200 for a value', part('D0001'), { code: 'bad_request', status: 200 }],
    ['of customer data, at the second level', whole(200, '210003'), { code: 'forbidden' }],
    ['of customer data, at the third level', part('210003'), { code: 'forbidden' }],
    ['of a test account, at the second level', whole(200, '0200'), { code: 'forbidden' }],
    ['of a test account, at the third level', part('0200'), { code: 'forbidden' }],
    ['of an account that is not found', whole(401, '0112'), { code: 'forbidden', status: 401 }],
    ['of a deactivated account', whole(401, '0113'), { code: 'forbidden' }],
    ['without a code', { status: 401, body: '<html>' }, { code: 'unauthorized' }],
    ['of a proxy', { status: 404, body: '<html>' }, { code: 'invalid_response', status: 404 }],
    ['with a new code', whole(400, 'X9999'), { code: 'bad_request', status: 400 }],
    ['that is a redirect', { status: 302, body: '', headers: { location: '/x' } }, { code: 'invalid_response' }],
    ['of a value without its flag', unflagged('D0001'), { code: 'bad_request', status: 200 }],
    ['without values', part(''), { code: 'bad_request' }],
  ])('%s is one attempt', async (_, reply, expected) => {
    const { client, server, log } = await served(() => reply);
    const error = await failureOf(rename(client));
    expect(error).toMatchObject({ retryable: false, attempts: 1, ...expected });
    expect(server.received).toHaveLength(1);
    expect(log).toMatchObject([{ error: expected.code }]);
  });

  it('has LY’s codes, its fields, its id, and what to do', async () => {
    const { client, log } = await served(() => part('LT001'));
    const error = await failureOf(create(client));
    expect(error.errors).toEqual([
      { code: 'LT001', message: 'A message.', details: [{ key: 'accountId', value: '1002' }] },
    ]);
    expect(error.rid).toBe('rid-3');
    expect(error.message).toBe(
      'LY answered 200 LT001 (accountId). The account has as many audience lists as LY allows. Remove one that no ad ' +
        'uses. (POST /api/v20/AudienceListService/add, tried once)',
    );
    expect(log).toMatchObject([{ status: 200, error: 'bad_request', reason: 'LT001', rid: 'rid-3' }]);
  });

  it('of an upload shows no value: it might be a line of the file', async () => {
    const line = 'b'.repeat(64);
    const reply = { status: 400, body: { errors: [errorOf('V0001', 'file', line)] } };
    const { client } = await served(() => reply);
    const error = await failureOf(upload(client));
    expect(error.errors[0]!.details).toEqual([{ key: 'file' }]);
    expect(JSON.stringify(error)).not.toContain(line);
  });
});

describe('a token that LY refuses', () => {
  it.each(['0111', '0114'])('with %s is replaced once, and the call is made again, also an upload', async (code) => {
    for (const call of [read, upload]) {
      const reply = call === read ? values('audienceList') : values('uploadJob', { uploadJobId: '9001' });
      const { client, server, refused, sleeps } = await served(({ number }) =>
        number === 1 ? whole(401, code) : reply,
      );
      await call(client);
      expect(refused).toEqual([undefined, token]);
      expect(sleeps).toEqual([0]);
      const [first, second] = server.received.map(({ headers }) => headers.authorization);
      expect([first, second]).toEqual([`Bearer ${token}`, `Bearer ${token}-2`]);
    }
  });

  it('is replaced when the refusal comes with 200, too', async () => {
    const { client, refused } = await served(({ number }) =>
      number === 1 ? whole(200, '0111') : values('audienceList'),
    );
    await read(client);
    expect(refused).toEqual([undefined, token]);
  });

  it('a second time is an error', async () => {
    const { client, server } = await served(() => whole(401, '0111'));
    expect(await failureOf(read(client))).toMatchObject({ code: 'unauthorized', attempts: 2, outcome: 'not_taken' });
    expect(server.received).toHaveLength(2);
  });

  it.each(['0110', '0112', '0113'])('is not replaced after %s', async (code) => {
    const { client, refused } = await served(() => whole(401, code));
    expect((await failureOf(read(client))).attempts).toBe(1);
    expect(refused).toEqual([undefined]);
  });

  it('that nobody gives is an error with its cause, and nothing is sent', async () => {
    const why = new Error('Connect again.');
    const { client, server } = await served(() => values('audienceList'), { token: () => Promise.reject(why) });
    const error = await failureOf(rename(client));
    expect(error).toMatchObject({ code: 'no_token', attempts: 0, outcome: 'not_taken', cause: why });
    expect(server.received).toEqual([]);
  });
});

describe('too many requests', () => {
  it('pause the limiter for 30 seconds, and the call takes its next turn', async () => {
    const pauses: number[] = [];
    let turns = 0;
    const limiter = {
      acquire: async () => {
        turns += 1;
        return () => {};
      },
      pause: (ms: number) => void pauses.push(ms),
    };
    const { client, log, sleeps } = await served(
      ({ number }) => (number === 1 ? whole(403, '0003') : values('audienceList')),
      { limiter },
    );
    await read(client);
    expect([pauses, turns, sleeps]).toEqual([[30_000], 2, []]);
    expect(log).toMatchObject([{ error: 'rate_limited', reason: '0003' }, {}]);
  });

  it('are waited for where the limiter cannot pause', async () => {
    const { client, sleeps } = await served(({ number }) =>
      number === 1 ? whole(403, '0003') : values('audienceList'),
    );
    await read(client);
    expect(sleeps).toEqual([30_000]);
  });

  it('pause the others also after the last attempt', async () => {
    const pauses: number[] = [];
    const limiter = { acquire: async () => () => {}, pause: (ms: number) => void pauses.push(ms) };
    const { client } = await served(() => whole(403, '0003'), { limiter, maxRetries: 0 });
    expect(await failureOf(upload(client))).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 30_000,
      outcome: 'not_taken',
    });
    expect(pauses).toEqual([30_000]);
  });
});

describe('a fault of LY', () => {
  it.each([whole(500, '0002'), whole(503, '0099'), whole(200, '0002'), { status: 502, body: '<html>' }])(
    'is tried again for a read and a change, but not for what would act twice',
    async (reply) => {
      for (const [call, attempts, outcome] of [
        [read, 3, 'not_taken'],
        [rename, 3, 'unknown'],
        [create, 1, 'unknown'],
        [upload, 1, 'unknown'],
      ] as const) {
        const { client } = await served(() => reply, { maxRetries: 2 });
        expect(await failureOf(call(client))).toMatchObject({
          code: 'server_error',
          attempts,
          outcome,
          retryable: true,
        });
      }
    },
  );

  it('is over at the next attempt', async () => {
    const { client, sleeps } = await served(({ number }) =>
      number === 1 ? whole(503, '0099') : values('audienceList', list),
    );
    await rename(client);
    expect(sleeps).toEqual([500]);
  });
});

describe('an answer', () => {
  it.each<[string, Reply]>([
    ['that is no JSON', { body: 'hello member@example.com' }],
    ['that is null', { body: 'null' }],
    ['without rval', { body: { rid: '1', errors: null } }],
    ['without the list', values('audienceList', null)],
    [
      'with an id that JSON has rounded',
      { body: JSON.stringify(values('audienceList', list).body).replace('5001', '9007199254740993') },
    ],
  ])('%s leaves a write unknown', async (_, reply) => {
    const { client } = await served(() => reply);
    const error = await failureOf(create(client));
    expect(error).toMatchObject({ code: 'invalid_response', outcome: 'unknown', attempts: 1 });
    expect(error.message).not.toContain('member@');
  });

  it('that is lost leaves a write unknown, and is asked for again by a read', async () => {
    for (const [call, attempts, outcome] of [
      [read, 3, 'not_taken'],
      [create, 1, 'unknown'],
      [upload, 1, 'unknown'],
    ] as const) {
      const { client } = await served(() => 'reset', { maxRetries: 2 });
      expect(await failureOf(call(client))).toMatchObject({ code: 'connection_failed', attempts, outcome });
    }
  });

  it('that does not come in time', async () => {
    const { client } = await served(() => 'silence', { timeout: 40, maxRetries: 0 });
    expect(await failureOf(create(client))).toMatchObject({ code: 'timeout', outcome: 'unknown' });
  });

  it('of nobody: the connection is refused', async () => {
    const { client } = testClient(await refusedUrl(), { maxRetries: 1 });
    const error = await failureOf(create(client));
    expect(error).toMatchObject({ code: 'connection_failed', outcome: 'not_taken', attempts: 2 });
    expect(error.message).toContain('LY could not be reached at http://127.0.0.1:');
  });
});

describe('an abort', () => {
  const why = new Error('ctrl-c');

  it('before the call sends nothing', async () => {
    const { client, server } = await served(() => values('audienceList'));
    const error = await failureOf(client.audienceLists.page('1002', { signal: AbortSignal.abort(why) }));
    expect(error).toMatchObject({ code: 'aborted', attempts: 0, cause: why });
    expect(server.received).toEqual([]);
  });

  it('while it waits for an answer leaves a write unknown', async () => {
    const controller = new AbortController();
    const { client } = await served(() => {
      controller.abort(why);
      return 'silence';
    });
    const list = { audienceListName: 'N', dataDuration: 90 };
    const error = await failureOf(client.audienceLists.add('1002', list, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', attempts: 1, outcome: 'unknown' });
  });

  it('while it waits for a token', async () => {
    const controller = new AbortController();
    const { client } = await served(() => values('audienceList'), {
      token: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal!.addEventListener('abort', () => reject(signal!.reason));
          controller.abort(why);
        }),
    });
    expect(await failureOf(client.audienceLists.page('1002', { signal: controller.signal }))).toMatchObject({
      code: 'aborted',
      attempts: 0,
    });
  });
});
