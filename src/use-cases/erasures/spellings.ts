/** The hashes that runs make of one person: lists of other jobs may write the same identifier in another way. */
import {
  judge,
  type Normalized,
  type NormalizeOptions,
  normalize,
} from '../../../packages/identifiers/src/normalize.ts';
import { sha256 } from '../../../packages/identifiers/src/sha256.ts';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';

/** In hexadecimal. The first one is that of the complete identifier, which says who it is. */
export type Spellings = readonly [string, ...string[]];

/**
 * For one value: the SHA-256 of each spelling; undefined when it is no identifier of this type, or nobody knows whose.
 */
export type SpellingsOf = (value: string) => Spellings | undefined;

/** The countries of phone numbers without a country code. */
export interface PhoneCountries {
  /** Of the values. Undefined when nobody has said it. */
  readonly own: string | undefined;
  /** Of jobs: each makes another number of the same digits. */
  readonly ofJobs: readonly string[];
}

/** @throws {LineupError} `invalid_argument` for an unknown country */
export async function spellingsOf(type: IdentifierType, countries: PhoneCountries): Promise<SpellingsOf> {
  // Of a LINE user id there may be the hash alone, as in a list.
  if (type !== 'phone') return (value) => hashesOf(judge(value, { type }, true), type);
  const [{ e164DigitsIn }, { isPhoneNumber, phoneSpellings }] = await Promise.all([
    import('../../../packages/identifiers/src/phone.ts'),
    import('../../../packages/identifiers/src/phone-spellings.ts'),
  ]);
  const own = countries.own === undefined ? undefined : converterOf(e164DigitsIn, countries.own);
  if (countries.own !== undefined && !own) throw noSuchCountry(countries.own);
  const ofJobs = countries.ofJobs.flatMap((country) => converterOf(e164DigitsIn, country) ?? []);
  return (value) => {
    let hasCode = true;
    const converted = (convert: ToE164Digits = (digits) => digits) =>
      normalize(value, {
        type,
        toE164Digits: (digits) => {
          hasCode = false;
          return convert(digits);
        },
      });
    const first = converted(own);
    if (first.state !== 'hashed') return hashesOf(first, type);
    if (hasCode) return hashed(phoneSpellings(first.normalForm));
    // A job without a default country sends the digits as they are.
    const forms = [first, converted(), ...ofJobs.map((convert) => converted(convert))].flatMap((outcome) =>
      outcome.state === 'hashed' ? [outcome.normalForm] : [],
    );
    const complete = forms.filter(isPhoneNumber);
    if (complete.length === 0) return undefined;
    return hashed([...complete, ...forms].flatMap(phoneSpellings));
  };
}

type ToE164Digits = NonNullable<NormalizeOptions['toE164Digits']>;

const hashed = (forms: readonly string[]): Spellings | undefined => {
  const [first, ...others] = new Set(forms.map(sha256));
  return first === undefined ? undefined : [first, ...others];
};

function hashesOf(outcome: Normalized, type: IdentifierType): Spellings | undefined {
  if (outcome.state === 'prehashed') return [outcome.output.toLowerCase()];
  if (outcome.state === 'raw') return [sha256(outcome.output)];
  if (outcome.state !== 'hashed') return undefined;
  // Apple writes its identifiers in upper case, and a list may have the hash of that. LINE gets a raw one in either
  // case.
  return type === 'ifa' ? [outcome.output, sha256(outcome.normalForm.toUpperCase())] : [outcome.output];
}

/** Undefined for a country without phone numbers. */
function converterOf(e164DigitsIn: (country: string) => ToE164Digits, country: string): ToE164Digits | undefined {
  try {
    return e164DigitsIn(country);
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

const noSuchCountry = (country: string): LineupError =>
  new LineupError(
    'invalid_argument',
    sentence`The default country ${country} has no phone numbers. Enter two letters such as JP, TW or TH.`,
  );
