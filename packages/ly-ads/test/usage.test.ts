import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  codeAdvice,
  dateOf,
  type Limiter,
  LyAdsClient,
  type LyAdsClientOptions,
  RequestLimiter,
  type UploadOptions,
} from '../src/index.ts';
import { sharedLimiter, slotsOf } from '../src/limiter.ts';
import { failureOf, fileOf, served, testClient, token, whole } from './helpers.ts';

const usual = { clientId: 'c', token: async () => 't' };

describe('options', () => {
  it.each<[Partial<LyAdsClientOptions>, RegExp]>([
    [{ clientId: '' }, /Expected clientId to be a non-empty string/],
    [{ clientId: ' a' }, /Expected clientId to hold no white space/],
    [{ token: 'hunter2' as never }, /Expected token to be a function/],
    [{ baseAccountId: 'A1' }, /Expected baseAccountId to be the digits of an id, got "A1"/],
    [{ baseAccountId: '9007199254740993' }, /Expected baseAccountId/],
    [{ baseUrl: 'https://u:hunter2@example.com' }, /Expected baseUrl to have no user name/],
    [{ maxRetries: -1 }, /Expected maxRetries/],
    [{ timeout: 0 }, /Expected timeout/],
    [{ headers: { authorization: 'hunter2' } }, /Expected headers to have no authorization/],
    [{ limiter: {} as Limiter }, /Expected limiter\.acquire to be a function/],
    [{ limiter: { acquire: async () => () => {}, pause: 1 as never } }, /Expected limiter\.pause to be a function/],
    [{ userAgent: 'a\nb' }, /Expected userAgent/],
    [{ accessToken: 'hunter2' } as object, /Expected options to be among clientId/],
  ])('%o are refused', (options, message) => {
    const make = () => new LyAdsClient({ ...usual, ...options });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
    if (!('token' in options)) expect(make).not.toThrow(/hunter2/);
  });
});

describe('arguments', () => {
  const { audienceLists, accounts } = new LyAdsClient({
    ...usual,
    baseAccountId: '1',
    limiter: { acquire: () => Promise.reject(new Error('a request was about to be sent')) },
  });
  const upload = (changed: object) =>
    audienceLists.uploadUserList('1', '2', { uploadType: 'IDFA', file: fileOf('x'), ...changed } as UploadOptions);

  it.each<[string, () => unknown, RegExp]>([
    ['an account that is no number', () => audienceLists.page('A1'), /Expected accountId to be the digits/],
    ['an id beyond 2^53', () => audienceLists.remove('1', '9007199254740992'), /Expected audienceListId/],
    ['no ids', () => audienceLists.page('1', { audienceListIds: [] }), /the number of audienceListIds/],
    ['a long page', () => audienceLists.page('1', { numberResults: 1_001 }), /Expected numberResults/],
    [
      'a long name',
      () => audienceLists.add('1', { audienceListName: 'あ'.repeat(129), dataDuration: 1 }),
      /at most 128/,
    ],
    ['a blank name', () => audienceLists.set('1', { audienceListId: '2', audienceListName: ' ' }), /audienceListName/],
    ['no days', () => audienceLists.add('1', { audienceListName: 'N' } as never), /Expected dataDuration/],
    ['too many days', () => audienceLists.add('1', { audienceListName: 'N', dataDuration: 181 }), /from 1 to 180/],
    ['an unknown type', () => upload({ uploadType: 'EMAIL' }), /one of MAIL_ADDRESS_AND_PHONE_NUMBER, IDFA, AAID/],
    [
      'a file that is too large',
      () => upload({ file: { ...fileOf('x'), bytes: 1_073_741_825 } }),
      /Expected file\.bytes/,
    ],
    ['a nameless file', () => upload({ file: { ...fileOf('x'), name: '' } }), /Expected file\.name/],
    ['too many jobs', () => audienceLists.uploadJobs('1', '2', { numberResults: 101 }), /from 1 to 100/],
    ['a misspelt option', () => accounts.page({ pages: 1 } as object), /got "pages"/],
  ])('%s is a TypeError, at once', (_, call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });
});

describe('the limiter', () => {
  it('gives background requests one place of five, uploads three, and usual requests all', () => {
    expect((['usual', 'upload', 'background'] as const).map((lane) => slotsOf(lane, 5))).toEqual([
      [0, 5],
      [1, 4],
      [0, 1],
    ]);
    expect((['upload', 'background'] as const).map((lane) => slotsOf(lane, 1))).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('is one for all clients of an application', () => {
    expect(sharedLimiter('a')).toBe(sharedLimiter('a'));
    expect(sharedLimiter('a')).not.toBe(sharedLimiter('b'));
  });

  it('lets nobody go while it pauses', async () => {
    let time = 0;
    const limiter = new RequestLimiter({
      now: () => time,
      sleep: async (ms) => {
        time += ms;
      },
    });
    limiter.pause(30_000);
    limiter.pause(10);
    (await limiter.acquire())();
    expect(time).toBe(30_000);
  });
});

it('reads LY’s dates as those of Japan', () => {
  expect(dateOf('20260701090000')).toBe(Date.UTC(2026, 6, 1));
  expect(dateOf('20260101000000')).toBe(Date.UTC(2025, 11, 31, 15));
  for (const wrong of [null, undefined, '', '2026-07-01', '20261301000000', '20260230000000', '20260701246000']) {
    expect(dateOf(wrong)).toBeUndefined();
  }
});

it('says of every code what to do', () => {
  for (const advice of Object.values(codeAdvice)) expect(advice).toMatch(/^[A-Z].*\.$/);
});

it('shows no secret in a client, an error or a log entry', async () => {
  const { client, log } = await served(() => whole(401, '0111'), { headers: { 'x-key': 'gateway-secret' } });
  const refused = await failureOf(client.audienceLists.add('1002', { audienceListName: 'My Name', dataDuration: 1 }));
  const broken = await failureOf(testClient('http://127.0.0.1:1').client.baseAccounts.page({ accountName: 'My Name' }));
  const deep = { depth: 12, showHidden: true };
  const shown = [client, refused, broken, log].flatMap((value) => [inspect(value, deep), JSON.stringify(value)]);
  for (const secret of [token, 'gateway-secret', 'My Name', 'an-invented-client-id']) {
    expect(shown.join('\n')).not.toContain(secret);
  }
  for (const { endpoint } of log) expect(endpoint).not.toContain('?');
});
