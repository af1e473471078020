/** Finite sets of strings of digits. Equal sets of one `Languages` are the same object. */

export interface Language {
  readonly id: number;
  /** Whether the empty string is in the set. */
  readonly ends: boolean;
  /** The ends of the strings that begin with each digit. Empty if no string has a first digit. */
  readonly after: readonly Language[];
  /** One bit per length, if all strings of these lengths are in the set, and no others. */
  readonly lengths: number | undefined;
}

export class Languages {
  readonly #known = new Map<string, Language>();
  readonly none = this.#made(false, []);
  readonly emptyString = this.#made(true, []);

  /** `after` has ten languages. */
  of(ends: boolean, after: readonly Language[]): Language {
    return this.#made(ends, after.some((language) => language !== this.none) ? after : []);
  }

  /** All strings of at most `longest` digits. */
  all(longest: number): Language {
    let language = this.emptyString;
    for (let length = 1; length <= longest; length++) language = this.of(true, Array(10).fill(language));
    return language;
  }

  #made(ends: boolean, after: readonly Language[]): Language {
    const key = `${ends} ${after.map(({ id }) => id)}`;
    const known = this.#known.get(key);
    if (known) return known;
    const language = { id: this.#known.size, ends, after, lengths: lengthsOf(ends, after) };
    this.#known.set(key, language);
    return language;
  }
}

function lengthsOf(ends: boolean, after: readonly Language[]): number | undefined {
  const [first] = after;
  if (!first) return Number(ends);
  if (first.lengths === undefined || after.some((language) => language !== first)) return undefined;
  return ((first.lengths << 1) | Number(ends)) >>> 0;
}
