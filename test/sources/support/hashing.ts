/** What a scan of hashes must give: the identifier rules, for values of ASCII characters. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { CountryCode } from 'libphonenumber-js/core';
import { normalize } from '../../../packages/identifiers/src/normalize.ts';
import { e164DigitsIn } from '../../../packages/identifiers/src/phone.ts';
import {
  type NumberPatterns,
  numberPatternsIn,
} from '../../../packages/identifiers/src/phone-classes/class-patterns.ts';
import { numberClassesIn } from '../../../packages/identifiers/src/phone-classes/number-classes.ts';
import { phoneNumber } from '../../../packages/identifiers/test/phone-classes/numbers.ts';
import { written } from '../../../packages/identifiers/test/streams.ts';
import { callingCodeOf } from '../../../src/domain/values/regions.ts';
import type { HashedField, JudgedValues, Scan } from '../../../src/sources/source.ts';
import { readFields } from './values.ts';

type Rules = Omit<HashedField, 'field'>;
type Value = string | null;

export interface Hashes {
  /** Each hash as often as it occurs, in the order of the alphabet. */
  readonly hashes: readonly string[];
  readonly judged: JudgedValues;
}

/** The counts of a field without values. */
export const nothing: JudgedValues = {
  missing: 0,
  invalid: {},
  hashed: 0,
  further: 0,
  leadingZero: 0,
  repaired: 0,
  digitsLost: 0,
  looksNational: 0,
};

/** What the fields of a scan give. */
export async function readHashes(scan: Scan): Promise<Hashes[]> {
  const fields = await readFields(scan);
  const judged = scan.judged?.() ?? [];
  return fields.map((members, index) => ({
    hashes: members.map(([hash = '']) => hash).sort(),
    judged: judged[index]!,
  }));
}

/**
 * What the reference rules give, for values of one member each. Not judged are a value with other than ASCII
 * characters, and a number that has no class in the default country.
 */
export function expectedHashes(values: readonly Value[], rules: Rules): Hashes {
  const { identifierType: type, defaultCountry, presumedCountry } = rules;
  const toE164Digits = defaultCountry === undefined ? undefined : judgedDigitsIn(defaultCountry);
  const presumed = presumedCountry === undefined ? undefined : judgedDigitsIn(presumedCountry);
  const callingCode = callingCodeOf(presumedCountry ?? '') ?? '';
  // As in packages/identifiers/test/support.ts, except that a number without a class is not counted.
  const lacksCode = (value: string, sent: string) => {
    if (!presumed || toE164Digits) return false;
    const asNational = unlessUnjudged(() => normalize(value, { type, toE164Digits: presumed }));
    return asNational?.state === 'hashed' && asNational.normalForm === callingCode + sent;
  };
  const hashes: string[] = [];
  const judged = { ...nothing };
  const invalid: Record<string, number> = {};
  const refuse = (reason: string) => {
    invalid[reason] = (invalid[reason] ?? 0) + 1;
  };
  for (const value of values) {
    const outcome = isAscii(value ?? '') && unlessUnjudged(() => normalize(value, { type, toE164Digits }));
    if (!outcome) {
      refuse('not_hashed_in_database');
      continue;
    }
    if (outcome.state === 'missing') judged.missing += 1;
    else if (outcome.state === 'invalid') {
      refuse(outcome.reason);
      if (outcome.digitsLost) judged.digitsLost += 1;
    } else {
      hashes.push(outcome.output);
      if (outcome.state !== 'hashed') continue;
      judged.hashed += 1;
      if (outcome.repaired) judged.repaired += 1;
      if (type !== 'phone') continue;
      if (outcome.normalForm.startsWith('0')) judged.leadingZero += 1;
      else if (lacksCode(value ?? '', outcome.normalForm)) judged.looksNational += 1;
    }
  }
  return { hashes: hashes.sort(), judged: { ...judged, invalid } };
}

class UnjudgedError extends Error {}

function unlessUnjudged<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnjudgedError) return undefined;
    throw error;
  }
}

/** @throws {UnjudgedError} for a number without a class */
function judgedDigitsIn(country: string): (digits: string) => string | undefined {
  const { replaced, notAPhone, ownDigits } = numberPatternsIn(country)!;
  const patterns = [...replaced.values(), notAPhone, ownDigits].filter((pattern) => pattern !== undefined);
  // regex-bounded: the patterns that the database gets, for short texts of digits
  const known = patterns.map((pattern) => new RegExp(`^(${pattern})$`));
  const toE164Digits = e164DigitsIn(country);
  return (digits) => {
    if (!known.some((pattern) => pattern.test(digits))) throw new UnjudgedError();
    return toE164Digits(digits);
  };
}

const isAscii = (text: string): boolean => [...text].every((character) => character.charCodeAt(0) < 0x80);

const SEED = 20_261_128;
const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\v', '\f', '\r'), maxLength: 2 });
const vectors: { readonly cases: readonly { readonly input: Value }[] } = JSON.parse(
  readFileSync(new URL('../../../packages/identifiers/test/vectors/identifiers.json', import.meta.url), 'utf8'),
);
const numbersOf = (country: CountryCode) => phoneNumber(country, numberClassesIn(country)!);

/** The rules that databases are tested with. */
export const hashRules: readonly Rules[] = [
  { identifierType: 'email' },
  { identifierType: 'ifa' },
  { identifierType: 'phone' },
  { identifierType: 'phone', defaultCountry: 'JP' },
  { identifierType: 'phone', defaultCountry: 'TW' },
  { identifierType: 'phone', defaultCountry: 'TH' },
  { identifierType: 'phone', defaultCountry: 'ID' },
  { identifierType: 'phone', defaultCountry: 'SG' },
  { identifierType: 'phone', presumedCountry: 'JP' },
  { identifierType: 'phone', presumedCountry: 'SG' },
];

/**
 * Values near the limits of the rules, hostile ones, and NULL. No value has a NUL, which no PostgreSQL text may have.
 */
export function hostileValues(
  { identifierType, defaultCountry, presumedCountry = 'JP' }: Rules,
  count: number,
): Value[] {
  const hash = fc.stringMatching(/^[0-9a-fA-F]{63,65}$/);
  const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 20 });
  const value = fc.oneof(
    { weight: 12, arbitrary: written[identifierType] },
    { weight: 2, arbitrary: fc.oneof(...Object.values(written), hash, ascii) },
    {
      weight: identifierType === 'phone' ? 12 : 0,
      arbitrary: numbersOf((defaultCountry ?? presumedCountry) as CountryCode),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(written[identifierType], fc.integer({ min: 990, max: 1010 }), fc.constantFrom(' ', '(', 'x'))
        .map(([text, length, filler]) => text.padStart(length, filler)),
    },
  );
  const surrounded = fc.tuple(space, value, space).map((parts) => parts.join(''));
  const given = fc.sample(fc.option(surrounded, { freq: 50, nil: null }), { numRuns: count, seed: SEED });
  const golden = vectors.cases.map(({ input }) => input);
  return [...golden, ...given, ...given.slice(0, 100)].map(
    (text) => text?.toWellFormed().replaceAll('\0', '\u0001') ?? null,
  );
}

/** Like those of Japan, but short: for statements that people read. */
export const shortPatterns: NumberPatterns = {
  callingCode: '81',
  replaced: new Map([[1, '0[1-9][0-9]{8,9}']]),
  notAPhone: '00[0-9]*',
  ownDigits: '81[1-9][0-9]{8,9}',
};
