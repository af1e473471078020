import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  type Fetch,
  type Limiter,
  LineAdsClient,
  type LineAdsClientOptions,
  type UploadOptions,
} from '../src/index.ts';
import { failureOf, startServer, testClient } from './helpers.ts';

const keys = { accessKey: 'LINEADSAMPLE', secretKey: 'LINEADSECRETKEYSAMPLE' };

describe('options', () => {
  it.each<[Partial<LineAdsClientOptions>, RegExp]>([
    [{ accessKey: '' }, /Expected accessKey to be a non-empty string, got ""/],
    [{ secretKey: undefined as unknown as string }, /Expected secretKey .* got undefined/],
    [{ secretKey: ' KEY\n' }, /Expected secretKey to hold no white space\.$/],
    [{ baseUrl: 'ads.line.me' }, /Expected baseUrl .* got "ads\.line\.me"/],
    [{ baseUrl: 'ftp://ads.line.me' }, /Expected baseUrl/],
    [{ baseUrl: 'https://u:hunter2@ads.line.me' }, /Expected baseUrl to have no user name, password/],
    [{ baseUrl: 'https://ads.line.me/api?x=1' }, /Expected baseUrl to have no/],
    [{ baseUrl: 'https://ads.line.me/api#x' }, /Expected baseUrl to have no/],
    [{ maxRetries: -1 }, /Expected maxRetries .* got -1/],
    [{ timeout: Number.POSITIVE_INFINITY }, /Expected timeout .* got Infinity/],
    [{ timeout: '5' as unknown as number }, /Expected timeout .* got "5"/],
    [{ uploadTimeout: 2 ** 31 }, /Expected uploadTimeout .* got 2147483648/],
    [{ userAgent: 'my-app/1.0\r\nX: y' }, /Expected userAgent to be like "my-app\/1\.2\.3"/],
    [{ headers: { 'x y': 'hunter2' } }, /Expected headers to have names and values that HTTP allows\.$/],
    [{ headers: { Authorization: 'Bearer hunter2' } }, /Expected headers to have no authorization/],
    [{ fetch: 'fetch' as unknown as Fetch }, /Expected fetch to be a function, got "fetch"/],
    [{ limiter: {} as Limiter }, /Expected limiter\.acquire to be a function, got undefined/],
    [{ timeoutMs: 5 } as object, /Expected options to be among accessKey, .*, got "timeoutMs"/],
  ])('%o are refused', (options, message) => {
    const make = () => new LineAdsClient({ ...keys, ...options });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
    expect(make).not.toThrow(/hunter2/);
  });

  it('may have a base URL with a slash at its end', async () => {
    const server = await startServer(() => ({ body: { jobs: [] } }));
    await testClient(`${server.url}/`).client.customAudiences.uploadJobs('A1', '1');
    expect(server.received[0]!.url).toBe('/api/v3/adaccounts/A1/custom-audiences/1/upload-job');
  });
});

