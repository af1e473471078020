import { expect, test } from 'vitest';
import { siblingText, suggestedName, unusedName } from '../../../src/domain/audiences/sibling-names.ts';

const MOST = 120;

test('the name of a sibling has its identifier type', () => {
  expect(suggestedName('VIP', 'phone', MOST)).toBe('VIP (phone)');
  expect(suggestedName(' VIP ', 'ifa', MOST)).toBe('VIP (ifa)');
});

test('a long name is cut to the limit of the destination, between two characters', () => {
  const long = suggestedName('a'.repeat(MOST), 'email', MOST);
  expect(long).toBe(`${'a'.repeat(MOST - 8)} (email)`);
  expect(long).toHaveLength(MOST);
  const wide = suggestedName(`a${'🦊'.repeat(MOST)}`, 'email', MOST);
  expect(wide.length).toBeLessThanOrEqual(MOST);
  expect(wide.isWellFormed()).toBe(true);
  expect(suggestedName(`${'a'.repeat(111)} ${'b'.repeat(9)}`, 'email', MOST)).toBe(`${'a'.repeat(111)} (email)`);
});

test('the next of a type has a number, which is never cut off', () => {
  expect(unusedName('VIP', 'phone', ['VIP', undefined, null], MOST)).toBe('VIP (phone)');
  expect(unusedName('VIP', 'phone', ['VIP (phone)', 'VIP 2 (phone)'], MOST)).toBe('VIP 3 (phone)');
  const long = 'a'.repeat(MOST);
  const second = unusedName(long, 'phone', [suggestedName(long, 'phone', MOST)], MOST);
  expect(second).toBe(`${'a'.repeat(MOST - 10)} 2 (phone)`);
  expect(second).toHaveLength(MOST);
});

test('a further identifier has a short text', () => {
  const phone = {
    identifier_type: 'phone',
    id_field: 'mobile',
    audience_id: null,
    audience_name: 'VIP (phone)',
    default_country: 'JP',
    ifa_format: 'sha256',
  } as const;
  expect(siblingText(phone)).toBe('phone:mobile:VIP (phone) [JP]');
  expect(siblingText({ ...phone, audience_id: '7', audience_name: null, default_country: null })).toBe(
    'phone:mobile:id=7',
  );
  expect(siblingText({ ...phone, identifier_type: 'ifa', default_country: null, ifa_format: 'raw' })).toBe(
    'ifa:mobile:VIP (phone) [raw]',
  );
});
