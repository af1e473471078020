/**
 * Settings of a simulator. Their bounds, defaults and descriptions are used for its flags, its admin endpoint
 * and its docs.
 */
import { z } from 'zod';
import { read } from './input.ts';

/** Makes readers for settings of this shape. */
export function settingsReader<Shape extends Record<string, z.ZodDefault<z.ZodType>>>(shape: Shape) {
  type Settings = z.infer<z.ZodObject<Shape>>;
  const names = Object.keys(shape).join(', ');
  const bare = Object.entries(shape).map(([name, setting]) => [name, setting.unwrap().optional()]);
  const schema = z.strictObject(Object.fromEntries(bare), {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `There is no setting ${issue.keys[0]}; there are ${names}.` : 'an object',
  });

  /** Reads some settings from JSON or flags. @throws {SimulatorInputError} for an unknown name or a bad value */
  const some = (value: unknown): Partial<Settings> => {
    const given = Object.entries(read(schema, value, 'the settings'));
    return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Partial<Settings>;
  };

  const defaults = z.object(shape).parse({});

  /** All settings: the given ones, and defaults for the others. */
  const all = (given: unknown): Settings => ({ ...defaults, ...some(given) });

  return { some, all };
}
