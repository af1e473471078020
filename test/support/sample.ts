/** Values for tests, made from a schema: the shortest valid one, with what the test says. */
import { z } from 'zod';

type Json = z.core.JSONSchema.BaseSchema;

/** @param values the fields that matter to the test */
export const sample = <T extends object>(schema: z.ZodType<T>, values: Partial<T> = {}): T => ({
  ...(shortest(z.toJSONSchema(schema, { unrepresentable: 'any' })) as T),
  ...values,
});

function shortest(schema: Json): unknown {
  const { type, anyOf, oneOf, allOf, properties = {}, required = [], items } = schema;
  const further = schema.additionalProperties as Json;
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choices = (anyOf ?? oneOf ?? []) as Json[];
  if (choices.length > 0) return shortest(choices.find((choice) => choice.type === 'null') ?? choices[0]!);
  if (allOf) return Object.assign({}, ...allOf.map((part) => shortest(part as Json)));
  switch (type) {
    case 'object':
      return Object.fromEntries(required.map((key) => [key, shortest((properties[key] ?? further) as Json)]));
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => shortest(items as Json));
    case 'string':
      return 'x'.repeat(schema.minLength ?? 1);
    case 'number':
    case 'integer':
      return Math.max(schema.minimum ?? 0, Number(schema.exclusiveMinimum ?? -1) + 1);
    case 'boolean':
      return false;
    default:
      return null;
  }
}
