/**
 * Answers that are read again for a while, because the database had to look at very many rows for them. Whether an
 * answer is one of these depends on its size, and not on the time that it took. So a small installation always sees
 * what is there now.
 */

/** An answer, and when the database was asked for it. */
export interface Answer<T> {
  readonly value: T;
  readonly at: Date;
}

export interface ReuseOptions<T> {
  readonly now: () => Date;
  /** Whether the database had to look at very many rows. */
  readonly isLarge: (value: T) => boolean;
  /**
   * An answer that is older is still given, while the next one is read. One that took long is young for longer, up to
   * half of `longestMs`, so that reading takes little of the time. @default a minute
   */
  readonly freshMs?: number;
  /** An answer that is older is not given any more. @default ten minutes */
  readonly longestMs?: number;
}

/** An answer is young for so many times as long as it took to read. */
const TIMES_OF_READING = 50;

/** The most questions whose answers are kept. */
const MOST = 100;

export class Reuse<T> {
  readonly #options: ReuseOptions<T>;
  readonly #answers = new Map<string, Answer<T> & { readonly tookMs: number }>();
  readonly #reading = new Map<string, Promise<Answer<T>>>();

  constructor(options: ReuseOptions<T>) {
    this.#options = options;
  }

  /** @param question names everything that the answer depends on, also who may see it */
  async ask(question: string, read: () => Promise<T>): Promise<Answer<T>> {
    const { now, freshMs = 60_000, longestMs = 600_000 } = this.#options;
    const known = this.#answers.get(question);
    const ahead = this.#reading.get(question);
    if (!known) return ahead ? this.#after(ahead, question, read) : this.#readOnce(question, read);
    const age = now().getTime() - known.at.getTime();
    // The clock may have been set back since then.
    if (age < 0 || age > longestMs) return this.#readOnce(question, read);
    // If it fails, the next one who asks tries again.
    const young = Math.max(freshMs, Math.min(known.tookMs * TIMES_OF_READING, longestMs / 2));
    if (age > young) this.#readOnce(question, read).catch(() => {});
    return known;
  }

  /**
   * Several who ask for the first time share an answer that turns out to be large. A small one was begun before others
   * asked, and somebody may have changed something since. So they read anew.
   */
  async #after(ahead: Promise<Answer<T>>, question: string, read: () => Promise<T>): Promise<Answer<T>> {
    const answer = await ahead.catch(() => undefined);
    return answer && this.#options.isLarge(answer.value) ? answer : this.#readOnce(question, read);
  }

  /** Several who ask for a large answer at the same time share it. */
  #readOnce(question: string, read: () => Promise<T>): Promise<Answer<T>> {
    const reading = this.#reading.get(question) ?? this.#read(question, read);
    this.#reading.set(question, reading);
    return reading.finally(() => this.#reading.delete(question));
  }

  async #read(question: string, read: () => Promise<T>): Promise<Answer<T>> {
    const at = this.#options.now();
    const value = await read();
    const answer = { value, at, tookMs: this.#options.now().getTime() - at.getTime() };
    this.#answers.delete(question);
    if (this.#options.isLarge(answer.value)) this.#answers.set(question, answer);
    if (this.#answers.size > MOST) this.#answers.delete(this.#answers.keys().next().value!);
    return answer;
  }
}
