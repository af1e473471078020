/**
 * The part of libphonenumber's tables for a country that decides what a number is. Its patterns are regular
 * expressions.
 */
import type { MetadataJson } from 'libphonenumber-js/core';

export interface NumberingPlan {
  readonly callingCode: string;
  /** The pattern of what people dial before a foreign number. */
  readonly abroad: string;
  /** The patterns of all national numbers, and of each kind. */
  readonly numbers: readonly string[];
  /** The first digits of national numbers as people write them in the country, usually `0`. */
  readonly prefix: string;
  /** The pattern of what may stand before a national number: the prefix, a carrier's code. `$` ends a whole number. */
  readonly prefixPattern: string;
  /** The pattern of the first digits that distinguish the country from others with its calling code. */
  readonly leadingDigits: string;
}

/** The format of the tables. The places in the code below are those of this format. */
const FORMAT = 4;

/**
 * A country's plan in one of the library's tables. What it lacks is an empty text.
 * @throws {SyntaxError} for tables of another format
 */
export function numberingPlan(tables: MetadataJson, country: string): NumberingPlan {
  const plan: unknown = Object.entries(tables.countries).find(([code]) => code === country)?.[1];
  if (tables.version !== FORMAT || !Array.isArray(plan)) throw new SyntaxError(`no plan of ${country}`);
  const text = (place: number) => textAt(plan, place);
  const kinds: unknown = plan[11] || [];
  if (!Array.isArray(kinds)) throw new SyntaxError(`no kinds of numbers of ${country}`);
  return {
    callingCode: text(0),
    abroad: text(1),
    numbers: [text(2), ...kinds.map((kind: unknown) => (Array.isArray(kind) ? textAt(kind, 0) : ''))].filter(Boolean),
    prefix: text(5),
    prefixPattern: text(7) || text(5),
    leadingDigits: text(10),
  };
}

function textAt(list: readonly unknown[], place: number): string {
  const text = list[place] || '';
  if (typeof text !== 'string') throw new SyntaxError(`no text at ${place} of a numbering plan`);
  return text;
}
