/** Settings of a simulator as data: defaults, bounds and words serve its flags, its admin endpoint and its docs. */
import { z } from 'zod';
import { read } from './input.ts';

export interface Spec<T> {
  default: T;
  placeholder: string;
  description: string;
  schema: z.ZodType<T>;
}

/** Gives the compiler each setting's own type. The object stays as it is. */
export const spec = <T>(one: Spec<T>): Spec<T> => one;

export type SettingsOf<Specs> = {
  [Name in keyof Specs]: Specs[Name] extends Spec<infer T> ? T : never;
};

/** What reads settings of these specs. */
export function settingsReader<Specs extends Record<string, Spec<unknown>>>(specs: Specs) {
  type Settings = SettingsOf<Specs>;
  const names = Object.keys(specs) as (keyof Specs & string)[];
  const shape = Object.fromEntries(names.map((name) => [name, specs[name]!.schema.optional()]));
  const schema = z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `There is no setting ${issue.keys[0]}; there are ${names.join(', ')}.`
        : 'an object',
  });

  /** Reads some settings from JSON or flags. @throws {SimulatorInputError} for an unknown name or a bad value */
  const some = (value: unknown): Partial<Settings> => {
    const given = Object.entries(read(schema, value, 'the settings'));
    return Object.fromEntries(given.filter(([, one]) => one !== undefined)) as Partial<Settings>;
  };

  /** All settings: the given ones over the defaults. */
  const all = (given: unknown): Settings => {
    const defaults = Object.fromEntries(names.map((name) => [name, specs[name]!.default])) as Settings;
    return { ...defaults, ...some(given) };
  };

  return { names, some, all };
}
