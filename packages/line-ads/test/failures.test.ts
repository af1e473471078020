import { getEventListeners } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { LineAdsClient } from '../src/index.ts';
import { audience, failureOf, listen, type Reply, refusedUrl, START, startServer, testClient } from './helpers.ts';

const errors = (reason: string, property?: string) => ({ errors: [{ reason, property }] });
const read = (client: LineAdsClient) => client.customAudiences.uploadJobs('A1', '1');
const rename = (client: LineAdsClient) => client.customAudiences.rename('A1', '1', 'N');
const create = (client: LineAdsClient) => client.customAudiences.create('A1', { name: 'N', functionType: 'LOOKALIKE' });

describe('a refusal', () => {
  it.each([
    [400, errors('AUDIENCE_GROUP_NOT_FOUND', 'id'), 'bad_request', /400 AUDIENCE_GROUP_NOT_FOUND \(id\)\. .*no such/],
    [400, errors('SOMETHING_NEW'), 'bad_request', /400 SOMETHING_NEW\. \(GET/],
    [401, '', 'unauthorized', /401\. The access key, the secret key or the clock is wrong\./],
    [403, errors('PARTNER_PERMISSION_DENIED'), 'forbidden', /Data Provider \(General\)/],
    [404, '', 'bad_request', /check the base URL/],
    [404, '<html>', 'invalid_response', /check the base URL/],
    [403, '<html>', 'invalid_response', /LINE answered 403/],
    [409, 'null', 'bad_request', /409/],
    [302, '', 'invalid_response', /redirect; check the base URL/],
  ])('with %i %j has the code %s, and is not retried', async (status, body, code, message) => {
    const headers = { location: '/elsewhere', date: new Date(START).toUTCString() };
    const server = await startServer(() => ({ status, body, headers }));
    const { client, log } = testClient(server.url);
    const error = await failureOf(read(client));
    expect(error).toMatchObject({ code, status, retryable: false, attempts: 1, outcome: 'not_taken' });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('(GET /v3/adaccounts/A1/custom-audiences/1/upload-job, tried once)');
    expect(log).toMatchObject([{ method: 'GET', status, error: code, attempt: 1 }]);
    expect(server.received).toHaveLength(1);
  });

  it('has LINE’s reasons with their properties', async () => {
    const body = { errors: [{ reason: 'REQUIRED', property: 'id' }, { reason: 'INVALID_ENUM' }] };
    const server = await startServer(() => ({ status: 400, body }));
    const error = await failureOf(rename(testClient(server.url).client));
    expect(error.reasons).toEqual([{ reason: 'REQUIRED', property: 'id' }, { reason: 'INVALID_ENUM' }]);
    expect(error.outcome).toBe('not_taken');
  });

  it('with a 401 says that the clock is wrong', async () => {
    const date = new Date(START + 20 * 60_000).toUTCString();
    const server = await startServer(() => ({ status: 401, headers: { date } }));
    const { client, log } = testClient(server.url);
    const error = await failureOf(read(client));
    expect(error.message).toContain('401. Your clock is 20 minutes behind LINE');
    expect(error.skewMs).toBe(-20 * 60_000);
    expect(log[0]!.skewMs).toBe(-20 * 60_000);
  });
});

describe('a request', () => {
  const ok: Reply = { body: audience };

  it('is tried again after 429 and 5xx, and every attempt is logged', async () => {
    const replies: Reply[] = [
      { status: 429, headers: { 'retry-after': '3' } },
      { status: 503, body: '<html>' },
      { body: audience, headers: { 'x-request-quota-limit': '100', 'x-request-quota-used': '7' } },
    ];
    const server = await startServer(({ number }) => replies[number - 1]!);
    const { client, sleeps, log } = testClient(server.url);
    await expect(rename(client)).resolves.toMatchObject({ id: audience.id });
    expect(sleeps).toEqual([3_000, 1_000]);
    const common = { method: 'POST', endpoint: '/v3/adaccounts/A1/custom-audiences/1', durationMs: 0 };
    expect(log).toMatchObject([
      { ...common, time: '2021-12-22T00:00:00.000Z', status: 429, error: 'rate_limited', attempt: 1 },
      { ...common, time: '2021-12-22T00:00:03.000Z', status: 503, error: 'server_error', attempt: 2 },
      { ...common, status: 200, attempt: 3, quota: { limit: 100, used: 7 } },
    ]);
    expect(log.at(-1)).not.toHaveProperty('error');
  });

  it.each(['LOCK_DEFAULT', 'BLOCKED_BY_EXCEEDING_TIME_LIMIT', 'BLOCK_APP_CANNOT_ACQUIRE_LOCK'])(
    'that writes is tried again while LINE says %s',
    async (reason) => {
      const server = await startServer(({ number }) => (number < 3 ? { status: 400, body: errors(reason) } : ok));
      await expect(create(testClient(server.url).client)).resolves.toMatchObject({ id: audience.id });
      expect(server.received).toHaveLength(3);
    },
  );

  it('does not wait for a busy audience if it is wrong, too', async () => {
    const body = { errors: [{ reason: 'LOCK_DEFAULT' }, { reason: 'REQUIRED' }] };
    const server = await startServer(() => ({ status: 400, body }));
    expect(await failureOf(create(testClient(server.url).client))).toMatchObject({
      code: 'bad_request',
      attempts: 1,
    });
  });

  it('fails after the allowed retries, and the error has the number of attempts', async () => {
    const server = await startServer(() => ({ status: 429 }));
    const { client, sleeps } = testClient(server.url, { maxRetries: 2 });
    const error = await failureOf(create(client));
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true, attempts: 3, outcome: 'not_taken' });
    expect(error.message).toContain('tried 3 times in 2 s');
    expect(sleeps).toEqual([500, 1_000]);
  });

  it('leaves a long Retry-After to the caller', async () => {
    const server = await startServer(() => ({ status: 429, headers: { 'retry-after': '3600' } }));
    const error = await failureOf(read(testClient(server.url).client));
    expect(error).toMatchObject({ attempts: 1, retryAfterMs: 3_600_000, retryable: true });
  });

  it('that creates fails at once with a 5xx, because LINE may have accepted it', async () => {
    const server = await startServer(() => ({ status: 500 }));
    const error = await failureOf(create(testClient(server.url).client));
    expect(error).toMatchObject({ code: 'server_error', outcome: 'unknown', attempts: 1, retryable: true });
    expect(error.message).toContain('LINE may have acted on it');
  });

  it('stays in doubt if a later attempt is refused', async () => {
    const server = await startServer(({ number }) =>
      number === 1 ? { status: 502 } : { status: 400, body: errors('AUDIENCE_GROUP_NOT_FOUND') },
    );
    const error = await failureOf(testClient(server.url).client.customAudiences.delete('A1', '1'));
    expect(error).toMatchObject({ code: 'bad_request', outcome: 'unknown', attempts: 2 });
  });

  it('waits for the limiter before each attempt, and reports the end of the attempt to it', async () => {
    const server = await startServer(({ number }) => (number < 3 ? { status: 500 } : { body: { jobs: [] } }));
    let [turns, ended] = [0, 0];
    const limiter = {
      acquire: async () => {
        expect([server.received.length, ended]).toEqual([turns, turns]);
        turns += 1;
        return () => {
          ended += 1;
        };
      },
    };
    await read(testClient(server.url, { limiter }).client);
    expect([turns, ended]).toEqual([3, 3]);
  });

  it('fails with the unchanged error of a limiter', async () => {
    const broken = new Error('disk full');
    const limiter = { acquire: () => Promise.reject(broken) };
    const { client } = testClient('http://127.0.0.1:1', { limiter });
    await expect(read(client)).rejects.toBe(broken);
  });
});

