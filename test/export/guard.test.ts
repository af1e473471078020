import { describe, expect, test } from 'vitest';
import { guard } from '../../src/export/guard.ts';

const request = { mode: 'replace', maxShrink: 0.5, identifierType: 'email', field: 'email' } as const;
const verdict = (
  unique: number,
  before: number | undefined,
  change: Partial<Parameters<typeof guard>[0]['request']> = {},
) =>
  guard({
    request: { ...request, ...change },
    scanned: Math.max(unique, 1),
    unique,
    lastReplace: before === undefined ? undefined : { runId: 'r', unique: before },
  })?.error.code;

describe('guard', () => {
  test('an empty result never goes out, whatever is allowed', () => {
    expect(verdict(0, undefined)).toBe('nothing_to_send');
    expect(verdict(0, 10, { maxShrink: 1 })).toBe('nothing_to_send');
    expect(verdict(0, undefined, { mode: 'append' })).toBe('nothing_to_send');
  });

  test('the first run to an audience has nothing to compare with', () => {
    expect(verdict(1, undefined)).toBeUndefined();
  });

  test.each([
    [50, 100, 0.5, undefined],
    [49, 100, 0.5, 'audience_shrinks'],
    [100, 100, 0, undefined],
    [99, 100, 0, 'audience_shrinks'],
    [1, 1_000_000, 1, undefined],
    [200, 100, 0, undefined],
    // A drop of exactly maxShrink passes although the product is not exact in binary.
    [21, 50, 0.58, undefined],
    [20, 50, 0.58, 'audience_shrinks'],
    [70, 100, 0.3, undefined],
  ])('%i after %i with maxShrink %d: %s', (unique, before, maxShrink, expected) => {
    expect(verdict(unique, before, { maxShrink })).toBe(expected);
  });

  test('an append cannot shrink', () => {
    expect(verdict(1, 100, { mode: 'append' })).toBeUndefined();
  });

  test('the refusal names both sizes, and the bound it offers lets the result pass', () => {
    const input = { request, scanned: 9, unique: 7, lastReplace: { runId: 'r', unique: 90_001 } };
    const refusal = guard(input);
    expect(refusal?.error.message).toContain('90,001');
    expect(refusal?.error.message).toContain(' 7,');
    expect(guard({ ...input, request: { ...request, maxShrink: refusal?.allowWith ?? 0 } })).toBeUndefined();
  });
});
