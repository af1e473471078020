/**
 * Readers for what a person gives the simulator, as JSON at the admin endpoint or as text in a flag. One reader
 * serves both, so that a setting cannot mean one thing in a shell and another over HTTP.
 */

/** A setting, fault or option that cannot be used; the message names it and the value it got. */
export class SimulatorInputError extends Error {
  override readonly name = 'SimulatorInputError';
}

export type Reader<T> = (value: unknown, name: string) => T;

function refuse(name: string, expected: string, value: unknown): never {
  throw new SimulatorInputError(
    `Expected ${name} to be ${expected}, got ${JSON.stringify(value) ?? 'nothing'}.`,
  );
}

/** A finite number between the bounds; digits in text count. */
export function number(min: number, max: number, { integer = true } = {}): Reader<number> {
  return (value, name) => {
    const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    const fits =
      typeof read === 'number' && read >= min && read <= max && (!integer || Number.isInteger(read));
    return fits
      ? read
      : refuse(name, `${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`, value);
  };
}

export function choice<const T extends string>(...values: readonly T[]): Reader<T> {
  return (value, name) =>
    values.find((one) => one === value) ?? refuse(name, `one of ${values.join(', ')}`, value);
}

export const text: Reader<string> = (value, name) =>
  typeof value === 'string' && value !== '' ? value : refuse(name, 'a text', value);

/** `true` or `false`; a flag without a value is true. */
export const toggle: Reader<boolean> = (value, name) => {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  return refuse(name, 'true or false', value);
};

/** A JSON object, or a refusal that names what was expected. */
export function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(name, 'an object', value);
  return Object.fromEntries(Object.entries(value));
}
