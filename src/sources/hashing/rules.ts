/**
 * The rules for the fields of a scan of hashes, with the patterns of a default country. They are loaded only when they
 * are needed.
 */
import type { NumberPatterns } from '../../../packages/identifiers/src/phone-classes/class-patterns.ts';
import type { HashedType } from '../../domain/audiences/requests.ts';
import type { HashedField } from '../source.ts';

export interface FieldRules {
  readonly identifierType: HashedType;
  /** Of a default country. */
  readonly patterns?: NumberPatterns | undefined;
  /** Of the presumed country. Its numbers are only counted. */
  readonly presumed?: NumberPatterns | undefined;
}

/** A country without patterns: no number without `+` can be judged. */
const NO_PATTERNS: NumberPatterns = {
  callingCode: '',
  replaced: new Map(),
  notAPhone: undefined,
  ownDigits: undefined,
};

/** Takes up to a second for a country of North America. */
export async function rulesOf(fields: readonly HashedField[]): Promise<FieldRules[]> {
  const known = new Map<string, Promise<NumberPatterns>>();
  const patternsIn = (country: string): Promise<NumberPatterns> => {
    const patterns = known.get(country) ?? patternsOf(country);
    known.set(country, patterns);
    return patterns;
  };
  return Promise.all(
    fields.map(async ({ identifierType, defaultCountry, presumedCountry }) => {
      if (identifierType !== 'phone') return { identifierType };
      if (defaultCountry !== undefined) return { identifierType, patterns: await patternsIn(defaultCountry) };
      return presumedCountry === undefined
        ? { identifierType }
        : { identifierType, presumed: await patternsIn(presumedCountry) };
    }),
  );
}

async function patternsOf(country: string): Promise<NumberPatterns> {
  const { numberPatternsIn } = await import('../../../packages/identifiers/src/phone-classes/class-patterns.ts');
  return numberPatternsIn(country) ?? NO_PATTERNS;
}
