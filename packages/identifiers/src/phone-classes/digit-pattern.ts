/**
 * Patterns of digits, in the part of regular expressions that numbering plans use: digits, `[2-57]`, `\d`, groups, `|`,
 * `?`, `{n}`, `{n,m}`, and `$` at the end of an alternative. A pattern becomes the steps with which a string of digits
 * can match it.
 */

/** A set of digits, and what may follow. Without digits, it says that something has matched. */
export interface Step {
  /** One bit per digit. */
  readonly digits: number;
  readonly next: Ways;
}

/** Alternative steps. */
export type Ways = readonly Step[];

/** Says that something has matched. Each call makes a different one. */
export const matched = (): Step => ({ digits: 0, next: [] });

/** Any number of any digits. */
export function anything(): Ways {
  const ways: Step[] = [];
  ways.push({ digits: ANY_DIGIT, next: ways }, matched());
  return ways;
}

/** The digits of `text`, then `next`. */
export function literal(text: string, next: Ways): Ways {
  return [...text].reduceRight<Ways>((after, digit) => [{ digits: 1 << Number(digit), next: after }], next);
}

/**
 * `source` from the first digit on, then `next`, or `atEnd` where the pattern has `$`.
 * @throws {SyntaxError} for a pattern with other constructs than those above
 */
export function pattern(source: string, next: Ways, atEnd?: Ways): Ways {
  const reader = new Reader(source, atEnd);
  const part = reader.alternatives();
  reader.expectEnd();
  return part(next);
}

/** A part of a pattern: takes the steps that follow it, and gives its own steps before them. */
type Part = (next: Ways) => Ways;

export const ANY_DIGIT = 0b11_1111_1111;

class Reader {
  readonly #source: string;
  readonly #atEnd: Ways | undefined;
  #at = 0;

  constructor(source: string, atEnd: Ways | undefined) {
    this.#source = source;
    this.#atEnd = atEnd;
  }

  alternatives(): Part {
    const all = [this.#sequence()];
    while (this.#match(/\|/y)) all.push(this.#sequence());
    return all.length === 1 ? all[0]! : (next) => all.flatMap((part) => part(next));
  }

  expectEnd(): void {
    if (this.#at < this.#source.length) throw this.#unknown();
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at]!)) {
      parts.push(this.#repeated(this.#atom()));
    }
    return (next) => parts.reduceRight((after, part) => part(after), next);
  }

  #repeated(part: Part): Part {
    const times = this.#match(/\?|\{(\d+)(?:,(\d+))?\}/y);
    if (!times) return part;
    const [, least = '0', most = times[1] ?? '1'] = times;
    return (next) => {
      let ways = next;
      for (let n = Number(least); n < Number(most); n++) ways = [...next, ...part(ways)];
      for (let n = 0; n < Number(least); n++) ways = part(ways);
      return ways;
    };
  }

  #atom(): Part {
    const digit = this.#match(/\d|\\d|\[(?:\d(?:-\d)?|\\d)+\]/y);
    if (digit) {
      const digits = digitsOf(digit[0]);
      return (next) => [{ digits, next }];
    }
    const atEnd = this.#atEnd;
    if (atEnd && this.#match(/\$/y)) return () => atEnd;
    if (!this.#match(/\((?!\?)|\(\?:/y)) throw this.#unknown();
    const group = this.alternatives();
    if (!this.#match(/\)/y)) throw this.#unknown();
    return group;
  }

  #match(token: RegExp): RegExpExecArray | null {
    token.lastIndex = this.#at;
    const found = token.exec(this.#source);
    if (found) this.#at = token.lastIndex;
    return found;
  }

  #unknown(): SyntaxError {
    return new SyntaxError(`no pattern of digits at ${this.#at}: ${this.#source}`);
  }
}

/** The digits that the pattern of one character takes. */
function digitsOf(source: string): number {
  // regex-bounded: a part of libphonenumber's tables, used on one digit
  const set = new RegExp(source);
  return [...'0123456789'].reduce((digits, digit) => digits | (set.test(digit) ? 1 << Number(digit) : 0), 0);
}
