/** A scan of hashes that a source in a reader makes: the stream and the counts arrive, and wrong counts are refused. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { readJudged } from '../../src/readers/judged-values.ts';
import type { HashedField, Source } from '../../src/sources/source.ts';
import { readFields } from '../sources/support/values.ts';
import { hashingSource, someMembers } from '../support/hashing-source.ts';
import { filesBelow, useReaders } from '../support/readers.ts';

const readers = useReaders({ entry: new URL('../support/hashing-reader-main.ts', import.meta.url) });
const fields: readonly HashedField[] = [
  { field: 'email', identifierType: 'email' },
  { field: 'phone', identifierType: 'phone', defaultCountry: 'JP' },
];

async function open(audience: string): Promise<Source> {
  const source = await readers.open(filesBelow('.'), audience);
  onTestFinished(() => source.close());
  return source;
}

const wholeScan = async (source: Source) => {
  const scan = await source.scanHashes!(fields);
  return { hashes: await readFields(scan), judged: scan.judged?.(), marked: scan.marked };
};

describe('a source in a reader', () => {
  test('gives the hashes and the counts of the source', async () => {
    const expected = await wholeScan(hashingSource(someMembers));
    const source = await open('members');
    expect(await wholeScan(source)).toEqual(expected);
    // A scan of values has no such counts.
    const scan = await source.scan(['email']);
    await readFields(scan);
    expect([scan.judged, expected.judged?.[0]?.missing]).toEqual([undefined, 2]);
  });

  test('has no scan of hashes when its source has none', async () => {
    expect((await open('plain')).scanHashes).toBeUndefined();
  });

  test('reports a field that the source does not have', async () => {
    const source = await open('members');
    const scan = source.scanHashes!([{ field: 'tel', identifierType: 'phone' }]);
    await expect(scan).rejects.toMatchObject({ code: 'field_not_found' });
  });

  test('fails with counts that are none', async () => {
    const source = await open('wrong');
    await expect(wholeScan(source)).rejects.toThrow('a reader gave no counts of its hashes');
  });
});

const counts = {
  missing: 0,
  invalid: {},
  hashed: 1,
  further: 0,
  leadingZero: 0,
  repaired: 0,
  digitsLost: 0,
  looksNational: 0,
};

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['those of too few fields', []],
  ['those of too many fields', [counts, counts]],
  ['a missing count', [{ ...counts, hashed: undefined }]],
  ['a fraction', [{ ...counts, further: 0.5 }]],
  ['more than a number can hold', [{ ...counts, hashed: 2 ** 60 }]],
  ['a reason that is text of the source', [{ ...counts, invalid: { 'taro@example.com': 1 } }]],
  ['a reason that every object has', [{ ...counts, invalid: { constructor: 1 } }]],
  [
    'too many reasons',
    [
      {
        ...counts,
        invalid: Object.fromEntries(
          Array.from({ length: 60 }, (_, n) => [`${'o'.repeat((n % 8) + 1)}_${'o'.repeat(n >> 3)}a`, 1]),
        ),
      },
    ],
  ],
])('%s is refused', (_, given) => {
  expect(() => readJudged(given, 1)).toThrow('a reader gave no counts of its hashes');
  expect(readJudged([counts], 1)).toEqual([counts]);
});
