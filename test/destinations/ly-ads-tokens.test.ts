/** The consent for LY Ads, and the tokens that come from it. */
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startLyAdsSimulator } from '../../simulators/ly-ads/index.ts';
import { tokens } from '../../src/destinations/ly-ads/tokens.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { KitClock } from './kit-clock.ts';

async function aSide(options: Parameters<typeof startLyAdsSimulator>[0] = {}) {
  const clock = new KitClock();
  const simulator = await startLyAdsSimulator({ consent: 'allow', ...options });
  onTestFinished(() => simulator.close());
  clock.onAdvance = simulator.advance;
  const waits: number[] = [];
  const { sleep } = clock;
  const watched = {
    now: clock.now,
    monotonic: clock.monotonic,
    sleep: (ms: number, signal?: AbortSignal) => {
      if (ms < 9_000) waits.push(ms);
      return sleep(ms, signal);
    },
  };
  const credentials = { client_id: simulator.client.clientId, client_secret: simulator.client.clientSecret };
  const call = { baseUrl: simulator.url, clock: watched, signal: new AbortController().signal };
  const kept = new Secret(simulator.grant().refreshToken);
  return { simulator, clock, waits, credentials, call, kept };
}

const failureOf = async (work: Promise<unknown>): Promise<LineupError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof LineupError) return error;
  throw new Error('Expected a LineupError', { cause: error });
};

const shownOf = (error: unknown): string => inspect(error, { depth: 12, showHidden: true });

describe('a refresh', () => {
  test('gives a token for an hour, and what is kept stays', async () => {
    const { clock, credentials, call, kept } = await aSide();
    const minted = await tokens.mint(credentials, kept, call);
    expect(minted.keep).toBeUndefined();
    expect(minted.expiresAt.getTime() - clock.now().getTime()).toBeGreaterThan(3_590_000);
    expect(tokens).toMatchObject({ renewBeforeMs: 1_800_000, stored: true, boundTo: ['client_id'] });
  });

  test('keeps another refresh token if LY gives one', async () => {
    const { credentials, call, kept } = await aSide({ refreshToken: 'renewed' });
    const { keep } = await tokens.mint(credentials, kept, call);
    expect(keep?.reveal()).not.toBe(kept.reveal());
    await tokens.mint(credentials, keep!, call);
  });

  test('is tried three times, one and two seconds apart', async () => {
    const { simulator, waits, credentials, call, kept } = await aSide();
    simulator.addFault({ kind: 'status', status: 503, endpoint: 'token', count: 2 });
    await tokens.mint(credentials, kept, call);
    expect(waits).toEqual([1_000, 2_000]);
    simulator.addFault({ kind: 'status', status: 503, endpoint: 'token', count: 9 });
    const error = await failureOf(tokens.mint(credentials, kept, call));
    expect(error).toMatchObject({ code: 'line_unavailable', retryable: true });
    expect(waits).toEqual([1_000, 2_000, 1_000, 2_000]);
  });

  test.each([400, 401, 404])('that LY refuses with %i needs a person, and is never repeated', async (status) => {
    const { simulator, waits, credentials, call, kept } = await aSide();
    simulator.addFault({ kind: 'status', status, endpoint: 'token' });
    const error = await failureOf(tokens.mint(credentials, kept, call));
    expect(error).toMatchObject({ code: 'line_unauthorized', retryable: false });
    expect(error.message).toContain(`answer ${status}`);
    expect(waits).toEqual([]);
    for (const secret of [kept.reveal(), credentials.client_secret]) expect(shownOf(error)).not.toContain(secret);
  });

  test.each([
    [403, 'line_forbidden', false, 'does not renew the access (answer 403)'],
    // As a page of a maintenance does.
    [302, 'line_unavailable', true, 'answered 302'],
  ])('that is answered with %i is asked for again later', async (status, code, retryable, words) => {
    const { simulator, credentials, call, kept } = await aSide();
    simulator.addFault({ kind: 'status', status, endpoint: 'token' });
    const error = await failureOf(tokens.mint(credentials, kept, call));
    expect(error).toMatchObject({ code, retryable, message: expect.stringContaining(words) });
    await tokens.mint(credentials, kept, call);
  });

  test('after the tokens were deleted needs a person', async () => {
    const { simulator, credentials, call, kept } = await aSide({ tokenErrors: 'text' });
    simulator.state.grants.deleteTokens('BIZ0001');
    expect(await failureOf(tokens.mint(credentials, kept, call))).toMatchObject({ code: 'line_unauthorized' });
  });

  test('without a consent asks for one, and sends nothing', async () => {
    const { simulator, credentials, call } = await aSide();
    const error = await failureOf(tokens.mint(credentials, null, call));
    expect(error).toMatchObject({ code: 'line_unauthorized' });
    expect(error.message).toContain('must connect it');
    expect(simulator.inspect().requests).toEqual([]);
  });
});

describe('a consent', () => {
  const redirect = 'https://lineup.example/oauth/ly-ads';

  async function codeFrom(side: Awaited<ReturnType<typeof aSide>>): Promise<string> {
    const url = tokens.consent!.url(side.credentials, redirect, 'a-state', side.call.baseUrl);
    const answer = await fetch(url, { redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? '');
    expect(back.searchParams.get('state')).toBe('a-state');
    return back.searchParams.get('code') ?? '';
  }

  test('gives a code, which gives a token and what is kept', async () => {
    const side = await aSide();
    const minted = await tokens.consent!.exchange(side.credentials, await codeFrom(side), redirect, side.call);
    const next = await tokens.mint(side.credentials, minted.keep!, side.call);
    expect(next.token.reveal()).not.toBe(minted.token.reveal());
  });

  test('whose code was used says so, without the code', async () => {
    const side = await aSide();
    const code = await codeFrom(side);
    await tokens.consent!.exchange(side.credentials, code, redirect, side.call);
    const error = await failureOf(tokens.consent!.exchange(side.credentials, code, redirect, side.call));
    expect(error).toMatchObject({ code: 'line_unauthorized' });
    expect(error.message).toContain('A code works once');
    for (const secret of [code, side.credentials.client_secret]) expect(shownOf(error)).not.toContain(secret);
  });

  test('goes to the real host without a URL of a simulator', () => {
    const url = tokens.consent!.url({ client_id: 'c' }, 'oob', 's');
    expect(url.host).toBe('biz-oauth.yahoo.co.jp');
  });
});
