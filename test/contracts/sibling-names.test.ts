import { expect, test } from 'vitest';
import { MAX_AUDIENCE_NAME } from '../../src/contracts/line-limits.ts';
import { suggestedName } from '../../src/contracts/sibling-names.ts';

test('the name of a sibling has its identifier type', () => {
  expect(suggestedName('VIP', 'phone')).toBe('VIP (phone)');
  expect(suggestedName(' VIP ', 'ifa')).toBe('VIP (ifa)');
});

test('a long name is cut to LINE’s limit, between two characters', () => {
  const long = suggestedName('a'.repeat(MAX_AUDIENCE_NAME), 'email');
  expect(long).toBe(`${'a'.repeat(MAX_AUDIENCE_NAME - 8)} (email)`);
  expect(long).toHaveLength(MAX_AUDIENCE_NAME);
  const wide = suggestedName(`a${'🦊'.repeat(MAX_AUDIENCE_NAME)}`, 'email');
  expect(wide.length).toBeLessThanOrEqual(MAX_AUDIENCE_NAME);
  expect(wide.isWellFormed()).toBe(true);
  expect(suggestedName(`${'a'.repeat(111)} ${'b'.repeat(9)}`, 'email')).toBe(`${'a'.repeat(111)} (email)`);
});
