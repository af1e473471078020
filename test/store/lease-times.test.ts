/** Until when a process believes that it has its leases: never longer than the table says. */
import { expect, test } from 'vitest';
import { HeldLeases, type LeaseTable } from '../../src/store/coordination/leases.ts';

const TTL_MS = 30_000;

test('a renewed lease counts from the request, because the answer may be late', async () => {
  let nowMs = 0;
  const answer = Promise.withResolvers<readonly number[]>();
  const table: LeaseTable = {
    take: async () => 1,
    renew: () => answer.promise,
    delete: async () => {},
  };
  const leases = new HeldLeases(table, {
    ttlMs: TTL_MS,
    holder: 'worker',
    clock: { monotonic: () => nowMs, every: () => () => {} },
  });
  const lease = await leases.tryTake(['run:1']);
  nowMs = 10_000;
  const renewed = leases.renew();
  nowMs = 25_000;
  answer.resolve([1]);
  await renewed;

  // The table counts from the moment at which it got the request: 10 s at the earliest.
  nowMs = 10_000 + TTL_MS - 1;
  lease!.assertHeld();
  nowMs += 1;
  expect(() => lease!.assertHeld()).toThrow('Another worker has taken over');
});
