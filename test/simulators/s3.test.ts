/** The S3 simulator, by the words of an independent client. */
import { readFileSync } from 'node:fs';
import { AwsClient } from 'aws4fetch';
import { expect, onTestFinished, test } from 'vitest';
import { endpointNames, faultKinds, parseFault, readFault } from '../../simulators/s3/faults.ts';
import { type S3Simulator, type S3SimulatorOptions, startS3Simulator } from '../../simulators/s3/index.ts';
import { s3SimulatorOptions } from '../../simulators/s3/options.ts';
import { readSettings, settings } from '../../simulators/s3/settings.ts';

async function startSim(options: S3SimulatorOptions = {}) {
  const sim = await startS3Simulator({ members: 0, ...options });
  onTestFinished(() => sim.close());
  const client = (change: { secretAccessKey?: string; accessKeyId?: string; region?: string } = {}) => {
    const { sessionToken, ...keys } = sim.keys;
    return new AwsClient({
      ...keys,
      ...(sessionToken !== undefined && { sessionToken }),
      service: 's3',
      region: sim.region,
      retries: 0,
      ...change,
    });
  };
  const get = async (path: string, headers: Record<string, string> = {}, by = client()) => {
    const answer = await by.fetch(`${sim.endpoint}${path}`, { headers });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  return { sim, client, get };
}

const keysIn = (xml: string): string[] => [...xml.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key!);

test('objects are given whole and in parts, of one version', async () => {
  const { sim, get } = await startSim();
  sim.put('exports', 'daily/メンバー 1.csv', 'email\na@example.com\n');
  const path = `/exports/daily/${encodeURIComponent('メンバー 1.csv')}`;
  const whole = await get(path);
  expect([whole.status, whole.text]).toEqual([200, 'email\na@example.com\n']);
  const etag = whole.headers.get('etag') ?? '';
  const part = await get(path, { range: 'bytes=6-8', 'if-match': etag });
  expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, 'a@e', 'bytes 6-8/20']);
  sim.addFault({ kind: 'changed' });
  const late = await get(path, { range: 'bytes=6-8', 'if-match': etag });
  expect([late.status, late.text]).toEqual([412, expect.stringContaining('PreconditionFailed')]);
  expect((await get('/exports/none')).text).toContain('<Code>NoSuchKey</Code>');
  expect((await get('/none/none')).text).toContain('<Code>NoSuchBucket</Code>');
});

test('a list has pages, a prefix, and keys in the order of their bytes', async () => {
  const { sim, get } = await startSim({ pageSize: 2 });
  for (const key of ['b/2', 'a', 'b/10', 'b/1', 'b&', 'c']) sim.put('exports', key, key);
  const first = await get('/exports?list-type=2&prefix=b');
  expect(keysIn(first.text)).toEqual(['b&#38;', 'b/1']);
  const token = /<NextContinuationToken>(.*?)</.exec(first.text)?.[1] ?? '';
  const second = await get(`/exports?list-type=2&prefix=b&continuation-token=${token}`);
  expect(keysIn(second.text)).toEqual(['b/10', 'b/2']);
  expect(second.text).toContain('<IsTruncated>false</IsTruncated>');
  expect((await get('/')).text).toContain('<Name>exports</Name>');
});

test('a wrong key, secret, region, clock or session is refused as S3 does', async () => {
  const codeOf = async (sim: S3Simulator, by: AwsClient) =>
    /<Code>(\w+)</.exec(await (await by.fetch(`${sim.endpoint}/`)).text())?.[1];
  const { sim, client } = await startSim();
  expect(await codeOf(sim, client({ secretAccessKey: 'wrong' }))).toBe('SignatureDoesNotMatch');
  expect(await codeOf(sim, client({ accessKeyId: 'wrong' }))).toBe('InvalidAccessKeyId');
  expect(await codeOf(sim, client({ region: 'us-east-1' }))).toBe('AuthorizationHeaderMalformed');
  expect((await fetch(sim.endpoint)).status).toBe(403);
  const slow = await startSim({ now: () => Date.now() - 3_600_000 });
  expect(await codeOf(slow.sim, slow.client())).toBe('RequestTimeTooSkewed');
  const temporary = await startSim({ sessionToken: 'temporary' });
  expect(await codeOf(temporary.sim, temporary.client())).toBeUndefined();
  expect(await codeOf(temporary.sim, client())).toBe('InvalidToken');
});

test('a header that is not as S3 wants it is malformed', async () => {
  const { sim, client } = await startSim();
  const { headers } = await client().sign(`${sim.endpoint}/`);
  const right = headers.get('authorization') ?? '';
  const [credential = '', names = '', signature = ''] = right.split(/, ?/);
  const codeOf = async (authorization: string) => {
    const answer = await fetch(`${sim.endpoint}/`, {
      headers: { ...Object.fromEntries(headers), authorization },
    });
    return /<Code>(\w+)</.exec(await answer.text())?.[1];
  };
  expect(await codeOf(right)).toBeUndefined();
  for (const wrong of [
    [credential, names],
    [credential, signature, names],
    [credential, names, signature, signature],
    [credential, names, signature.slice(0, -1)],
    [credential.replace('/s3/', '/ec2/'), names, signature],
    [credential.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'), names, signature],
  ]) {
    expect(await codeOf(wrong.join(', ')), wrong.join(', ')).toBe('AuthorizationHeaderMalformed');
  }
});

test('faults are met once, and the log tells of them', async () => {
  const { sim, get } = await startSim();
  sim.put('exports', 'a', 'text');
  sim.addFault({ kind: 'status', status: 301, code: 'PermanentRedirect', region: 'us-east-1' });
  sim.addFault({ kind: 'cut', nth: 2 });
  expect((await get('/exports/a')).text).toContain('<Region>us-east-1</Region>');
  await expect(get('/exports/a')).rejects.toThrow();
  expect((await get('/exports/a')).text).toBe('text');
  expect(sim.inspect().requests.map(({ status, faults }) => [status, faults])).toEqual([
    [301, ['status']],
    [200, ['cut']],
    [200, []],
  ]);
});

test('the sample has a file of each day, and the newest is the largest', async () => {
  const { sim } = await startSim({ members: 100 });
  const daily = sim.inspect().objects.filter(({ key }) => key.startsWith('daily/'));
  expect(daily).toHaveLength(3);
  const newest = daily.toSorted((a, b) => a.modified.localeCompare(b.modified)).at(-1);
  expect(newest?.bytes).toBe(Math.max(...daily.map(({ bytes }) => bytes)));
});

test('every example of its page is valid, and every fault, setting, flag and endpoint is there', () => {
  const page = readFileSync('docs/simulator-s3.md', 'utf8');
  const faults = [...page.matchAll(/ADMIN\/faults -d '(.+)'/g)].map(([, json = '']) => readFault(JSON.parse(json)));
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
  expect([...page.matchAll(/--fault (\w+,\S+)/g)].map(([, flag = '']) => parseFault(flag))).toHaveLength(1);
  const changes = [...page.matchAll(/ADMIN\/settings -d '(.+)'/g)].map(([, json = '']) =>
    readSettings(JSON.parse(json)),
  );
  expect(changes.flatMap(Object.keys)).toEqual(Object.keys(settings));
  const flags = s3SimulatorOptions.filter(({ key }) => !(key in settings)).map(({ name }) => name);
  for (const name of [...flags, ...endpointNames]) expect(page).toContain(`\`${name}\``);
});
