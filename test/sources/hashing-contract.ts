/**
 * The contract of sources that hash the values themselves, for those that are tested with simulators. A test file
 * provides a kit that makes a source of given members, and calls `hashingContract`.
 */
import { describe, expect, it } from 'vitest';
import type { HashedField, Source } from '../../src/sources/source.ts';
import { type HashedMember, hashesOf, hostileMembers } from './support/hashed-members.ts';
import { expectedHashes, hashRules, hostileValues, readHashes } from './support/hashing.ts';
import type { RecordingProxy } from './support/recording-proxy.ts';

export interface HashingKit {
  readonly name: string;
  /**
   * A source with the fields `email`, `phone` and `emails`, a list.
   * @param audience a query of these fields or the table
   */
  open(rows: readonly HashedMember[], audience: 'table' | 'query'): Promise<{ source: Source; proxy: RecordingProxy }>;
}

const COUNT = 400;
const email = { identifierType: 'email' } as const;
const phone = { identifierType: 'phone' } as const;

export function hashingContract({ name, open }: HashingKit): void {
  describe(`hashing in ${name}`, () => {
    it.each(hashRules)('agrees with the rules for $identifierType $defaultCountry', async (rules) => {
      const values = hostileValues(rules, COUNT);
      const rows = values.map((value) => ({ email: value, phone: null, emails: null }));
      const { source } = await open(rows, 'table');
      const [hashes] = await readHashes(await source.scanHashes!([{ field: 'email', ...rules }]));
      expect(hashes).toEqual(expectedHashes(values, rules));
    });

    const all: HashedField[] = [
      { field: 'email', ...email },
      { field: 'emails', ...email },
      { field: 'phone', ...phone },
    ];

    it.each(['table', 'query'] as const)('gives several fields of a %s, also a list', async (audience) => {
      const rows = hostileMembers(50);
      const { source } = await open(rows, audience);
      const expected = all.map((field) => hashesOf(rows, field));
      expect(await readHashes(await source.scanHashes!(all))).toEqual(expected);
      const two = [all[2]!, all[0]!];
      expect(await readHashes(await source.scanHashes!(two))).toEqual([expected[2], expected[0]]);
      if (audience === 'query') return;
      for (const [index, field] of all.entries()) {
        const [alone] = await readHashes(await source.scanHashes!([field]));
        expect(alone).toEqual(expected[index]);
      }
    });

    it.each([0, 3])('gives no hash of %i members without a value', async (count) => {
      const { source } = await open(new Array(count).fill({ email: null, phone: '', emails: [] }), 'table');
      const scan = await source.scanHashes!(all);
      const found = await readHashes(scan);
      expect(found.map(({ hashes }) => hashes)).toEqual([[], [], []]);
      expect(found.map(({ judged }) => judged.missing)).toEqual([count, count, count]);
      expect(scan.progress()).toBe(1);
    });

    it('sends no value', async () => {
      const rows = Array.from({ length: 50 }, (_, n) => {
        const value = `secret.member${n}@example.com`;
        return { email: value, phone: `+8190${n}5550123456`, emails: [value, 'secret nobody'] };
      });
      const { source, proxy } = await open(rows, 'table');
      expect((await readHashes(await source.scanHashes!(all)))[0]!.hashes).toHaveLength(50);
      const sent = proxy.sent().toString('latin1');
      expect(sent).toContain(hashesOf(rows, all[0]!).hashes[0]);
      expect(sent).not.toMatch(/secret|5550123456/);
    });

    it('refuses a result that has something else than hashes', async () => {
      const rows = [{ email: 'a@example.com', phone: null, emails: null }];
      const { source, proxy } = await open(rows, 'table');
      const hash = hashesOf(rows, all[0]!).hashes[0]!;
      proxy.change((bytes) => Buffer.from(bytes.toString('latin1').replace(hash, 'x'.repeat(64)), 'latin1'));
      await expect(readHashes(await source.scanHashes!([all[0]!]))).rejects.toMatchObject({
        code: 'source_failed',
        message: expect.stringContaining('something else than hashes'),
      });
    });
  });
}
