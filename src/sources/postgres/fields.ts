/** The fields of an audience in PostgreSQL, and the SQL for their values. */
import { z } from 'zod';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { SourceField } from '../source.ts';
import type { Session } from './session.ts';
import type { Column } from './statements.ts';

export interface PostgresField extends SourceField {
  /** The form of a value, or of an element of a list. Undefined when it has no single text. */
  readonly form: 'text' | 'number' | undefined;
}

/**
 * A name from the server. A name of PostgreSQL has at most 63 bytes; a type's name adds its schema and its
 * modifier.
 */
export const serverName = z.string().max(500);

const typeRow = z.object({
  oid: z.coerce.number(),
  name: serverName,
  category: z.string(),
  /** The type that a domain restricts, or 0. */
  base: z.coerce.number(),
  /** The element type of an array, or 0. */
  element: z.coerce.number(),
});
type TypeRow = z.infer<typeof typeRow>;

/** A normal server gives no longer chain of domains and arrays. */
const DEEPEST = 50;

/**
 * Categories of `pg_type`: strings, numbers, booleans, enums, dates and times, intervals, network addresses
 * and bit strings. Documents, rows, ranges, geometry and binary data are left out.
 */
const SCALAR_CATEGORIES = 'SNBEDTIVXZ';
/** Types of the category "user-defined", which alone does not tell enough. */
const SCALAR_NAMES = ['uuid', 'macaddr', 'macaddr8'];
const WITH_FRACTION = ['float4', 'float8', 'numeric'];

export async function describeFields(session: Session, columns: readonly Column[]): Promise<PostgresField[]> {
  // The name of a type has a schema where this user would have to write one.
  await session.takeUserPath();
  const names = await session.query(
    z.object({ name: serverName }),
    `SELECT pg_catalog.format_type(type, modifier) AS name
     FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[]))
       WITH ORDINALITY AS asked (type, modifier, place)
     ORDER BY place`,
    [arrayOf(columns.map(({ type }) => type)), arrayOf(columns.map(({ modifier }) => modifier))],
  );
  await session.takeSystemPath();
  const types = await readTypes(session, columns);
  return columns.map(({ name, type }, index) => {
    const own = resolve(types, type);
    const list = own?.category === 'A';
    return {
      name,
      type: names[index]?.name ?? '',
      list,
      form: formOf(list ? resolve(types, own.element) : own),
    };
  });
}

/** The types of the columns, with the base types of domains and the element types of arrays. */
async function readTypes(session: Session, columns: readonly Column[]): Promise<Map<number, TypeRow>> {
  const rows = await session.query(
    typeRow,
    `WITH RECURSIVE involved AS (
       SELECT oid, typname, typcategory, typbasetype, typelem FROM pg_type WHERE oid = ANY ($1::oid[])
       UNION
       SELECT type.oid, type.typname, type.typcategory, type.typbasetype, type.typelem
       FROM pg_type AS type JOIN involved ON type.oid IN (involved.typbasetype, involved.typelem)
     )
     SELECT oid, typname AS name, typcategory AS category, typbasetype AS base, typelem AS element FROM involved`,
    [arrayOf(columns.map(({ type }) => type))],
  );
  return new Map(rows.map((row) => [row.oid, row]));
}

/** The type itself, or the base type of a domain. */
function resolve(types: ReadonlyMap<number, TypeRow>, oid: number): TypeRow | undefined {
  let type = types.get(oid);
  for (let depth = 0; type && type.base !== 0; depth++) {
    if (depth > DEEPEST) return undefined;
    type = types.get(type.base);
  }
  return type;
}

function formOf(type: TypeRow | undefined): PostgresField['form'] {
  if (!type) return undefined;
  if (WITH_FRACTION.includes(type.name)) return 'number';
  return SCALAR_CATEGORIES.includes(type.category) || SCALAR_NAMES.includes(type.name) ? 'text' : undefined;
}

/** @throws {LineupError} `field_type` */
export function assertScalar(field: PostgresField, label: string): void {
  if (field.form !== undefined) return;
  throw new LineupError(
    'field_type',
    sentence`The field "${field.name}" of ${label} has the type ${field.type}. Its values must be text or numbers, or lists of them. A query can extract a value, e.g. profile->>'email'.`,
  );
}

/** An SQL expression for the text of one value. */
export function textOf(value: string, { form }: PostgresField): string {
  // As with files: a column of integers with NULLs often becomes a column of fractions, and then
  // 819012345678.0 is the number 819012345678.
  if (form === 'number') return `nullif(pg_catalog.regexp_replace((${value})::pg_catalog.text, '[.]0+$', ''), 'NaN')`;
  return `(${value})::pg_catalog.text`;
}

/** An array literal, for a parameter. */
function arrayOf(numbers: readonly number[]): string {
  return `{${numbers.join(',')}}`;
}
