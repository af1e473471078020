/**
 * A value that must never be shown: in a log, an error, JSON or a debugger's print-out it is `[secret]`. Only
 * `reveal()` gives it, so that every use can be found by that word.
 */
import { inspect } from 'node:util';

const MASK = '[secret]';

export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Call it as late as possible, and keep the answer in no object. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.toPrimitive](): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
