/** What a call does when it is stopped. */
import { describe, expect, test } from 'vitest';
import { audiencesNamed, findAudience } from '../../../src/destinations/audience.ts';
import type { KitFault } from '../kit.ts';
import { type Given, idOf, notTaken } from './given.ts';

export function describeStopping(given: Given): void {
  const { linesOf, kitOf, fewest, creates, contentOf, uploadOf, newAudience, filled } = given;

  describe('that is stopped', () => {
    const stopped = { code: 'interrupted' };

    test('before it begins, sends nothing', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target, sent } = await filled(kit, destination);
      const signal = AbortSignal.abort();
      const { account } = kit;
      const write = notTaken(await destination.send(uploadOf(kit, target, linesOf(fewest, 10), { signal })));
      expect(write).toMatchObject({ outcome: 'not_taken', why: stopped });
      if (creates) {
        const creation = await destination.create!(account, newAudience('Other'), signal);
        expect(creation).toMatchObject({ outcome: 'not_taken', why: stopped });
      }
      await expect(destination.page(account, { page: 1, size: 1 }, signal)).rejects.toMatchObject(stopped);
      await expect(destination.job(sent, { signal })).rejects.toMatchObject(stopped);
      await expect(destination.uploads(account, idOf(target), { signal })).rejects.toMatchObject(stopped);
      await expect(destination.whatBecame(sent, signal)).rejects.toMatchObject(stopped);
      await expect(findAudience(destination, account, idOf(target), signal)).rejects.toMatchObject(stopped);
      await expect(audiencesNamed(destination, account, 'VIP', signal)).rejects.toMatchObject(stopped);
      expect(await destination.uploads(account, idOf(target), {})).toHaveLength(1);
    });

    test('while it waits for an answer, ends at once', async () => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target, sent } = await filled(kit, destination);
      const stop = async <T>(on: KitFault['on'], call: (signal: AbortSignal) => Promise<T>): Promise<T> => {
        kit.fault({ on, kind: 'silence' });
        const controller = new AbortController();
        const called = call(controller.signal);
        called.catch(() => {});
        setTimeout(() => controller.abort(), 100);
        return called;
      };
      const write = await stop('upload', (signal) =>
        destination.send(uploadOf(kit, target, linesOf(fewest, 10), { signal })),
      );
      expect(write).toMatchObject({ outcome: 'unknown', why: stopped });
      await expect(stop('jobs', (signal) => destination.job(sent, { signal }))).rejects.toMatchObject(stopped);
      await expect(
        stop('list', (signal) => destination.page(kit.account, { page: 1, size: 1 }, signal)),
      ).rejects.toMatchObject(stopped);
    });

    test.each([0, 1, 2])('after %i blocks, is not taken', async (blocks) => {
      const kit = await kitOf();
      const destination = await kit.connect();
      const { target } = await filled(kit, destination);
      const lines = linesOf(fewest, 10);
      const content = contentOf(lines);
      const controller = new AbortController();
      const write = await destination.send(
        uploadOf(kit, target, lines, {
          signal: controller.signal,
          read: async function* () {
            for (let n = 0; n < 3; n += 1) {
              if (n === blocks) controller.abort();
              yield content.subarray(n * 50, n === 2 ? content.length : (n + 1) * 50);
            }
          },
        }),
      );
      expect(write).toMatchObject({ outcome: 'not_taken', why: stopped });
      expect(await destination.uploads(kit.account, idOf(target), {})).toHaveLength(1);
    });
  });
}
