/**
 * The shared strings of a workbook, read only as far as a cell needs them. They are kept in one buffer,
 * because a million JavaScript strings would need several times the memory.
 */
import { outOfBounds, tooLarge } from './faults.ts';
import { visitXml, XmlError } from './xml.ts';

/** The limit of the memory, in MB. */
const MOST = 256;

export class SharedStrings {
  readonly #name: string;
  readonly #parsing: AsyncGenerator<void, void>;
  #bytes = Buffer.allocUnsafe(1 << 16);
  /** Where each string ends. */
  #ends = new Uint32Array(1 << 10);
  #count = 0;
  #done = false;

  /** @param part `xl/sharedStrings.xml`, or nothing when there is none */
  constructor(part: AsyncIterable<Uint8Array>, name: string) {
    this.#name = name;
    const item = new StringItem();
    this.#parsing = visitXml(part, {
      open: (tag) => {
        if (tag === 'si') item.begin();
        else item.open(tag);
      },
      text: (text) => item.append(text),
      close: (tag) => {
        if (tag === 'si') this.#add(item.end());
        else item.close(tag);
      },
    });
  }

  /** Whether the string was read already. */
  has(index: number): boolean {
    return index < this.#count;
  }

  /** Reads until the string is there. @throws {XmlError} when there is no such string */
  async reach(index: number): Promise<void> {
    while (index >= this.#count && !this.#done) this.#done = (await this.#parsing.next()).done === true;
    if (!this.has(index)) throw new XmlError('string');
  }

  /** A string that was read. */
  get(index: number): string {
    const start = index === 0 ? 0 : this.#ends[index - 1];
    return this.#bytes.toString('utf8', start, this.#ends[index]);
  }

  async close(): Promise<void> {
    await this.#parsing.return();
  }

  #add(text: string | undefined): void {
    if (text === undefined) throw outOfBounds(this.#name);
    const start = this.#count === 0 ? 0 : this.#ends[this.#count - 1]!;
    this.#reserve(start + text.length * 3);
    if (this.#count === this.#ends.length) {
      const ends = new Uint32Array(this.#ends.length * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#ends[this.#count] = start + this.#bytes.write(text, start);
    this.#count += 1;
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    if (size > MOST * 1_000_000) throw tooLarge(this.#name, MOST);
    const bytes = Buffer.allocUnsafe(Math.min(MOST * 1_000_000, Math.max(size, this.#bytes.length * 2)));
    this.#bytes.copy(bytes);
    this.#bytes = bytes;
  }
}

/** Far more than a cell of Excel can hold (32,767). */
const MAX_CHARACTERS = 1 << 22;

/**
 * Escapes for characters that XML cannot hold or would change: `_x000D_` is a carriage return, `_x005F_` an
 * underscore (ECMA-376, 22.9.2.19).
 */
const ESCAPED = /_x([0-9a-f]{4})_/gi;

export class StringItem {
  #text = '';
  #isText = false;
  /** Inside the kana reading of kanji, which is in the same item. */
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
    // Stop at the limit. `end` then reports that the text is too long.
    if (this.#isText && this.#text.length <= MAX_CHARACTERS) this.#text += text;
  }

  /** The whole text. Undefined when it is longer than a cell may be. */
  end(): string | undefined {
    return this.#text.length > MAX_CHARACTERS ? undefined : unescaped(this.#text);
  }
}

const unescaped = (text: string): string =>
  text.includes('_x') ? text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text;
