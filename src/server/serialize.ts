/**
 * Serializes answers by the schemas of their endpoints. An answer that does not match is a fault of ours, and becomes a
 * 500. But in a list, one row that does not match must not hide the others: it comes from the database, where another
 * version may have stored something else. It is sent with what can be read of it, and marked as damaged.
 */
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readTolerantly } from '../domain/values/tolerant.ts';

/** @param onDamaged called with the route of a list, and the parts of a row that do not match */
export const tolerantSerializer =
  (
    onDamaged: (facts: { readonly route: string; readonly damaged: readonly string[] }) => void,
  ): FastifySerializerCompiler<z.ZodType> =>
  (route) => {
    const strict = serializerCompiler(route);
    const list = listOf(route.schema);
    if (!list) return strict;
    return (answer: { readonly items: readonly unknown[] }) => {
      const whole = z.safeEncode(list.schema, answer);
      if (whole.success) return JSON.stringify(whole.data);
      const items = answer.items.map((item) => {
        const read = z.safeEncode(list.item, item);
        if (read.success) return read.data;
        const damaged = read.error.issues.map(({ path }) => path.join('.'));
        onDamaged({ route: `${route.method} ${route.url}`, damaged });
        return { ...(readTolerantly(list.item, item).value as object), damaged };
      });
      // The rest of the answer is ours.
      return JSON.stringify({ ...JSON.parse(strict({ ...answer, items: [] })), items });
    };
  };

/** The schema of a list, and that of its rows. */
function listOf(schema: z.ZodType): { schema: z.ZodType; item: z.ZodType } | undefined {
  const rows = schema instanceof z.ZodObject ? schema.shape.items : undefined;
  const array = rows instanceof z.ZodReadonly ? rows.unwrap() : rows;
  return array instanceof z.ZodArray ? { schema, item: array.element as z.ZodType } : undefined;
}
