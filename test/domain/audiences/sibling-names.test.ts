import { expect, test } from 'vitest';
import { MAX_AUDIENCE_NAME } from '../../../src/domain/audiences/requests.ts';
import { siblingText, suggestedName, unusedName } from '../../../src/domain/audiences/sibling-names.ts';

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

test('the next of a type has a number, which is never cut off', () => {
  expect(unusedName('VIP', 'phone', ['VIP', undefined, null])).toBe('VIP (phone)');
  expect(unusedName('VIP', 'phone', ['VIP (phone)', 'VIP 2 (phone)'])).toBe('VIP 3 (phone)');
  const long = 'a'.repeat(MAX_AUDIENCE_NAME);
  const second = unusedName(long, 'phone', [suggestedName(long, 'phone')]);
  expect(second).toBe(`${'a'.repeat(MAX_AUDIENCE_NAME - 10)} 2 (phone)`);
  expect(second).toHaveLength(MAX_AUDIENCE_NAME);
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
