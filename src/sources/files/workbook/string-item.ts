/** A text as workbooks write it: in one piece or in runs of different looks, with or without its reading in Kana. */

/** Far more than a cell of Excel holds (32,767). */
const MOST_CHARACTERS = 1 << 22;

/** Characters that XML cannot hold, or would change: `_x000D_` is a carriage return, `_x005F_` an underscore (ECMA-376, 22.9.2.19). */
const ESCAPED = /_x([0-9a-f]{4})_/gi;

export class StringItem {
  #text = '';
  #isText = false;
  /** Readings of kanji, which stand in the same item. */
  #isPhonetic = false;

  begin(): void {
    this.#text = '';
    this.#isText = false;
    this.#isPhonetic = false;
  }

  open(tag: string): void {
    if (tag === 'rPh') this.#isPhonetic = true;
    if (tag === 't') this.#isText = !this.#isPhonetic;
  }

  close(tag: string): void {
    if (tag === 'rPh') this.#isPhonetic = false;
    if (tag === 't') this.#isText = false;
  }

  append(text: string): void {
    // One too long is told at its end: until then what came is enough.
    if (this.#isText && this.#text.length <= MOST_CHARACTERS) this.#text += text;
  }

  /** The whole text; undefined for one that is longer than any cell may be. */
  end(): string | undefined {
    return this.#text.length > MOST_CHARACTERS ? undefined : unescaped(this.#text);
  }
}

const unescaped = (text: string): string =>
  text.includes('_x')
    ? text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