describe('arguments', () => {
  const { customAudiences, adAccounts, linkRequests } = new LineAdsClient({
    ...keys,
    baseUrl: 'http://127.0.0.1:1',
    limiter: { acquire: () => Promise.reject(new Error('a request was about to be sent')) },
  });
  const upload = (changed: Record<string, unknown>) =>
    customAudiences.upload('A1', {
      id: '1',
      action: 'ADD',
      idType: 'IFA',
      file: { path: '/x', name: 'x.txt' },
      ...changed,
    } as UploadOptions);
  const long = '😀'.repeat(121);

  it.each<[string, () => unknown, RegExp]>([
    ['an empty ad account id', () => customAudiences.uploadJobs('', '1'), /Expected adAccountId .* got ""/],
    ['an id that leaves the path', () => customAudiences.uploadJobs('..', '1'), /Expected adAccountId .* got "\.\."/],
    ['half a character', () => customAudiences.uploadJobs('\ud800', '1'), /Expected adAccountId/],
    ['an id that is a number', () => customAudiences.delete('A1', [1 as unknown as string]), /got 1 \(number\)/],
    ['no ids', () => customAudiences.delete('A1', []), /Expected ids to hold at least one id/],
    ['two ids in one', () => customAudiences.delete('A1', '1,2'), /Expected ids to be single ids, got "1,2"/],
    ['an empty list page', () => customAudiences.list('A1', { size: 0 }), /Expected size .* got 0/],
    ['half a page', () => customAudiences.page('A1', { page: 1.5 }), /Expected page .* got 1\.5/],
    ['a long name', () => customAudiences.rename('A1', '1', long), /at most 120 characters, got 121/],
    ['a blank name', () => customAudiences.rename('A1', '1', '  '), /Expected name .* got " {2}"/],
    ['id and name', () => upload({ name: 'N' }), /either id.* got both/],
    ['neither id nor name', () => upload({ id: undefined }), /either id.* got neither/],
    ['a long new name', () => upload({ id: undefined, name: long }), /at most 120 characters, got 121/],
    ['an unknown action', () => upload({ action: 'REMOVE' }), /one of ADD, REPLACE, got "REMOVE"/],
    ['an unknown type', () => upload({ idType: 'EMAIL' }), /Expected idType .* got "EMAIL"/],
    ['no file', () => upload({ file: undefined }), /Expected file\.path .* got undefined/],
    [
      'bytes without a length',
      () => upload({ file: { name: 'x.txt', bytes: Number.NaN, read: async function* () {} } }),
      /Expected file\.bytes/,
    ],
    ['a nameless file', () => upload({ file: { path: '/x', name: '' } }), /Expected file\.name/],
    [
      'a rate out of range',
      () => customAudiences.createLookalike('A1', { name: 'L', sourceAudienceId: '1', rate: 0.16 }),
      /Expected rate to be a number from 0 to 0\.15, got 0\.16/,
    ],
    [
      'no audience to compare',
      () => customAudiences.overlap('A1', { baseId: '1', comparedIds: [] }),
      /1 to 4 ids, got 0/,
    ],
    [
      'too many audiences to compare',
      () => customAudiences.overlap('A1', { baseId: '1', comparedIds: ['2', '3', '4', '5', '6'] }),
      /1 to 4 ids, got 5/,
    ],
    ['an empty group', () => adAccounts.list(''), /Expected groupId/],
    ['half a link request', () => linkRequests.cancel('G1', 1.5), /Expected linkRequestId .* got 1\.5/],
    ['no account to link', () => linkRequests.create('G1', ''), /Expected targetAdaccountId/],
    [
      'a column that cannot be sorted',
      () => customAudiences.list('A1', { sortKey: 'size' as 'id' }),
      /one of id, name, .*, got "size"/,
    ],
    [
      'an onProgress that is not a function',
      () => upload({ onProgress: true }),
      /onProgress to be a function, got true \(boolean\)/,
    ],
    ['a time in the past', () => customAudiences.rename('A1', '1', 'N', { timeout: -1 }), /Expected timeout .* got -1/],
    ['half a retry', () => adAccounts.list('G1', { maxRetries: 0.5 }), /Expected maxRetries .* got 0\.5/],
    [
      'no signal',
      () => linkRequests.list('G1', { signal: new AbortController() as unknown as AbortSignal }),
      /Expected signal to be an AbortSignal, got an object/,
    ],
    [
      'a header of the client',
      () => customAudiences.delete('A1', '1', { headers: { 'User-Agent': 'x' } }),
      /Expected headers to have no user-agent/,
    ],
    [
      'a header over two lines',
      () => customAudiences.mayUpload('A1', { headers: [['x-trace', 'a\nb']] }),
      /Expected headers to have names and values that HTTP allows/,
    ],
    [
      'a misspelt option',
      () => customAudiences.uploadJobs('A1', '1', { retries: 2 } as object),
      /Expected options to be among .*background, got "retries"/,
    ],
    [
      'a text in place of options',
      () => customAudiences.mayUpload('A1', 'soon' as unknown as object),
      /Expected options to be an object, got "soon"/,
    ],
  ])('%s is a TypeError, at once', (_, call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });

  it('may have a name of 120 characters, counted as people count', async () => {
    const server = await startServer(() => ({ body: { id: '1' } }));
    const name = '😀'.repeat(120);
    await testClient(server.url).client.customAudiences.rename('A1', '1', name);
    expect(JSON.parse(server.received[0]!.body.toString())).toEqual({ name });
  });
});

describe('secrets', () => {
  it('are in no client, error or log entry', async () => {
    const server = await startServer(() => ({ status: 401, body: 'member@example.com' }));
    const { client, log } = testClient(server.url);
    const refused = await failureOf(client.customAudiences.rename('A1', '1', 'My Name'));
    const broken = await failureOf(testClient('http://127.0.0.1:1').client.customAudiences.rename('A1', '1', 'N'));
    const deep = { depth: 12, showHidden: true };
    const shown = [client, refused, broken, log].flatMap((value) => [inspect(value, deep), JSON.stringify(value)]);
    const token = server.received[0]!.headers.authorization!.slice('Bearer '.length);
    for (const secret of ['LINEADSECRETKEYSAMPLE', 'LINEADSAMPLE', token, 'member@', 'My Name']) {
      expect(shown.join('\n')).not.toContain(secret);
    }
  });
});
