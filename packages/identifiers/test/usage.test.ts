/** Wrong usage of the rules, and the two hash functions, of which one is published. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type NormalizeOptions, normalize } from '../src/index.ts';
import { sha256 } from '../src/sha256.ts';
import { sha256 as pure } from '../src/sha256-pure.ts';

test.each<[string, unknown, unknown, RegExp]>([
  ['a number', 819012345678, { type: 'phone' }, /Expected the value to be a string or null, got a number/],
  ['an unknown type', 'x', { type: 'mail' }, /type to be one of email, phone, ifa, line_user_id, got "mail"/],
  ['no type', 'x', {}, /type to be one of email, phone, ifa, line_user_id, got undefined/],
  ['a type that every object has as a property', 'x', { type: 'toString' }, /got "toString"/],
  ['an unknown form', 'x', { type: 'ifa', ifaFormat: 'SHA256' }, /got "SHA256"/],
  ['a word for a switch', 'x', { type: 'ifa', hashesInRawColumn: 'no' }, /hashesInRawColumn .* got "no"/],
])('%s is a TypeError', (_, value, options, message) => {
  const call = () => normalize(value as string, options as NormalizeOptions);
  expect(call).toThrow(TypeError);
  expect(call).toThrow(message);
});

test('an absent value is missing', () => {
  expect(normalize(undefined, { type: 'email' })).toEqual({ state: 'missing' });
});

test('advertising ids are hashed unless raw ones are requested', () => {
  expect(normalize('AEBE52E7-03EE-455A-B3C4-E57283966239', { type: 'ifa' })).toMatchObject({
    state: 'hashed',
  });
});

test('the published hash function gives the same hash', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => pure(text) === sha256(text)));
});
