/**
 * The values of the column that names the audiences, among the first members: how many rows each has. A value is shown
 * only when it is no identifier of a person and enough rows have it, for an editor can name any column here.
 */
import type { SplitPreview } from '../../contracts/sources.ts';
import { isAboutPerson, MAX_PARTS, problemOfValue, tooManyValues } from '../../domain/jobs/part-values.ts';
import { localized } from '../../domain/text/sentence.ts';
import type { WithScan } from '../../sources/scans.ts';
import { beside, type ValueTaker } from './first-values.ts';
import { MEMBERS_LOOKED_AT } from './reach.ts';

/** A value of fewer rows is only counted. */
const FEWEST = 10;

/** @param withScan scans the column alone */
export async function splitValuesOf(column: string, withScan: WithScan): Promise<SplitPreview> {
  const counts = new Values();
  const ofQuery = await withScan(undefined, async (scan) => {
    for await (const _ of beside(scan, [[counts]]).blocks) if (counts.isFull) break;
    return scan.ofQuery === true;
  });
  return counts.result(column, ofQuery);
}

class Values implements ValueTaker {
  readonly #rows = new Map<string, number>();
  #of = 0;
  #without = 0;
  /** The values of the present member. */
  #own = new Set<string>();

  /** Whether it wants no more: the first members are enough, and so is one value too many. */
  get isFull(): boolean {
    return this.#of >= MEMBERS_LOOKED_AT || this.#rows.size > MAX_PARTS;
  }

  take(value: string, isFurther: boolean): boolean {
    if (!isFurther) {
      if (this.isFull) return false;
      this.#count();
      this.#of += 1;
    }
    const plain = value.trim();
    if (plain !== '') this.#own.add(plain);
    return true;
  }

  /** The member is whole. */
  #count(): void {
    if (this.#of > 0 && this.#own.size === 0) this.#without += 1;
    for (const value of this.#own) this.#rows.set(value, (this.#rows.get(value) ?? 0) + 1);
    this.#own.clear();
  }

  /** @param ofQuery the values of a query show whatever its author wants, so none is shown */
  result(column: string, ofQuery: boolean): SplitPreview {
    this.#count();
    const values = [...this.#rows].map(([value, rows]) => ({ value, rows }));
    const configuration = { split: { column, name_template: '{value}', on_refusal: 'one' as const }, siblings: [] };
    const problem = values
      .map(({ value }) => problemOfValue(configuration, { value, name: '' }, Number.POSITIVE_INFINITY))
      .find((found) => found !== undefined);
    const shown = values.filter(({ value, rows }) => !ofQuery && rows >= FEWEST && !isAboutPerson(value));
    return {
      values: shown.toSorted((found, other) => other.rows - found.rows || (found.value < other.value ? -1 : 1)),
      total: Math.min(values.length, MAX_PARTS + 1),
      rows: this.#of,
      rows_without: this.#without,
      problems: [problem, values.length > MAX_PARTS ? tooManyValues(column) : undefined]
        .filter((found) => found !== undefined)
        .map(localized),
    };
  }
}
