import { describe, expect, it } from 'vitest';
import { hashScan } from '../../../src/sources/hashing/outcomes.ts';
import { nothing, readHashes } from '../support/hashing.ts';

const HASH = 'ab12'.repeat(16);
const OTHER = 'CD34'.repeat(16);

/** @param size of the blocks */
const scanOf = (rows: string, { fields = 1, size = rows.length || 1 } = {}) =>
  hashScan({
    fields,
    label: 'shop.members',
    rows: async function* () {
      const bytes = Buffer.from(rows, 'latin1');
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    },
    signal: undefined,
  });

describe('a scan of hashes', () => {
  it.each([1, 2, 65, 67, 68, 1_000])('takes rows in blocks of %i bytes', async (size) => {
    const rows = `0h${HASH}\n0p${OTHER}:2\n0e:7\n0m\n1z${HASH}:3\n1B${OTHER}\n1d:2\n1T:4\n1n\n`;
    expect(await readHashes(scanOf(rows, { fields: 2, size }))).toEqual([
      {
        hashes: [OTHER, OTHER, HASH],
        judged: { ...nothing, missing: 1, invalid: { not_an_email: 7 }, hashed: 1 },
      },
      {
        hashes: [OTHER, HASH, HASH, HASH],
        judged: {
          ...nothing,
          invalid: { not_a_phone: 6, not_hashed_in_database: 1 },
          hashed: 4,
          further: 5,
          leadingZero: 4,
          repaired: 1,
          digitsLost: 2,
          looksNational: 0,
        },
      },
    ]);
  });

  it('gives a hash as often as it occurs, in blocks of any number', async () => {
    const [field] = await readHashes(scanOf(`0h${HASH}:5000\n0h${OTHER}\n`));
    expect(field!.hashes.filter((hash) => hash === HASH)).toHaveLength(5_000);
    expect(field!.judged.hashed).toBe(5_001);
  });

  it.each([
    ['an identifier', 'taro@example.com\n'],
    ['an identifier in place of a hash', `0h${'taro@example.com'.padEnd(64, 'x')}\n`],
    ['a hash that is too short', `0h${HASH.slice(1)}\n`],
    ['a hash that is too long', `0h${HASH}a\n`],
    ['a hash where none belongs', `0e${HASH}\n`],
    ['no hash', '0h\n'],
    ['a field that there is not', `1h${HASH}\n`],
    ['an unknown letter', '0x\n'],
    ['a letter of another alphabet', '0\u00e9\n'],
    ['a count of nothing', '0e:\n'],
    ['a count that is no number', '0e:1e3\n'],
    ['a negative count', '0e:-3\n'],
    ['an endless count', `0e:${'9'.repeat(16)}\n`],
    ['an empty row', '\n'],
    ['a row without its end', `0h${HASH}`],
    ['a row in quotes', `"0h${HASH}"\n`],
    ['an endless row', '0'.repeat(10_000)],
  ])('refuses %s', async (_, row) => {
    for (const size of [1, 50, 100_000]) {
      await expect(readHashes(scanOf(`0m\n${row}`, { size }))).rejects.toMatchObject({
        code: 'source_failed',
        message: expect.stringMatching(/^The database gave something else than hashes for shop\.members\./),
      });
    }
  });
});
