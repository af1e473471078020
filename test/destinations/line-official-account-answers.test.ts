/** Answers of LINE, and of what stands before it, that its documentation leaves open. */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { headersOf } from '../../packages/client-core/src/call.ts';
import type { JsonObject } from '../../packages/client-core/src/validation.ts';
import { all } from '../../src/destinations/audience.ts';
import { audienceOf, audiencesByName, groupOf } from '../../src/destinations/line-official-account/audiences.ts';
import type { Send } from '../../src/destinations/line-official-account/client.ts';
import { tokens } from '../../src/destinations/line-official-account/connect.ts';
import { failureOfAnswer } from '../../src/destinations/line-official-account/error.ts';
import { jobOf, jobsOf } from '../../src/destinations/line-official-account/jobs.ts';
import { noSignal } from './contract/given.ts';
import { answering } from './contract/requests.ts';
import { KitClock } from './kit-clock.ts';
import { lineOfficialAccountKit } from './line-official-account-kit.ts';

const html = '<html>Maintenance</html>';
const json = (message: string) => JSON.stringify({ message });

test.each([
  [403, html, 'invalid_response'],
  [404, html, 'invalid_response'],
  [408, html, 'server_error'],
  [425, '', 'server_error'],
  [429, html, 'rate_limited'],
  [401, html, 'unauthorized'],
  [403, json('Not allowed'), 'forbidden'],
  [403, '', 'forbidden'],
  [404, json('Not found'), 'bad_request'],
  [400, html, 'bad_request'],
  [413, html, 'bad_request'],
])('a refusal with %i %s is %s', (status, text, code) => {
  expect(failureOfAnswer(status, new Headers(), text, 0)).toMatchObject({ code, reasons: [] });
});

test('a code is read from the message, too, and nothing that may be a value', () => {
  const reasonsIn = (answer: unknown) => failureOfAnswer(400, new Headers(), JSON.stringify(answer), 0).reasons;
  expect(reasonsIn({ message: 'AUDIENCE_GROUP_NOT_FOUND' })).toEqual([{ code: 'AUDIENCE_GROUP_NOT_FOUND' }]);
  expect(reasonsIn({ message: 'x', details: null })).toEqual([]);
  const value = `U${'f'.repeat(32)}`;
  const quoting = { message: `${value} is wrong`, details: [{ message: value, property: value }, null] };
  expect(reasonsIn(quoting)).toEqual([]);
  const named = { details: [{ message: 'AUDIENCE_GROUP_NAME_WRONG', property: value }] };
  expect(reasonsIn(named)).toEqual([{ code: 'AUDIENCE_GROUP_NAME_WRONG' }]);
});

/** What becomes of answers to the request for a token. The last one comes again. */
async function minting(...answers: readonly (readonly [status: number, text: string] | 'broken')[]) {
  let asked = 0;
  const fetch = async () => {
    const answer = answers[Math.min(asked, answers.length - 1)]!;
    asked += 1;
    if (answer === 'broken') throw new TypeError('fetch failed');
    return new Response(answer[1], { status: answer[0] });
  };
  const clock = new KitClock();
  const call = { clock, signal: noSignal(), fetch };
  const credentials = { channel_id: '1657000001', channel_secret: 'a-secret' };
  const minted = await tokens.mint(credentials, null, call).catch((error: unknown) => error);
  return { minted, asked, clock };
}

test.each([
  [{ access_token: 'a', expires_in: 899 }, 899],
  [{ access_token: 'a', expires_in: '899' }, 899],
  [{ access_token: 'a', token_type: 'bearer' }, 899],
  [{ access_token: 'a', expires_in: 1 }, 1],
])('the token of %j lives %i seconds', async (answer, seconds) => {
  const { minted, clock } = await minting([200, JSON.stringify(answer)]);
  const { expiresAt } = minted as { expiresAt: Date };
  expect(Math.round((expiresAt.getTime() - clock.now().getTime()) / 1_000)).toBe(seconds);
});

test('one failure of a request for a token does not end a run', async () => {
  const works = [200, '{"access_token":"a","expires_in":899}'] as const;
  for (const first of [[503, html], [200, html], [429, ''], 'broken'] as const) {
    expect(await minting(first, works)).toMatchObject({ asked: 2, minted: { expiresAt: expect.any(Date) } });
  }
});

test.each([
  [200, html],
  [200, '{}'],
  [302, html],
  [403, html],
  [404, html],
  [408, json('slow')],
  [503, html],
] as const)('no token with %i %s passes by itself', async (status, text) => {
  const { minted, asked } = await minting([status, text]);
  expect(minted).toMatchObject({ code: 'line_unavailable', retryable: true });
  expect(asked).toBe(3);
});

test.each([
  [400, '{"error":"invalid_client"}'],
  [400, ''],
  [401, html],
  [404, json('no key')],
] as const)('no token with %i %s needs a person', async (status, text) => {
  expect(await minting([status, text])).toMatchObject({ asked: 1, minted: { code: 'line_unauthorized' } });
});

