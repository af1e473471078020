/**
 * How many members can be reached by at least one of several identifiers. It takes the values of the first members
 * beside the staging, which counts the identifiers of each field alone.
 */
import { type NormalizeOptions, normalize } from '../../../packages/identifiers/src/normalize.ts';
import type { ValueTaker } from './first-values.ts';

/** Enough for a share that a person can rely on, and a moment's work. */
export const MEMBERS_LOOKED_AT = 10_000;

export interface Reachable {
  readonly members: number;
  readonly of: number;
}

export class Reach {
  /** Of each field. */
  readonly takers: readonly Members[];

  /** @param rules for the fields of the scan */
  constructor(rules: readonly NormalizeOptions[]) {
    this.takers = rules.map((options) => new Members(options));
  }

  /** Of the members that every field has given by now, at most `MEMBERS_LOOKED_AT`. */
  result(): Reachable {
    const looked = Math.min(...this.takers.map(({ known }) => known));
    let members = 0;
    for (let n = 0; n < looked; n++) if (this.takers.some(({ isValid }) => isValid[n])) members += 1;
    return { members, of: looked };
  }
}

/** The first members of one field. */
class Members implements ValueTaker {
  readonly isValid: boolean[] = [];
  readonly #options: NormalizeOptions;

  constructor(options: NormalizeOptions) {
    this.#options = options;
  }

  /** Members whose values are all known. */
  get known(): number {
    return Math.min(this.isValid.length, MEMBERS_LOOKED_AT);
  }

  take(value: string, isFurther: boolean): boolean {
    const { state } = normalize(value, this.#options);
    const isValid = state !== 'missing' && state !== 'invalid';
    if (isFurther) this.isValid[this.isValid.length - 1] ||= isValid;
    else this.isValid.push(isValid);
    // One more, because a member may have further values.
    return this.isValid.length <= MEMBERS_LOOKED_AT;
  }
}
