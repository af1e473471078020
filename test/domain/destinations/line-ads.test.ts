/**
 * LINE’s client is a package without dependencies and has its own copy of the limits. They must equal those of the
 * application.
 */
import { expect, test } from 'vitest';
import { LineAdsClient, RequestLimiter, reasonAdvice } from '../../../packages/line-ads/src/index.ts';
import { slotsOf } from '../../../packages/line-ads/src/limiter.ts';
import { describeSkew } from '../../../packages/line-ads/src/sign.ts';
import { providers } from '../../../src/contracts/providers/index.ts';
import { MAX_AUDIENCE_NAME } from '../../../src/domain/audiences/requests.ts';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
import type { RequestLane } from '../../../src/domain/destinations/traits.ts';

test('as many requests are allowed in the same period', async () => {
  let time = 0;
  const waits: number[] = [];
  const sleep = async (ms: number) => {
    waits.push(ms);
    time += ms;
  };
  const limiter = new RequestLimiter({ now: () => time, sleep });
  for (let n = 0; n < lineAdsTraits.limits.requests.places; n++) (await limiter.acquire())();
  expect(waits).toEqual([]);
  await limiter.acquire();
  expect(waits).toEqual([lineAdsTraits.limits.requests.windowMs]);
});

test('a lane has the same number of places', () => {
  for (const lane of Object.keys(lineAdsTraits.limits.requests.lanes) as RequestLane[]) {
    expect(slotsOf(lane, lineAdsTraits.limits.requests.places)).toEqual(lineAdsTraits.limits.requests.lanes[lane]);
  }
});

test('a name may have the same length', () => {
  const client = new LineAdsClient({ accessKey: 'test', secretKey: 'test' });
  const { maxLength } = lineAdsTraits.name;
  const tooLong = 'x'.repeat(maxLength + 1);
  expect(() => client.customAudiences.rename('A1', '1', tooLong)).toThrow(`at most ${maxLength} `);
  expect(reasonAdvice.AUDIENCE_GROUP_NAME_SIZE_OVER).toContain(`${maxLength} characters`);
});

test('a clock may differ by the same time', () => {
  expect(describeSkew(lineAdsTraits.clock.warnMs)).toBeUndefined();
  expect(describeSkew(lineAdsTraits.clock.warnMs + 1)).toContain(
    `LINE accepts ${lineAdsTraits.clock.refuseMs / 60_000} minutes`,
  );
});

test('no destination allows longer names than the schemas', () => {
  expect(Math.max(...providers.flatMap(({ destination }) => destination?.name.maxLength ?? []))).toBe(
    MAX_AUDIENCE_NAME,
  );
});
