/** What a trigger sees of objects: their time, and which of them have it. */
import { describe, expect, test } from 'vitest';
import { latestInGcs, s3At, startStorage } from './support/object-storage.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

describe.each(['s3', 'gs'])('in a storage with addresses of %s', (scheme) => {
  const inScheme = (text: string) => text.replace('://', `${scheme}://`);
  const DAILY = inScheme('://members/daily/*.csv');
  const ONE = inScheme('://members/daily/one.csv');

  async function storage() {
    const sim = await startStorage();
    sim.put('members', 'other.txt', 'x', at(0));
    const look = scheme === 's3' ? s3At(sim).latest : latestInGcs(sim);
    const put = (key: string, content: string, second: number) => sim.put('members', key, content, at(second));
    return { latest: (address = DAILY) => look(address, { kind: 'object' }), put, remove: sim.remove };
  }

  test('nothing, as long as no object matches', async () => {
    const { latest, put } = await storage();
    expect(await latest()).toBeNull();
    expect(await latest(ONE)).toBeNull();
    put('daily/_SUCCESS', '', 9);
    put('daily/new.txt', '', 9);
    expect(await latest()).toBeNull();
    for (const nowhere of ['://nowhere/daily/one.csv', '://nowhere/daily/*.csv'])
      await expect(latest(inScheme(nowhere))).rejects.toMatchObject({ code: 'source_not_found' });
  });

  test.each([DAILY, inScheme('newest:://members/daily/'), ONE])('%s: a new time for each version', async (address) => {
    const { latest, put } = await storage();
    put('daily/one.csv', 'a', 1);
    const first = await latest(address);
    expect(first).toMatch(/^2026-01-01T00:00:01\.000Z 1 [0-9a-f]{32}$/);
    expect(await latest(address)).toBe(first);
    put('daily/one.csv', 'b', 2);
    expect(await latest(address)).toMatch(/^2026-01-01T00:00:02\.000Z 1 /);
    // In the same second.
    const second = await latest(address);
    put('daily/one.csv', 'c', 2);
    const third = await latest(address);
    expect(third).not.toBe(second);
    // The same content again has another generation in Google Cloud Storage, and the same ETag in S3.
    put('daily/one.csv', 'c', 2);
    expect((await latest(address)) === third).toBe(scheme === 's3');
  });

  test('all objects of the newest second', async () => {
    const { latest, put, remove } = await storage();
    put('daily/b.csv', 'b', 2);
    const first = await latest();
    put('daily/a.csv', 'a', 2);
    const both = await latest();
    expect(both).toMatch(/^2026-01-01T00:00:02\.000Z 2 /);
    // An older one changes nothing.
    put('daily/c.csv', 'c', 1);
    expect(await latest()).toBe(both);
    remove('members', 'daily/a.csv');
    expect(await latest()).toBe(first);
  });

  test('an object with exactly the key of a pattern alone, as it is read', async () => {
    const { latest, put } = await storage();
    put('daily/x[1].csv', 'x', 1);
    put('daily/x1.csv', 'x', 2);
    expect(await latest(inScheme('://members/daily/x[1].csv'))).toMatch(/^2026-01-01T00:00:01\.000Z 1 /);
  });
});
