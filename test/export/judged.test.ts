/** The counts of the kernel and of a source that judges its values make those of all values. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listWithJudged, withJudged } from '../../src/export/stage/judged.ts';
import type { Totals } from '../../src/export/stage/tally.ts';
import { stagingWarnings } from '../../src/export/warnings.ts';
import type { JudgedValues } from '../../src/sources/source.ts';

const findings = {
  phonesWithoutCountry: 0,
  uppercaseHashes: 2,
  phonesRepaired: 0,
  phonesWithLostDigits: 0,
  phonesLookingNational: 0,
  invalidRows: { hash_of_empty: [3] },
};
/** Ten hashes, of which two are repeated and one each is on a list or held out. */
const kernel: Totals = {
  counts: {
    rows: 11,
    scanned: 11,
    missing: 0,
    invalid: { hash_of_empty: 1 },
    prehashed: 10,
    hashed: 0,
    raw: 0,
    duplicates: 2,
    unique: 6,
    suppressed: 1,
    held_out: 1,
  },
  findings,
  suppressedBy: [1],
};
const judged: JudgedValues = {
  missing: 4,
  invalid: { hash_of_empty: 2, not_hashed_in_database: 3 },
  hashed: 7,
  further: 5,
  leadingZero: 1,
  repaired: 2,
  digitsLost: 3,
  looksNational: 4,
};

test('the totals are those of all values', () => {
  expect(withJudged(kernel, judged)).toEqual({
    counts: {
      ...kernel.counts,
      rows: 15,
      scanned: 20,
      missing: 4,
      invalid: { hash_of_empty: 3, not_hashed_in_database: 3 },
      prehashed: 3,
      hashed: 7,
    },
    findings: {
      phonesWithoutCountry: 1,
      uppercaseHashes: 2,
      phonesRepaired: 2,
      phonesWithLostDigits: 3,
      phonesLookingNational: 4,
      invalidRows: {},
    },
    suppressedBy: [1],
  });
});

test('every value has one outcome', () => {
  const reasons = fc.dictionary(fc.constantFrom('too_long', 'not_an_email', 'hash_of_empty'), fc.nat(100));
  const given = fc.record({
    missing: fc.nat(100),
    invalid: reasons,
    hashed: fc.nat(10),
    further: fc.nat(11),
  });
  fc.assert(
    fc.property(given, (some) => {
      const { counts } = withJudged(kernel, { ...judged, ...some });
      const invalid = Object.values(counts.invalid).reduce((sum, count) => sum + count, 0);
      expect(counts.missing + invalid + counts.suppressed! + counts.held_out! + counts.duplicates + counts.unique).toBe(
        counts.scanned,
      );
      expect(counts.scanned).toBe(counts.missing + invalid + counts.prehashed + counts.hashed);
    }),
  );
});

describe('counts that do not fit the hashes are refused', () => {
  const { counts } = kernel;
  test.each<[string, Partial<Totals['counts']>, Partial<JudgedValues>]>([
    ['more hashes than the stream had', {}, { hashed: 11 }],
    ['fewer than no rows', {}, { further: 21 }],
    ['a value in clear', { hashed: 1 }, {}],
    ['a raw advertising id', { raw: 1 }, {}],
  ])('%s', (_, counted, told) => {
    const merge = () => withJudged({ ...kernel, counts: { ...counts, ...counted } }, { ...judged, ...told });
    expect(merge).toThrow(expect.objectContaining({ code: 'internal' }) as Error);
  });

  test('of a list', () => {
    const list = { scanned: 10, size: 10, prehashed: 10, sum: '1' };
    expect(listWithJudged(list, judged)).toEqual({ scanned: 19, size: 10, prehashed: 3, sum: '1' });
    const fault = expect.objectContaining({ code: 'internal' }) as Error;
    expect(() => listWithJudged(list, { ...judged, hashed: 11 })).toThrow(fault);
    // One of its values was in clear.
    expect(() => listWithJudged({ ...list, prehashed: 9 }, judged)).toThrow(fault);
  });
});

test('a warning says how many values the database could not hash', () => {
  const warnings = stagingWarnings(withJudged(kernel, judged), { identifierType: 'email' });
  expect(warnings.find(({ code }) => code === 'not_hashed_in_database')).toMatchObject({
    count: 3,
    message:
      '3 values were skipped, because the database cannot bring them into the form that LINE expects. To send them, correct them in the database, or turn off hashing in the database.',
  });
  const { not_hashed_in_database: _, ...invalid } = judged.invalid;
  const all = stagingWarnings(withJudged(kernel, { ...judged, invalid }), { identifierType: 'email' });
  expect(all.map(({ code }) => code)).not.toContain('not_hashed_in_database');
});
