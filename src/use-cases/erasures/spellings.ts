/** The hashes that runs make of one person: lists of other jobs may write the same identifier in another way. */
import {
  type Normalized,
  type NormalizeOptions,
  normalize,
} from '../../../packages/identifiers/src/normalize.ts';
import { sha256 } from '../../../packages/identifiers/src/sha256.ts';
import { LineupError } from '../../contracts/errors.ts';
import type { IdentifierType } from '../../contracts/requests.ts';
import { sentence } from '../../contracts/sentence.ts';

/** For one value: the SHA-256 of each spelling, in hexadecimal; undefined when it is no identifier of this type. */
export type SpellingsOf = (value: string) => readonly string[] | undefined;

/**
 * @param country of phone numbers without a country code
 * @throws {LineupError} `invalid_argument` for an unknown country
 */
export async function spellingsOf(type: IdentifierType, country: string | undefined): Promise<SpellingsOf> {
  if (type !== 'phone') return (value) => hashesOf(normalize(value, { type }), type);
  const [{ e164DigitsIn }, { phoneSpellings }] = await Promise.all([
    import('../../../packages/identifiers/src/phone.ts'),
    import('../../../packages/identifiers/src/phone-spellings.ts'),
  ]);
  const converter = country === undefined ? undefined : converterOf(e164DigitsIn, country);
  return (value) => {
    // A job without a default country sends the digits as they are.
    const outcomes = [normalize(value, { type, toE164Digits: converter }), normalize(value, { type })];
    if (outcomes[0]?.state === 'invalid') return undefined;
    const all = outcomes.flatMap((outcome) =>
      outcome.state === 'hashed'
        ? phoneSpellings(outcome.normalForm).map(sha256)
        : (hashesOf(outcome, type) ?? []),
    );
    return all.length === 0 ? undefined : [...new Set(all)];
  };
}

function hashesOf(outcome: Normalized, type: IdentifierType): readonly string[] | undefined {
  if (outcome.state === 'prehashed') return [outcome.output.toLowerCase()];
  if (outcome.state !== 'hashed') return undefined;
  // Apple writes its identifiers in upper case, and a list may have the hash of that. LINE gets a raw one in either case.
  return type === 'ifa' ? [outcome.output, sha256(outcome.normalForm.toUpperCase())] : [outcome.output];
}

function converterOf(
  e164DigitsIn: (country: string) => NonNullable<NormalizeOptions['toE164Digits']>,
  country: string,
) {
  try {
    return e164DigitsIn(country);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LineupError(
      'invalid_argument',
      sentence`The default country ${country} has no phone numbers. Enter two letters such as JP, TW or TH.`,
    );
  }
}
