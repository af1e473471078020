/**
 * What a sample of a query shows: for each of the first members, whether there is a value, and what the identifier
 * rules make of it. A mask would not be enough. The author of a query decides what its values are, so the part that a
 * mask leaves could be any part of an identifier. The reader itself judges the values, so none of them leaves it.
 */
import { normalize } from '../../../packages/identifiers/src/normalize.ts';
import { e164DigitsIn } from '../../../packages/identifiers/src/phone.ts';
import type { SampledOutcome } from '../../contracts/sources.ts';
import type { ShowValue, Source } from '../../sources/source.ts';
import type { SampleRules } from '../protocol.ts';

/** From the one that says most about a member with several values. */
const ORDER = ['present', 'valid', 'hashed', 'invalid', 'missing'] as const;

/** @param rules null: only whether there is a value */
export async function outcomesOf(
  source: Source,
  { field, limit, rules }: { field: string; limit: number; rules: SampleRules | null },
  signal: AbortSignal,
): Promise<SampledOutcome[]> {
  const rows = await source.preview(field, limit, signal, judging(rules));
  return rows.map(({ row, values }) => {
    const found = values.map(outcomeOf);
    const outcome = ORDER.find((outcome) => found.some((value) => value.outcome === outcome)) ?? 'missing';
    return { row, ...(found.find((value) => value.outcome === outcome) ?? { outcome }) };
  });
}

type Outcome = Omit<SampledOutcome, 'row'>;

/** The text that `judging` makes of a value that is not valid. */
const INVALID = 'invalid ';

const outcomeOf = (text: string): Outcome =>
  text.startsWith(INVALID)
    ? { outcome: 'invalid', reason: text.slice(INVALID.length) }
    : { outcome: text as Outcome['outcome'] };

function judging(rules: SampleRules | null): ShowValue {
  if (!rules) return (value) => (value.trim() === '' ? 'missing' : 'present');
  const { identifierType: type, defaultCountry } = rules;
  const options = { type, ...(defaultCountry !== null && { toE164Digits: e164DigitsIn(defaultCountry) }) };
  return (value) => {
    const judged = normalize(value, options);
    switch (judged.state) {
      case 'invalid':
        return `${INVALID}${judged.reason}`;
      case 'missing':
        return 'missing';
      case 'prehashed':
        return 'hashed';
      default:
        return 'valid';
    }
  };
}
