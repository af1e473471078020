/** Random numbers from a seed. Each purpose has its own stream, so that a change in one does not move the others. */

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param stream what the numbers are for */
  constructor(seed: number, stream: string) {
    let hash = 0x811c9dc5 ^ seed;
    for (let n = 0; n < stream.length; n += 1) hash = Math.imul(hash ^ stream.charCodeAt(n), 0x01000193);
    this.#a = hash;
    this.#b = seed | 0;
    this.#c = (seed / 0x1_0000_0000) | 0;
    this.#d = 1;
    // The first numbers of similar seeds are similar.
    for (let n = 0; n < 12; n += 1) this.next();
  }

  /** From 0 up to 1 (sfc32, by Chris Doty-Humphrey, public domain). */
  next(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!;
  }

  /** Text of lower-case letters and digits. */
  text(length: number): string {
    let text = '';
    for (let n = 0; n < length; n += 1) text += 'abcdefghjkmnpqrstuvwxyz23456789'[Math.floor(this.next() * 31)];
    return text;
  }
}