test('a token that no header can hold is in no error', async () => {
  const { minted } = await minting([200, JSON.stringify({ access_token: 'not-to-be-seen\nあ', expires_in: 899 })]);
  expect(minted).toMatchObject({ code: 'line_unavailable' });
  expect(inspect(minted)).not.toContain('not-to-be-seen');
  const headers = () =>
    headersOf({ headers: undefined, userAgent: 'x' }, {}, { authorization: 'Bearer not-to-be-seen\nあ' });
  expect(headers).toThrow('The header authorization');
  expect(headers).not.toThrow('not-to-be-seen');
});

test('an audience and a job are read with odd values, and without those that may be missing', () => {
  for (const created of [1e20, -1, 'x', null, 1_700_000_000_000]) {
    expect(audienceOf({ audienceGroupId: '7', created, audienceCount: -1, type: 'UPLOAD' })).toMatchObject({
      id: '7',
      created: '',
      size: '-',
    });
    expect(jobsOf({ audienceGroup: {}, jobs: [{ audienceGroupJobId: 7, created, description: null }] })).toMatchObject([
      { id: '7', created: '', state: 'WORKING', action: 'ADD' },
    ]);
  }
  expect(audienceOf({ audienceGroupId: 7, type: 'UPLOAD', isIfaAudience: 'true' })).toMatchObject({
    identifierType: 'ifa',
  });
});

test('a job whose failure LINE does not explain may be sent again, and one of another type adds nothing', () => {
  const job = (more: JsonObject) => jobsOf({ audienceGroup: {}, jobs: [{ audienceGroupJobId: 7, ...more }] })[0];
  const failed = (failedType?: unknown) => job({ jobStatus: 'FAILED', failedType });
  for (const reason of [undefined, null, 'INTERNAL_ERROR', 'SOMETHING_NEW'])
    expect(failed(reason)).toMatchObject({ again: true });
  expect(failed('AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT')).toMatchObject({ again: false });
  expect(job({ jobStatus: 'FINISHED', type: 'DIFF_REMOVE' })).toMatchObject({ again: false, action: null });
});

test('of two jobs with one file, one that has not ended goes first, and one that has failed comes last', () => {
  const idOf = (...words: readonly string[]) => {
    const jobs = words.map((jobStatus, n) => ({ audienceGroupJobId: n, description: 'a.txt', jobStatus, created: n }));
    return jobOf(jobsOf({ audienceGroup: {}, jobs }), { fileName: 'a.txt', otherJobIds: ['7'] })?.id;
  };
  expect([idOf('WORKING', 'FINISHED'), idOf('FINISHED', 'FAILED'), idOf('FAILED', 'FAILED')]).toEqual(['0', '0', '1']);
});

test('an answer without what was asked for is explained, and asked for again later', async () => {
  const { kit } = await lineOfficialAccountKit();
  const destination = await kit.connect({ baseUrl: await answering(200, '{}') });
  const again = { name: 'LineupError', code: 'line_unavailable', retryable: true };
  await expect(all(destination.find(kit.account, { ids: ['7'] }))).rejects.toMatchObject(again);
  await expect(destination.uploads(kit.account, '7', {})).rejects.toMatchObject(again);
  expect(() => groupOf({})).toThrow('audienceGroup is not an object');
});

/** LINE's list, as pages. @param asked gets the queries */
const listOf =
  (pages: readonly (readonly string[])[], hasNextPage: (page: number) => unknown, asked: unknown[] = []): Send =>
  async ({ query, parse }) => {
    asked.push(query);
    const page = Number(query?.['page']);
    const names = pages[page - 1] ?? [];
    return parse({
      audienceGroups: names.map((description, n) => ({ audienceGroupId: page * 100 + n, description, type: 'UPLOAD' })),
      hasNextPage: hasNextPage(page),
    });
  };
const full = (name: string) => Array.from({ length: 40 }, (_, n) => (n === 39 ? name : `${name} ${n}`));
const idsNamed = async (send: Send, name: string) => (await all(audiencesByName(send, name))).map(({ id }) => id);

test('a list is read to its end, also without its flags and over an empty page', async () => {
  expect(
    await idsNamed(
      listOf([full('a'), full('VIP'), ['vip']], () => undefined),
      'VIP',
    ),
  ).toEqual(['239', '300']);
  expect(
    await idsNamed(
      listOf([full('a'), [], ['VIP']], (page) => page < 3),
      'VIP',
    ),
  ).toEqual(['300']);
  const endless: unknown[] = [];
  expect(
    await idsNamed(
      listOf([full('a')], () => true, endless),
      'VIP',
    ),
  ).toEqual([]);
  expect(endless).toHaveLength(4);
});

test('a name is taken in another case, too, but not by an audience of another channel', async () => {
  const asked: unknown[] = [];
  expect(
    await idsNamed(
      listOf([['vip', 'VIP 2', 'Vip']], () => false, asked),
      'VIP',
    ),
  ).toEqual(['100', '102']);
  expect(asked).toMatchObject([{ description: 'VIP', includesExternalPublicGroups: false }]);
});
