import { describe, expect, test } from 'vitest';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import type { AudienceBefore } from '../../src/domain/runs/run.ts';
import { guard } from '../../src/export/guard.ts';

const request = { mode: 'replace', maxShrink: 0.5, identifierType: 'email', field: 'email' } as const;
const held = (size: number | null, basis: AudienceBefore['basis'] = 'upload_jobs'): AudienceBefore => ({
  size,
  basis,
  runId: basis === 'last_replace' ? 'r1' : null,
  at: basis === 'last_replace' ? '2026-03-01T09:30:00.000Z' : null,
});
const refusal = (
  unique: number,
  before: AudienceBefore | null,
  change: Partial<Parameters<typeof guard>[0]['request']> = {},
) =>
  guard({
    request: { ...request, ...change },
    scanned: Math.max(unique, 1),
    leftOut: 0,
    unique,
    chunks: unique > 0 ? [{ records: unique }] : [],
    traits: lineAdsTraits,
    before,
  });
const verdict = (
  unique: number,
  before: number | undefined,
  change: Partial<Parameters<typeof guard>[0]['request']> = {},
) => refusal(unique, before === undefined ? null : held(before), change)?.error.code;

describe('guard', () => {
  test('an empty result is always refused, whatever the settings allow', () => {
    expect(verdict(0, undefined)).toBe('nothing_to_send');
    expect(verdict(0, 10, { maxShrink: 1 })).toBe('nothing_to_send');
    expect(verdict(0, undefined, { mode: 'append' })).toBe('nothing_to_send');
  });

  test('a new audience has nothing to lose', () => {
    expect(verdict(1, undefined)).toBeUndefined();
  });

  test.each([
    [50, 100, 0.5, undefined],
    [49, 100, 0.5, 'audience_shrinks'],
    [100, 100, 0, undefined],
    [99, 100, 0, 'audience_shrinks'],
    [1, 1_000_000, 1, undefined],
    [200, 100, 0, undefined],
    [1, 0, 0, undefined],
    // A drop of exactly maxShrink passes, although the product is not exact in binary.
    [21, 50, 0.58, undefined],
    [20, 50, 0.58, 'audience_shrinks'],
    [70, 100, 0.3, undefined],
  ])('%i after %i with maxShrink %d: %s', (unique, before, maxShrink, expected) => {
    expect(verdict(unique, before, { maxShrink })).toBe(expected);
  });

  test('an append cannot shrink', () => {
    expect(verdict(1, 100, { mode: 'append' })).toBeUndefined();
    expect(refusal(1, held(null, 'unknown'), { mode: 'append' })).toBeUndefined();
  });

  test('if the size is unknown, a person decides, unless maxShrink is 1', () => {
    const unknown = held(null, 'unknown');
    const refused = refusal(50_000, unknown, { maxShrink: 0.99 });
    expect(refused).toMatchObject({ error: { code: 'audience_size_unknown' }, allowWith: 1 });
    expect(refused?.error.message).toContain('50,000');
    expect(refusal(50_000, unknown, { maxShrink: 1 })).toBeUndefined();
  });

  test.each([
    ['last_replace', 57_207, 'from 57,207 members (sent at 2026-03-01 09:30 UTC) to 10,'],
    ['upload_jobs', 57_207, 'from about 57,207 members (LINE’s upload jobs) to 10,'],
    ['estimate', 57_207, 'from at least 57,207 members (LINE’s estimate) to 10,'],
    ['estimate', 100, 'from at most 100 members (LINE’s estimate) to 10,'],
  ] as const)('the refusal gives both sizes and the source of the first: %s', (basis, size, words) => {
    expect(refusal(10, held(size, basis))?.error.message).toContain(words);
  });

  test('a loss of nearly all members is not reported as a loss of all', () => {
    expect(refusal(10, held(57_207))?.error.message).toContain('by 99.9 %.');
  });

  test('the limit that a refusal suggests lets the result pass', () => {
    const refused = refusal(7, held(90_001));
    expect(refusal(7, held(90_001), { maxShrink: refused?.allowWith ?? 0 })).toBeUndefined();
  });

  const few = 'Only 60 values of "phone" can be sent, and LY Ads takes no fewer than 100 in one upload.';
  const large = '260 values of "phone" are to be sent, and the one file that LY Ads takes has room for 200.';
  test.each([
    ['one', [60], 'too_few_rows', few],
    ['one', [100], undefined, undefined],
    ['one', [200, 60], 'audience_too_large', large],
    // Each file is an upload of its own.
    ['chain', [200, 60], 'too_few_rows', few],
    ['chain', [200, 100], undefined, undefined],
  ] as const)('what the destination does not take is never sent: as %s of %j', (files, records, code, words) => {
    const refused = guard({
      request: { mode: 'append', maxShrink: 1, identifierType: 'phone', field: 'phone' },
      scanned: 1_000,
      leftOut: 0,
      unique: records.reduce<number>((sum, count) => sum + count, 0),
      chunks: records.map((count) => ({ records: count })),
      traits: { label: 'LY Ads', owner: 'LY', file: { ...lineAdsTraits.file, minRecords: 100, files } },
      before: null,
    });
    expect([refused?.error.code, refused?.allowWith]).toEqual([code, code && null]);
    expect(refused?.error.message.startsWith(words!) ?? true).toBe(true);
  });
});
