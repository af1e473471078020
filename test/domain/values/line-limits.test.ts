/**
 * LINE’s client is a package without dependencies and has its own copy of the limits. They must equal those of the
 * application.
 */
import { expect, test } from 'vitest';
import { LineAdsClient, RequestLimiter, reasonAdvice } from '../../../packages/line-ads/src/index.ts';
import { slotsOf } from '../../../packages/line-ads/src/limiter.ts';
import { describeSkew } from '../../../packages/line-ads/src/sign.ts';
import {
  CLOCK_FAR_OFF_MS,
  CLOCK_REFUSED_MS,
  MAX_AUDIENCE_NAME,
  placesOfLane,
  REQUEST_WINDOW_MS,
  REQUESTS_A_SECOND,
  type RequestLane,
} from '../../../src/domain/values/line-limits.ts';

test('as many requests are allowed in the same period', async () => {
  let time = 0;
  const waits: number[] = [];
  const sleep = async (ms: number) => {
    waits.push(ms);
    time += ms;
  };
  const limiter = new RequestLimiter({ now: () => time, sleep });
  for (let n = 0; n < REQUESTS_A_SECOND; n++) (await limiter.acquire())();
  expect(waits).toEqual([]);
  await limiter.acquire();
  expect(waits).toEqual([REQUEST_WINDOW_MS]);
});

test('a lane has the same number of places', () => {
  for (const lane of Object.keys(placesOfLane) as RequestLane[]) {
    expect(slotsOf(lane, REQUESTS_A_SECOND)).toEqual(placesOfLane[lane]);
  }
});

test('a name may have the same length', () => {
  const client = new LineAdsClient({ accessKey: 'test', secretKey: 'test' });
  const tooLong = 'x'.repeat(MAX_AUDIENCE_NAME + 1);
  expect(() => client.customAudiences.rename('A1', '1', tooLong)).toThrow(`at most ${MAX_AUDIENCE_NAME} `);
  expect(reasonAdvice.AUDIENCE_GROUP_NAME_SIZE_OVER).toContain(`${MAX_AUDIENCE_NAME} characters`);
});

test('a clock may differ by the same time', () => {
  expect(describeSkew(CLOCK_FAR_OFF_MS)).toBeUndefined();
  expect(describeSkew(CLOCK_FAR_OFF_MS + 1)).toContain(`LINE accepts ${CLOCK_REFUSED_MS / 60_000} minutes`);
});
