/** Values of LY: ids that are int64, flags that are text, and properties that are all nullable. */
import {
  AnswerError,
  asId,
  type JsonObject,
  optionalNumber,
  optionalText,
  show,
} from '../../client-core/src/validation.ts';

/** LY's limit for the name of an audience list, in characters. */
export const LONGEST_NAME = 128;

/**
 * An id as a JSON number. LY's ids have 64 bits; what JSON would round is refused.
 * @throws {TypeError}
 */
export function idNumber(name: string, value: string): number {
  const id = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw new TypeError(`Expected ${name} to be the digits of an id, got ${show(value)}.`);
}

/** All calls but those of base accounts name the base account. @throws {TypeError} */
export function requireBase(isBased: boolean): void {
  if (!isBased) throw new TypeError('Expected the client to have a baseAccountId for this call, got none.');
}

/** The properties of an answer that may be null, as they are. */
export class Nullable {
  readonly #value: JsonObject;

  constructor(value: JsonObject) {
    this.#value = value;
  }

  text<T extends string = string>(name: string): T | null {
    return (optionalText(this.#value[name]) as T | undefined) ?? null;
  }

  /** @throws {AnswerError} for a number that JSON has rounded */
  id(name: string): string | null {
    const value = this.#value[name];
    return value === null || value === undefined ? null : asId(value, name);
  }

  number(name: string): number | null {
    return optionalNumber(this.#value[name]) ?? null;
  }

  /** A JSON boolean, or the text `TRUE` or `FALSE`. Null for `UNKNOWN`. */
  flag(name: string): boolean | null {
    const value = this.#value[name];
    if (typeof value === 'boolean') return value;
    if (value === 'TRUE') return true;
    return value === 'FALSE' ? false : null;
  }

  object(name: string): Nullable {
    const value = this.#value[name];
    return new Nullable(isObject(value) ? value : {});
  }

  /** The first object in this one with one of these properties; else an empty one. */
  objectWith(...names: readonly string[]): Nullable {
    const has = (value: unknown): value is JsonObject => isObject(value) && names.some((name) => value[name] != null);
    return new Nullable([this.#value, ...Object.values(this.#value)].find(has) ?? {});
  }
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** Each entity of `values`. One that is null, or has no id, is left out. @throws {AnswerError} */
export function valuesOf<T>(rval: JsonObject, entity: string, read: (value: Nullable) => T | undefined): T[] {
  const { values } = rval;
  if (values === null || values === undefined) return [];
  if (!Array.isArray(values)) throw new AnswerError('values is not a list');
  return (values as (JsonObject | null)[]).flatMap((value) => {
    const found = value?.[entity];
    if (typeof found !== 'object' || found === null) return [];
    return read(new Nullable(found as JsonObject)) ?? [];
  });
}

/** The only entity of an answer to a write. @throws {AnswerError} */
export function onlyValue<T>(rval: JsonObject, entity: string, read: (value: Nullable) => T | undefined): T {
  const [value] = valuesOf(rval, entity, read);
  if (value === undefined) throw new AnswerError(`it has no ${entity}`);
  return value;
}
