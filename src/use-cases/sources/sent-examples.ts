/** Two masked examples of what an export sends: they show whether the rules see the values as the person means them. */
import { type NormalizeOptions, normalize } from '../../../packages/identifiers/src/normalize.ts';
import { callingCodeAtStart } from '../../domain/values/regions.ts';
import { mask } from '../../sources/mask.ts';
import type { ValueTaker } from './first-values.ts';

const EXAMPLES = 2;

/** Examples come from this many first values. */
const LOOKED_AT = 1_000;

export class SentExamples implements ValueTaker {
  readonly found: { readonly row: number; readonly value: string }[] = [];
  readonly #options: NormalizeOptions;
  #row = 0;
  #values = 0;

  constructor(options: NormalizeOptions) {
    this.#options = options;
  }

  take(value: string, isFurther: boolean): boolean {
    if (!isFurther) this.#row += 1;
    this.#values += 1;
    const shown = this.#shown(value);
    if (shown !== undefined) this.found.push({ row: this.#row, value: shown });
    return this.found.length < EXAMPLES && this.#values < LOOKED_AT;
  }

  #shown(value: string): string | undefined {
    const outcome = normalize(value, this.#options);
    if (outcome.state === 'missing' || outcome.state === 'invalid') return undefined;
    if (outcome.state !== 'hashed') return mask(outcome.output);
    const { normalForm } = outcome;
    // The mask of a number has its last digits only, and the calling code is what matters here.
    const code = this.#options.type === 'phone' ? callingCodeAtStart(normalForm) : undefined;
    return code === undefined ? mask(normalForm) : `+${code} ${mask(normalForm)}`;
  }
}
