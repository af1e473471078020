/** Numbers that lack their country code: counted in every way of staging, and warned of when there are many. */
import { describe, expect, test } from 'vitest';
import { noFolder } from '../../src/export/stage/chunk-files.ts';
import type { KernelTotals } from '../../src/export/stage/kernel-runner.ts';
import { Tally } from '../../src/export/stage/tally.ts';
import { stagingWarnings } from '../../src/export/warnings.ts';
import { kernels, type StageOneOptions, stageOne, TestScan } from './support.ts';

const numbers = (count: number, write: (n: string) => string) =>
  Array.from({ length: count }, (_, n) => `${write(String(n).padStart(4, '0'))}\n`);

describe.each(kernels)('with the kernel in %s', (_, startKernel) => {
  const run = (values: readonly string[], options: Partial<StageOneOptions>) =>
    stageOne({
      identifierType: 'phone',
      ifaFormat: 'sha256',
      maxChunkRecords: 1_000_000,
      maxChunkBytes: 60_000_000,
      scan: new TestScan(values),
      folder: noFolder,
      chunkName: String,
      clock: { sleep: () => new Promise<void>(() => {}) },
      startKernel,
      ...options,
    });

  test('numbers whose first 0 is gone are counted, and nothing that is sent changes', async () => {
    const values = [
      ...numbers(30, (n) => `901234${n}`),
      // A spreadsheet and an input field of Japan write them so. The readable rules judge the second.
      '9012349999.0\n',
      '９０１２３４９９９８\n',
      // Complete, of other countries, national with its 0, and too long with a code.
      '819012349997\n+819012349996\n+9012349995\n6591234567\n886912345678\n09012349994\n',
    ];
    const counted = await run(values, { presumedCountry: 'JP' });
    expect(counted.findings).toMatchObject({ phonesLookingNational: 32, phonesWithoutCountry: 1 });
    const plain = await run(values, {});
    expect(plain.findings.phonesLookingNational).toBe(0);
    expect(counted.counts).toEqual(plain.counts);
    const chosen = await run(values, { presumedCountry: 'JP', defaultCountry: 'JP' });
    expect(chosen.findings).toMatchObject({ phonesLookingNational: 0, phonesWithoutCountry: 0 });
  });

  test.each(['ES', 'PL', 'SG', 'HK'])(
    'numbers dialled with 00, which stay as they are in %s, are counted with those that begin with 0',
    async (defaultCountry) => {
      const values = ['0033612345678\n００３３６１２３４５６７９\n+33612345677\n'];
      const { counts, findings } = await run(values, { defaultCountry });
      expect(counts).toMatchObject({ hashed: 3, unique: 3 });
      expect(findings.phonesWithoutCountry).toBe(2);
    },
  );
});

test('a staging that continues counts what was counted before', () => {
  const kernel = (looksNational: number, erased = 0): KernelTotals => ({
    rows: 0,
    scanned: 0,
    missing: 0,
    prehashed: 0,
    hashed: 0,
    raw: 0,
    duplicates: 0,
    unique: 0,
    leadingZero: 0,
    upperCase: 0,
    repaired: 0,
    digitsLost: 0,
    looksNational,
    invalid: {},
    invalidRows: {},
    leftOut: { suppressed: [], heldOut: 0, erased },
  });
  const order = { lists: 0, holdOut: undefined };
  const before = new Tally(order).totals(kernel(7));
  const tally = new Tally(order, before);
  // The lines of the replay are hashes.
  tally.replayed(kernel(0));
  expect(tally.totals(kernel(5)).findings.phonesLookingNational).toBe(12);

  // People of the erasure list give no lines, so the replay has none of them.
  const withErased = { ...order, erased: { key: new Uint8Array(32), hashes: new Uint8Array(32) } };
  const more = new Tally(withErased, new Tally(withErased).totals(kernel(0, 2)));
  more.replayed(kernel(0));
  expect(more.totals(kernel(0, 3))).toMatchObject({ erased: 5, counts: { suppressed: 5 } });
  expect(before.counts).not.toHaveProperty('suppressed');
});

test.each([
  [19, 19, false],
  [20, 20, true],
  [20, 2_000, true],
  [20, 2_001, false],
  [500, 500, true],
])('%i such numbers of %i valid values: a warning is %s', (phonesLookingNational, hashed, isWarned) => {
  const staged = {
    counts: {
      rows: hashed,
      scanned: hashed,
      missing: 0,
      invalid: {},
      prehashed: 0,
      hashed,
      raw: 0,
      duplicates: 0,
      unique: hashed,
    },
    findings: {
      phonesWithoutCountry: 0,
      uppercaseHashes: 0,
      phonesRepaired: 0,
      phonesWithLostDigits: 0,
      phonesLookingNational,
      invalidRows: {},
    },
  };
  const warnings = stagingWarnings(staged, { identifierType: 'phone', presumedCountry: 'JP' });
  expect(warnings).toEqual(
    isWarned
      ? [
          expect.objectContaining({
            code: 'phone_looks_national',
            count: phonesLookingNational,
            message: `${phonesLookingNational} phone numbers look like numbers of the country code +81, but do not have it. A spreadsheet may have removed their first 0. LINE probably cannot match them.`,
          }),
        ]
      : [],
  );
});
