/**
 * A value that must never be shown: a log, an error, JSON or a debugger prints it as `[secret]`. Only `reveal()`
 * returns the value, so a search for that name finds every use.
 */
import { inspect } from 'node:util';

const MASK = '[secret]';

export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** Returns the value. Call it as late as possible, and do not store the result in an object. */
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
