/** What goes wrong with a storage: one clear sentence for each, and never a credential or a text of the server. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Interception } from '../../simulators/s3/index.ts';
import { networkGuard } from '../../src/network/guard.ts';
import { key, s3At, startStorage } from './support/object-storage.ts';
import { swiftClock } from './support/swift-clock.ts';
import { readValues, scanFailure } from './support/values.ts';

const denied = { status: 403, code: 'AccessDenied', details: { Message: 'member@example.com may not' } };

describe('a refusal', () => {
  it.each<[string, Interception, string, RegExp]>([
    ['denied', denied, 'source_unauthorized', /denies access, or the object does not exist.*s3:GetObject/],
    ['expired', { status: 400, code: 'ExpiredToken' }, 'source_unauthorized', /session token has expired/],
    ['an unknown key', { status: 403, code: 'InvalidAccessKeyId' }, 'source_unauthorized', /does not know/],
    ['a wrong secret', { status: 403, code: 'SignatureDoesNotMatch' }, 'source_unauthorized', /secret access key/],
    ['a wrong token', { status: 400, code: 'InvalidToken' }, 'source_unauthorized', /Copy the three values/],
    ['a wrong clock', { status: 403, code: 'RequestTimeTooSkewed' }, 'source_unauthorized', /Set the clock/],
    ['no bucket', { status: 404, code: 'NoSuchBucket' }, 'source_not_found', /There is no bucket members at 127/],
    ['no object', { status: 404, code: 'NoSuchKey' }, 'source_not_found', /m\.csv does not exist/],
    ['an archive', { status: 403, code: 'InvalidObjectState' }, 'source_unreadable', /is archived/],
    [
      'a key of the customer',
      {
        status: 400,
        code: 'InvalidRequest',
        details: { Message: 'stored using a form of Server Side Encryption' },
      },
      'source_unsupported',
      /SSE-C/,
    ],
    [
      'another region in the error',
      { status: 400, code: 'AuthorizationHeaderMalformed', details: { Region: 'eu-west-1' } },
      'source_unreadable',
      /bucket members is in the region eu-west-1, not in us-east-1/,
    ],
    [
      'another region in a header',
      { status: 301, headers: { 'x-amz-bucket-region': 'ap-northeast-1', location: 'http://127.0.0.1:1/' } },
      'source_unreadable',
      /is in the region ap-northeast-1/,
    ],
    [
      'another region, unknown',
      { status: 301, code: 'PermanentRedirect' },
      'source_unreadable',
      /is not in the region us-east-1/,
    ],
    ['bearer refused', { status: 401 }, 'source_unauthorized', /does not accept the credentials/],
    ['a code of an object', { status: 400, code: 'constructor' }, 'source_unreadable', /HTTP 400/],
    ['anything else', { status: 400, code: 'InvalidArgument' }, 'source_unreadable', /HTTP 400/],
  ])('because of %s is one sentence', async (_, fault, code, message) => {
    const sim = await startStorage({ fault: () => fault });
    const failure = await s3At(sim)
      .open('s3://members/m.csv')
      .catch((error) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message), retryable: false });
    expect(JSON.stringify([failure, String(failure)])).not.toMatch(/secret\+|AKIDEX|member@/);
    expect(sim.requests).toHaveLength(1);
  });

  it('to list says which right is missing', async () => {
    const sim = await startStorage({ fault: () => denied });
    const asks = [() => s3At(sim).open('s3://members/*.csv'), () => s3At(sim, { bucket: 'members' }).verify()];
    for (const ask of asks) {
      await expect(ask()).rejects.toMatchObject({
        code: 'source_unauthorized',
        message: expect.stringMatching(/bucket members cannot be listed.*s3:ListBucket/),
      });
    }
    await expect(s3At(sim).audiences({ limit: 10 })).rejects.toMatchObject({
      message: expect.stringContaining('may not list the buckets. Enter a bucket'),
    });
  });

  it('of one object of many names it', async () => {
    const sim = await startStorage({ fault: ({ key }) => (key === 'b.csv' ? denied : undefined) });
    for (const name of ['a.csv', 'b.csv', 'c.csv']) sim.put('members', name, 'email\na@example.com\n');
    await expect(s3At(sim).open('s3://members/*.csv')).rejects.toMatchObject({
      message: expect.stringContaining('s3://members/b.csv cannot be read'),
    });
  });

  it.each([
    ['SlowDown', 503],
    ['InternalError', 500],
    ['RequestTimeout', 400],
    [undefined, 429],
  ])('with %s is tried again', async (code, status) => {
    let left = 2;
    const sim = await startStorage({
      fault: ({ key }) => (key === 'm.csv' && left-- > 0 ? { status, ...(code && { code }) } : undefined),
    });
    sim.put('members', 'm.csv', 'email\na@example.com\n');
    const clock = swiftClock();
    expect(await readValues(await s3At(sim, {}, { clock }).open('s3://members/*.csv'), 'email')).toEqual([
      'a@example.com',
    ]);
    expect(clock.waits).toHaveLength(2);
  });

  it('of the first request for an object is tried again, but not forever', async () => {
    let left = 2;
    const sim = await startStorage({
      fault: ({ incoming }) => (!incoming.headers.range && left-- > 0 ? { status: 503, code: 'SlowDown' } : undefined),
    });
    sim.put('members', 'm.csv', 'email\na@example.com\n');
    const open = () => s3At(sim).open('s3://members/m.csv');
    expect(await readValues(await open(), 'email')).toEqual(['a@example.com']);
    left = 3;
    await expect(open()).rejects.toMatchObject({ code: 'source_failed', reason: 'SlowDown' });
  });

  it('in the middle of a scan is tried again for half a minute', async () => {
    let left = 6;
    const sim = await startStorage({
      fault: ({ incoming }) =>
        incoming.headers.range?.startsWith('bytes=65536-') && left-- > 0
          ? { status: 503, code: 'SlowDown' }
          : undefined,
    });
    const emails = Array.from({ length: 10_000 }, (_, index) => `member${index}@example.com`);
    sim.put('members', 'm.csv', `email\n${emails.join('\n')}\n`);
    const clock = swiftClock();
    const source = await s3At(sim, {}, { clock }).open('s3://members/m.csv');
    expect(await readValues(source, 'email')).toEqual(emails);
    expect(clock.waits).toHaveLength(6);
    expect(clock.waits.reduce((sum, ms) => sum + ms)).toBeGreaterThan(12_000);
  });

  it('of a list is tried again, but not forever', async () => {
    const sim = await startStorage({ fault: () => ({ status: 503, code: 'SlowDown' }) });
    await expect(s3At(sim).open('s3://members/*.csv')).rejects.toMatchObject({
      code: 'source_failed',
      retryable: true,
    });
    expect(sim.requests).toHaveLength(3);
  });
});

describe('the signature', () => {
  it('is valid for this key only', async () => {
    const sim = await startStorage();
    const wrong = s3At(sim, { secret_access_key: 'another' });
    await expect(wrong.verify()).rejects.toMatchObject({
      message: expect.stringContaining('secret access key'),
    });
    const unknown = s3At(sim, { access_key_id: 'AKIDOTHER' });
    await expect(unknown.verify()).rejects.toMatchObject({
      message: expect.stringContaining('does not know'),
    });
  });

  it('has the session token and the region', async () => {
    const session = { sessionToken: 'token/+=' };
    const sim = await startStorage({ ...session, region: 'ap-northeast-1' });
    sim.put('members', 'm.csv', '');
    const given = { session_token: session.sessionToken, region: 'ap-northeast-1', bucket: 'members' };
    expect(await s3At(sim, given).verify()).toMatchObject({
      works: expect.objectContaining({ values: ['S3', 'members'] }),
    });
    await expect(s3At(sim, { ...given, session_token: '' }).verify()).rejects.toMatchObject({
      code: 'source_unauthorized',
    });
    await expect(s3At(sim, { ...given, region: 'eu-west-1' }).verify()).rejects.toMatchObject({
      message: expect.stringContaining('is in the region ap-northeast-1, not in eu-west-1'),
    });
  });

  it('has the time of now', async () => {
    const sim = await startStorage({ now: () => Date.now() + 3_600_000 });
    await expect(s3At(sim).verify()).rejects.toMatchObject({
      message: expect.stringContaining('Set the clock'),
    });
  });

  it('is sent to no other server', async () => {
    const other = await startStorage();
    const sim = await startStorage({ fault: () => ({ status: 307, headers: { location: other.origin } }) });
    await expect(s3At(sim).open('s3://members/m.csv')).rejects.toMatchObject({ code: 'source_unreadable' });
    expect(other.requests).toEqual([]);
  });
});

describe('credentials that work', () => {
  it('may list buckets or not', async () => {
    const sim = await startStorage();
    sim.put('members', 'm.csv', '');
    expect(await s3At(sim).verify()).toMatchObject({
      works: expect.objectContaining({ template: expect.stringContaining('shows one bucket') }),
    });
    const closed = await startStorage({ fault: () => denied });
    expect(await s3At(closed).verify()).toMatchObject({
      works: expect.objectContaining({ template: expect.stringContaining('may not list the buckets') }),
    });
  });

  it('of the machine must be allowed by the operator', async () => {
    const sim = await startStorage();
    await expect(s3At(sim, { access_key_id: '', secret_access_key: '' }).verify()).rejects.toMatchObject({
      code: 'invalid_configuration',
      message: expect.stringContaining('LINEUP_MACHINE_CREDENTIALS=true'),
    });
  });
});

describe('credentials of the machine in the service', () => {
  const ofMachine = (origin: string, allowed: string[]) =>
    s3At(
      { origin },
      { access_key_id: '', secret_access_key: '' },
      {
        machineCredentials: true,
        networkAt: (port) => networkGuard({ allowed, port, purpose: 'source' }),
      },
    );

  it('go only to Amazon, and to hosts that the administrator lists', async () => {
    for (const endpoint of ['https://collector.example', 'https://8.8.8.8:9000']) {
      const storage = ofMachine(endpoint, []);
      for (const ask of [() => storage.verify(), () => storage.open('s3://members/m.csv')]) {
        await expect(ask()).rejects.toMatchObject({
          code: 'source_unreadable',
          message: expect.stringContaining('may go only to Amazon S3'),
        });
      }
    }
    const sim = await startStorage();
    vi.stubEnv('AWS_ACCESS_KEY_ID', key.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', key.secretAccessKey);
    onTestFinished(() => void vi.unstubAllEnvs());
    await ofMachine(sim.origin, [`127.0.0.1:${sim.port}`]).verify();
    expect(sim.requests).toHaveLength(1);
  });
});

describe('a hostile server', () => {
  it.each([
    ['a page', '<html>Sign in</html>'],
    ['nothing', ''],
    ['a list without an end', `<ListBucketResult>${'<Contents><Key>x</Key>'.repeat(1_000)}`],
    ['too much', 'x'.repeat(9_000_000)],
  ])('sends %s instead of a list', async (_, body) => {
    const sim = await startStorage({ fault: () => ({ body }) });
    await expect(s3At(sim).open('s3://members/*.csv')).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('not with a list'),
    });
  });

  it.each([
    ['the same page', 2, ['a.csv'], () => ''],
    ['the same page with other tokens', 2, ['a.csv'], (page: number) => `token-${page}`],
    ['a token', 2, [], () => 'token'],
    ['nothing, and no token', 1, [], () => ''],
  ] as const)('says that more objects follow, but sends %s', async (_, requests, keys, tokenOf) => {
    const entries = keys.map(
      (key) => `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`,
    );
    const bodyOf = (page: number) =>
      `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${tokenOf(page)}</NextContinuationToken>${entries.join('')}</ListBucketResult>`;
    const sim = await startStorage({ fault: () => ({ body: bodyOf(sim.requests.length) }) });
    for (const ask of [
      () => s3At(sim).open('s3://members/*.csv'),
      () => s3At(sim, { bucket: 'members' }).audiences({ limit: 10 }),
    ]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'source_failed',
        message: expect.stringContaining('says that more objects follow, but does not send them'),
        retryable: false,
      });
      expect(sim.requests.splice(0)).toHaveLength(requests);
    }
  });

  it('never answers', async () => {
    const sim = await startStorage({ fault: () => 'silence' });
    const storage = s3At(sim, {}, { silenceMs: 50 });
    for (const failure of [
      await storage.open('s3://members/m.csv').catch((error) => error),
      await storage.verify().catch((error) => error),
      await scanFailure(storage.open('s3://members/*.csv'), 'email'),
    ]) {
      expect(failure).toMatchObject({ code: 'source_failed', retryable: true });
    }
  });

  it('is not there', async () => {
    const sim = await startStorage();
    const { origin } = sim;
    await sim.close();
    const failure = await s3At({ origin })
      .verify()
      .catch((error) => error);
    expect(failure).toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('nothing answers'),
    });
  });
});
