/** What libphonenumber's tables say about a country: the part of a numbering plan that decides what a number is. */
import type { MetadataJson } from 'libphonenumber-js/core';

export interface NumberingPlan {
  readonly callingCode: string;
  /** Of what is dialled before a foreign number. */
  readonly abroad: string;
  /** Of national numbers: of all, and of each kind. */
  readonly numbers: readonly string[];
  /** What national numbers begin with when they are written in the country, as a rule `0`. */
  readonly prefix: string;
  /** Of all that may stand before a national number: the prefix, a carrier's code; `$` ends what is a whole number. */
  readonly prefixPattern: string;
  /** Of the first digits that tell the country from others of its calling code. */
  readonly leadingDigits: string;
}

/** The format of the tables, whose places are counted here. */
const FORMAT = 4;

/** A country's plan in one of the library's tables; what it lacks is an empty text. @throws {SyntaxError} for tables of another format */
export function numberingPlan(tables: MetadataJson, country: string): NumberingPlan {
  const plan: unknown = Object.entries(tables.countries).find(([code]) => code === country)?.[1];
  if (tables.version !== FORMAT || !Array.isArray(plan)) throw new SyntaxError(`no plan of ${country}`);
  const text = (place: number) => textAt(plan, place);
  const kinds: unknown = plan[11] || [];
  if (!Array.isArray(kinds)) throw new SyntaxError(`no kinds of numbers of ${country}`);
  return {
    callingCode: text(0),
    abroad: text(1),
    numbers: [text(2), ...kinds.map((kind: unknown) => (Array.isArray(kind) ? textAt(kind, 0) : ''))].filter(
      Boolean,
    ),
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
