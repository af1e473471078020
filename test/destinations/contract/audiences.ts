/** Audiences: names, creations, pages that change, sizes. */
import { expect, test } from 'vitest';
import { audiencesNamed, findAudience } from '../../../src/destinations/audience.ts';
import { readEstimate } from '../../../src/domain/audiences/size.ts';
import { type Given, noSignal, notTaken, taken } from './given.ts';

export function describeAudiences(given: Given): void {
  const { linesOf, traits, kitOf, fewest, creates, uploadOf, newAudience, sentOf } = given;

  test('a name that is taken is refused as such', async () => {
    const kit = await kitOf();
    const destination = await kit.connect();
    const id = kit.addAudience('VIP');
    const refused = notTaken(
      creates
        ? await destination.create!(kit.account, newAudience('VIP'), noSignal())
        : await destination.send(uploadOf(kit, { name: 'VIP' }, linesOf(fewest))),
    );
    expect(refused).toMatchObject({
      outcome: 'not_taken',
      means: 'name_taken',
      reason: traits.reasons.nameTaken,
      why: { reason: traits.reasons.nameTaken },
    });
    expect((await audiencesNamed(destination, kit.account, 'VIP')).map((audience) => audience.id)).toEqual([id]);
  });

  test.each(['lose_before', 'lose_after'] as const)('a creation whose answer is lost (%s) is settled', async (kind) => {
    const kit = await kitOf();
    const destination = await kit.connect();
    const since = kit.clock.now();
    kit.fault({ on: creates ? 'create' : 'upload', kind });
    const lost = notTaken(
      creates
        ? await destination.create!(kit.account, newAudience('VIP'), noSignal())
        : await destination.send(uploadOf(kit, { name: 'VIP' }, linesOf(fewest))),
    );
    expect(lost.outcome).toBe('unknown');
    const named = await audiencesNamed(destination, kit.account, 'VIP');
    expect(named).toHaveLength(kind === 'lose_after' ? 1 : 0);
    if (creates) return;
    const became = await destination.whatBecame(sentOf(kit, { name: 'VIP' }, since), noSignal());
    expect(became?.audienceId).toBe(named[0]?.id);
  });

  test('an audience is renamed and removed', async () => {
    const kit = await kitOf();
    const destination = await kit.connect();
    const id = kit.addAudience('VIP');
    expect(taken(await destination.rename(kit.account, id, 'Members'))).toMatchObject({ id, name: 'Members' });
    expect(await audiencesNamed(destination, kit.account, 'VIP')).toEqual([]);
    taken(await destination.remove(kit.account, id));
    expect(await findAudience(destination, kit.account, id)).toBeUndefined();
  });

  test('gives no audience twice while the list changes', async () => {
    const kit = await kitOf();
    const destination = await kit.connect();
    const ids = Array.from({ length: 120 }, (_, n) => kit.addAudience(`Audience ${n}`));
    const found: string[] = [];
    for await (const { id } of destination.find(kit.account, { ids })) {
      // A new one moves all others by one place.
      if (found.length % 40 === 0) kit.addAudience(`New ${found.length}`);
      found.push(id);
    }
    expect(new Set(found).size).toBe(found.length);
    expect(found.toSorted()).toEqual(ids.toSorted());
  });

  test('sizes are numbers, or the words that this version knows', async () => {
    const kit = await kitOf();
    const destination = await kit.connect();
    const ids = [0, 5, 150_000].map((members) => kit.addAudience(`With ${members}`, members));
    const sizes = await Promise.all(
      ids.map(async (id) => (await findAudience(destination, kit.account, id))?.size ?? ''),
    );
    const { smallest } = traits.watch;
    const [, few, many] = sizes.map(readEstimate);
    expect(sizes[0] === '-' || readEstimate(sizes[0])!.size === 0).toBe(true);
    expect(few).toEqual(smallest === null ? { size: 5, isExact: true } : { size: smallest, isExact: false });
    expect(many?.isExact).toBe(true);
    expect(many?.size).toBeGreaterThan(1_000);
  });
}