describe('a network error', () => {
  it('is a refused connection: the request is tried again, and was certainly not accepted', async () => {
    const { client, sleeps, log } = testClient(await refusedUrl());
    const error = await failureOf(create(client));
    expect(error).toMatchObject({
      code: 'connection_failed',
      outcome: 'not_taken',
      attempts: 6,
      retryable: true,
    });
    expect(error.message).toMatch(/could not be reached at http:\/\/127\.0\.0\.1:\d+: the connection was refused/);
    expect(error.message).toContain('tried 6 times in 16 s');
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(sleeps).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    expect(log).toHaveLength(6);
    expect(log[0]).toMatchObject({ error: 'connection_failed' });
    expect(log[0]).not.toHaveProperty('status');
  });

  it('is a host that does not answer connections: the client gives up within 30 seconds', async () => {
    const swallow = Object.assign(new Error('Connect Timeout Error'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
    const { client, clock } = testClient('https://ads.example.com/api', {
      fetch: async () => {
        clock.time += 10_500;
        throw new TypeError('fetch failed', { cause: swallow });
      },
    });
    const error = await failureOf(read(client));
    expect(clock.time - START).toBeLessThan(30_000);
    expect(error.attempts).toBe(2);
    expect(error.message).toContain('tried 2 times in 22 s');
  });

  it('counts the time without a connection from the first error of a series', async () => {
    // 33 seconds from the first error to the end of the last, and 22 from the first of the last two.
    const answers = ['fault', 'server_error', 'fault', 'ok'];
    const { client, clock } = testClient('https://ads.example.com/api', {
      fetch: async () => {
        clock.time += 10_500;
        const answer = answers.shift();
        if (answer === 'fault') throw new TypeError('fetch failed');
        return answer === 'ok' ? new Response('{"jobs":[]}') : new Response('', { status: 500 });
      },
    });
    await expect(read(client)).resolves.toEqual([]);
    expect(answers).toEqual([]);
  });

  it('is a reset after the request: a read is tried again, a creation is not', async () => {
    const server = await startServer(({ number }) => (number === 2 ? { body: { jobs: [] } } : 'reset'));
    const { client } = testClient(server.url);
    await expect(read(client)).resolves.toEqual([]);
    const error = await failureOf(create(client));
    expect(error).toMatchObject({ code: 'connection_failed', outcome: 'unknown', attempts: 1 });
    expect(server.received).toHaveLength(3);
  });

  it('is a break in the middle of the answer', async () => {
    let requests = 0;
    const url = await listen((request, response) => {
      request.resume();
      requests += 1;
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"jobs":[', () => request.socket.destroy());
    });
    const { client } = testClient(url, { maxRetries: 1 });
    expect(await failureOf(read(client))).toMatchObject({ code: 'connection_failed', attempts: 2 });
    expect(await failureOf(create(client))).toMatchObject({ code: 'connection_failed', outcome: 'unknown' });
    expect(requests).toBe(3);
  });

  it('is a break in the middle of a refusal, whose status is enough', async () => {
    const url = await listen((request, response) => {
      request.resume();
      response.writeHead(403, { 'content-length': '100' });
      response.write('{"errors":[', () => request.socket.destroy());
    });
    const error = await failureOf(create(testClient(url).client));
    expect(error).toMatchObject({ code: 'forbidden', status: 403, outcome: 'not_taken', attempts: 1 });
  });

  it('is a server that does not speak HTTP', async () => {
    const server = createServer((socket) => socket.resume().end('220 mail.example.com\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { client } = testClient(`http://127.0.0.1:${port}`, { maxRetries: 1 });
    const error = await failureOf(create(client));
    await new Promise((resolve) => server.close(resolve));
    expect(error).toMatchObject({ code: 'connection_failed', outcome: 'unknown' });
  });
});

describe('the timeout', () => {
  it('ends a request to a silent server', async () => {
    const server = await startServer(() => 'silence');
    const { client, log } = testClient(server.url, { timeout: 50, maxRetries: 1 });
    const error = await failureOf(read(client));
    expect(error).toMatchObject({ code: 'timeout', attempts: 2, retryable: true, outcome: 'not_taken' });
    expect(error.message).toContain('did not answer within 0.05 seconds');
    expect(await failureOf(create(client))).toMatchObject({
      code: 'timeout',
      attempts: 1,
      outcome: 'unknown',
    });
    expect(log.map((entry) => entry.error)).toEqual(['timeout', 'timeout', 'timeout']);
  });
});

describe('an abort', () => {
  const why = new Error('ctrl-c');

  it('before anything was sent', async () => {
    const server = await startServer(() => ({ body: { jobs: [] } }));
    const { client } = testClient(server.url);
    const error = await failureOf(client.customAudiences.uploadJobs('A1', '1', { signal: AbortSignal.abort(why) }));
    expect(error).toMatchObject({ code: 'aborted', attempts: 0, retryable: false, cause: why });
    expect(error.message).toContain('not sent');
    expect(server.received).toHaveLength(0);
  });

  it('while the request waits for its turn', async () => {
    const controller = new AbortController();
    const limiter = {
      acquire: (signal?: AbortSignal) =>
        new Promise<never>((_, reject) => {
          signal!.addEventListener('abort', () => reject(signal!.reason));
          controller.abort(why);
        }),
    };
    const { client } = testClient('http://127.0.0.1:1', { limiter });
    const error = await failureOf(client.customAudiences.delete('A1', '1', { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', attempts: 0, outcome: 'not_taken', cause: why });
  });

  it('at the moment of its turn, which is released', async () => {
    const controller = new AbortController();
    let given = 0;
    const limiter = {
      acquire: async () => {
        controller.abort(why);
        return () => {
          given += 1;
        };
      },
    };
    const { client } = testClient('http://127.0.0.1:1', { limiter });
    const error = await failureOf(client.customAudiences.delete('A1', '1', { signal: controller.signal }));
    expect([error.code, error.attempts, given]).toEqual(['aborted', 0, 1]);
  });

  it('while it waits for a retry', async () => {
    const controller = new AbortController();
    const server = await startServer(() => ({ status: 500 }));
    const { client } = testClient(server.url, { sleep: async () => controller.abort(why) });
    const error = await failureOf(client.customAudiences.rename('A1', '1', 'N', { signal: controller.signal }));
    // The attempt before may have been accepted.
    expect(error).toMatchObject({ code: 'aborted', attempts: 1, outcome: 'unknown' });
  });

  it('leaves no listener on the signal after the call', async () => {
    const { signal } = new AbortController();
    const server = await startServer(({ number }) => (number < 3 ? { status: 500 } : { body: { jobs: [] } }));
    await testClient(server.url).client.customAudiences.uploadJobs('A1', '1', { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('while LINE processes the request', async () => {
    const controller = new AbortController();
    const server = await startServer(() => {
      controller.abort(why);
      return 'silence';
    });
    const { client, log } = testClient(server.url);
    const error = await failureOf(client.customAudiences.rename('A1', '1', 'N', { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'aborted', attempts: 1, outcome: 'unknown', cause: why });
    expect(log).toMatchObject([{ error: 'aborted' }]);
  });
});

describe('observers', () => {
  it('do not change the result of a request, even if they throw', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const server = await startServer(() => ({ body: audience }));
    const { client } = testClient(server.url, {
      log: () => {
        throw new Error('the log is broken');
      },
    });
    await expect(create(client)).resolves.toMatchObject({ id: audience.id });
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(warnings.map(({ message }) => message)).toContain('the log is broken');
  });
});
