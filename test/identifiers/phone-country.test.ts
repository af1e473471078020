import { describe, expect, test } from 'vitest';
import { normalize } from '../../src/identifiers/normalize.ts';
import { e164DigitsIn } from '../../src/identifiers/phone-country.ts';

const digits = (value: string, country: string) => {
  const outcome = normalize(value, {
    type: 'phone',
    ifaFormat: 'sha256',
    toE164Digits: e164DigitsIn(country),
  });
  return outcome.state === 'hashed' ? outcome.normalForm : outcome;
};

describe('a national number gets its country code', () => {
  test.each([
    ['090-1234-5678', 'JP', '819012345678'],
    ['０９０ー１２３４ー５６７８', 'JP', '819012345678'],
    ['090-0000-0001', 'JP', '819000000001'],
    ['(03) 1234-5678', 'JP', '81312345678'],
    ['0912-345-678', 'TW', '886912345678'],
    ['081 234 5678', 'TH', '66812345678'],
    ['0812-3456-7890', 'ID', '6281234567890'],
    ['415 555 2671', 'US', '14155552671'],
    // A spreadsheet dropped the 0.
    ['9012345678', 'JP', '819012345678'],
    // Dialled from there: the country's international prefix is no digit of the number.
    ['010 81 90 1234 5678', 'JP', '819012345678'],
    // Italy's leading 0 is part of the number.
    ['06 1234 5678', 'IT', '390612345678'],
  ])('%s in %s', (value, country, expected) => expect(digits(value, country)).toBe(expected));
});

describe('every other number keeps its own digits', () => {
  test.each([
    ['+81 90-1234-5678', 'JP', '819012345678'],
    ['＋８１ 90-1234-5678', 'JP', '819012345678'],
    ['+66 (0)81 234 5678', 'TH', '660812345678'],
    ['+1 415 555 2671', 'JP', '14155552671'],
    ['819012345678', 'JP', '819012345678'],
    ['81 (0)90 1234 5678', 'JP', '8109012345678'],
    ['886912345678', 'JP', '886912345678'],
    // Ten digits, as a Japanese number has, but of Singapore.
    ['6591234567', 'JP', '6591234567'],
    ['14155552671', 'US', '14155552671'],
    ['0901234', 'JP', '0901234'],
    ['0000000000', 'JP', '0000000000'],
  ])('%s in %s', (value, country, expected) => expect(digits(value, country)).toBe(expected));
});

test('what has too few digits stays invalid', () => {
  expect(digits('110', 'JP')).toEqual({ state: 'invalid', reason: 'not_a_phone' });
  expect(digits('N/A', 'JP')).toEqual({ state: 'invalid', reason: 'not_a_phone' });
});

test('an unknown country is refused', () => {
  expect(() => e164DigitsIn('XX')).toThrow(RangeError);
  expect(() => e164DigitsIn('jp')).toThrow(RangeError);
});
