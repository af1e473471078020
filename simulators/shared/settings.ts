/** Settings of a simulator as data: defaults, bounds and words serve its flags, its admin endpoint and its docs. */
import { object, type Reader, SimulatorInputError } from './input.ts';

export interface Spec<T> {
  default: T;
  placeholder: string;
  description: string;
  read: Reader<T>;
}

/** Gives the compiler each setting's own type; the object is returned as it came. */
export const spec = <T>(one: Spec<T>): Spec<T> => one;

export type SettingsOf<Specs> = {
  [Name in keyof Specs]: Specs[Name] extends Spec<infer T> ? T : never;
};

/** What reads settings of these specs. */
export function settingsReader<Specs extends Record<string, Spec<unknown>>>(specs: Specs) {
  type Settings = SettingsOf<Specs>;
  const names = Object.keys(specs) as (keyof Specs & string)[];

  /** Reads some settings from JSON or flags. Throws {@link SimulatorInputError} for an unknown name or a bad value. */
  const some = (value: unknown): Partial<Settings> => {
    const read: Partial<Settings> = {};
    for (const [name, one] of Object.entries(object(value, 'the settings'))) {
      const known = names.find((candidate) => candidate === name);
      if (!known)
        throw new SimulatorInputError(`There is no setting ${name}; there are ${names.join(', ')}.`);
      if (one !== undefined) read[known] = specs[known]!.read(one, known) as Settings[typeof known];
    }
    return read;
  };

  /** All settings, the given ones over the defaults. */
  const all = (given: unknown): Settings => {
    const defaults = Object.fromEntries(names.map((name) => [name, specs[name]!.default])) as Settings;
    return { ...defaults, ...some(given) };
  };

  return { names, some, all };
}
