/** LINE's client is a package without dependencies and has limits of its own: they are those of the application. */
import { expect, test } from 'vitest';
import { LineAdsClient, reasonAdvice } from '../../packages/line-ads/src/index.ts';
import { placesOf } from '../../packages/line-ads/src/limiter.ts';
import {
  MAX_AUDIENCE_NAME,
  placesOfLane,
  REQUESTS_A_SECOND,
  type RequestLane,
} from '../../src/contracts/line-limits.ts';

test('a lane has the same places', () => {
  for (const lane of Object.keys(placesOfLane) as RequestLane[]) {
    expect(placesOf(lane, REQUESTS_A_SECOND)).toEqual(placesOfLane[lane]);
  }
});

test('a name may be as long', () => {
  const client = new LineAdsClient({ accessKey: 'test', secretKey: 'test' });
  const tooLong = 'x'.repeat(MAX_AUDIENCE_NAME + 1);
  expect(() => client.customAudiences.rename('A1', '1', tooLong)).toThrow(`at most ${MAX_AUDIENCE_NAME} `);
  expect(reasonAdvice.AUDIENCE_GROUP_NAME_SIZE_OVER).toContain(`${MAX_AUDIENCE_NAME} characters`);
});
