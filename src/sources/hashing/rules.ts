/** The rules for the fields of a scan of hashes, with the patterns of a default country. They are loaded only when they are needed. */
import type { IdentifierType } from '../../contracts/requests.ts';
import type { HashedField } from '../source.ts';

/** What a default country does with the digits of a number without `+`: expressions for the whole text of digits. */
export interface PhonePatterns {
  readonly callingCode: string;
  /** The number keeps its own digits. */
  readonly ownDigits: string | undefined;
  /** The number cannot exist. */
  readonly notAPhone: string | undefined;
  /** The calling code replaces so many of the first digits. */
  readonly replaced: ReadonlyMap<number, string>;
}

export interface FieldRules {
  readonly identifierType: IdentifierType;
  /** Of a default country. */
  readonly patterns?: PhonePatterns | undefined;
}

/** A country without patterns: no number without `+` can be judged. */
const NO_PATTERNS: PhonePatterns = {
  callingCode: '',
  ownDigits: undefined,
  notAPhone: undefined,
  replaced: new Map(),
};

export async function rulesOf(fields: readonly HashedField[]): Promise<FieldRules[]> {
  return Promise.all(
    fields.map(async ({ identifierType, defaultCountry }) => ({
      identifierType,
      ...(identifierType === 'phone' &&
        defaultCountry !== undefined && { patterns: await patternsOf(defaultCountry) }),
    })),
  );
}

async function patternsOf(country: string): Promise<PhonePatterns> {
  void country;
  return NO_PATTERNS;
}
