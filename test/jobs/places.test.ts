import { describe, expect, it } from 'vitest';
import { Places } from '../../src/jobs/places.ts';

const { signal: never } = new AbortController();
const settle = () => new Promise(setImmediate);

describe('places', () => {
  it('are limited in number; runs that come back go first, in the order of arrival', async () => {
    const places = new Places(2);
    const [a, b] = [places.tryTake(), places.tryTake()];
    expect([typeof a, typeof b, places.tryTake()]).toEqual(['function', 'function', undefined]);
    const order: string[] = [];
    void places.whenFree(never).then(() => order.push('news'));
    const waits: number[] = [];
    const back = [1, 2, 3].map(async (n) => {
      const release = await places.take(never, () => waits.push(n));
      order.push(`back ${n}`);
      return release;
    });
    expect(waits).toEqual([1, 2, 3]);
    a!();
    // When a place is released, the first in the line has it at once. Nobody can come between.
    expect(places.tryTake()).toBeUndefined();
    a!();
    await settle();
    expect(order).toEqual(['back 1']);
    b!();
    (await back[0])!();
    await settle();
    expect(order).toEqual(['back 1', 'back 2', 'back 3']);
    (await back[1])!();
    await settle();
    expect(order.at(-1)).toBe('news');
    expect(places.tryTake()).toBeDefined();
    expect(places.tryTake()).toBeUndefined();
  });

  it('are left by a run that aborts while it waits', async () => {
    const places = new Places(1);
    const release = places.tryTake();
    const stop = new AbortController();
    const waiting = Promise.allSettled([places.take(stop.signal), places.whenFree(stop.signal)]);
    const next = places.take(never);
    stop.abort(new Error('no more patience'));
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    release!();
    (await next)();
    await expect(places.take(stop.signal)).rejects.toThrow('no more patience');
    await places.whenFree(never);
  });
});
