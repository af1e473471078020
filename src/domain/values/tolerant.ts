/**
 * Reads JSON that any version of Lineup has stored: this one, an older one that did not know all keys, or a newer one
 * that knows more. Processes of two versions share a database during an upgrade. So a value is never refused as a
 * whole: what is missing gets its default, what is not known is named and kept when the value is written again
 * (`withUnknownKeys`), and what cannot be read is named too. So the caller can show it as damaged, and leave it alone.
 *
 * Only the shape counts here. Limits and rules of a schema (`max`, `refine`, `transform`) are for what people enter
 * now. docs/migrations.md tells authors what follows from this.
 */
import type { z } from 'zod';

export interface Read<T> {
  /** What could be read, without unknown keys. Something neutral is in place of what could not be read. */
  readonly value: T;
  /** Where something is missing that has no default, or has another type: keys and indexes joined by dots. */
  readonly damaged: readonly string[];
  /**
   * Where something is that this version does not know. Null, false and empty values do not count: they ask for
   * nothing.
   */
  readonly unknown: readonly string[];
}

/** Never throws. */
export function readTolerantly<Schema extends z.ZodType>(schema: Schema, stored: unknown): Read<z.output<Schema>> {
  const found: Found = { damaged: [], unknown: [] };
  return { value: read(schema, stored, '', found) as z.output<Schema>, ...found };
}

/**
 * `changed` with what `stored` has and this version does not know: keys of objects, and values of a list that it cannot
 * read at all. An object of a list keeps its own keys: it is the one that reads the same, or else the one at its place.
 */
export function withUnknownKeys<T>(schema: z.ZodType, stored: unknown, changed: T): T {
  const element = elementOf(schema);
  if (element && Array.isArray(stored) && Array.isArray(changed)) {
    return withUnknownValues(element, stored, changed) as T;
  }
  if (!isRecord(stored) || !isRecord(changed)) return changed;
  const shape = shapeOf(schema, stored, changed);
  if (!shape) return changed;
  const kept: Record<string, unknown> = { ...changed };
  for (const [key, value] of Object.entries(stored)) {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (known && Object.hasOwn(kept, key)) kept[key] = withUnknownKeys(known, value, kept[key]);
    else if (!known) kept[key] = value;
  }
  return kept as T;
}

function withUnknownValues(element: z.ZodType, stored: readonly unknown[], changed: readonly unknown[]): unknown[] {
  const known = stored.map((value) => {
    const { value: read, damaged } = readTolerantly(element, value);
    return { value, read: JSON.stringify(read), isKnown: !damaged.includes('') };
  });
  const left = new Set(known.filter(({ isKnown }) => isKnown));
  const same = changed.map((item) => {
    const read = JSON.stringify(readTolerantly(element, item).value);
    const found = [...left].find((other) => other.read === read);
    if (found) left.delete(found);
    return found;
  });
  const hasEach = stored.length === changed.length;
  return [
    ...changed.map((item, n) => {
      const before = same[n] ?? (hasEach ? [...left].find((other) => other === known[n]) : undefined);
      return withUnknownKeys(element, before?.value, item);
    }),
    ...known.filter(({ isKnown }) => !isKnown).map(({ value }) => value),
  ];
}

interface Found {
  readonly damaged: string[];
  readonly unknown: string[];
}

/** The parts of Zod's definitions that are used here. */
interface Definition {
  readonly type: string;
  readonly innerType: z.ZodType;
  readonly in: z.ZodType;
  readonly element: z.ZodType;
  readonly valueType: z.ZodType;
  readonly defaultValue: unknown;
  readonly shape: Readonly<Record<string, z.ZodType>>;
  readonly options: readonly z.ZodType[];
  readonly discriminator?: string;
  readonly getter: () => z.ZodType;
}

export const definitionOf = (schema: z.ZodType): Definition => schema.def as unknown as Definition;

function read(schema: z.ZodType, value: unknown, path: string, found: Found): unknown {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'optional':
      return value === undefined ? undefined : read(definition.innerType, value, path, found);
    case 'nullable':
      return value === undefined || value === null ? null : read(definition.innerType, value, path, found);
    case 'default':
    case 'prefault':
      return value === undefined ? definition.defaultValue : read(definition.innerType, value, path, found);
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return read(definition.innerType, value, path, found);
    case 'pipe':
      return read(definition.in, value, path, found);
    case 'lazy':
      return read(insideOf(schema, definition), value, path, found);
    case 'object':
      if (isRecord(value)) return readObject(definition.shape, value, path, found);
      break;
    case 'array':
      if (Array.isArray(value)) return readArray(definition.element, value, path, found);
      break;
    case 'record':
      if (isRecord(value)) {
        return Object.fromEntries(
          Object.entries(value).map(([key, item]) => [key, read(definition.valueType, item, join(path, key), found)]),
        );
      }
      break;
    case 'union':
      return readUnion(definition, value, path, found);
    case 'string':
    case 'number':
    case 'boolean':
      if (typeof value === definition.type) return value;
      break;
    default:
      if (schema.safeParse(value).success) return value;
  }
  found.damaged.push(path);
  return neutral(schema);
}

/**
 * What a lazy schema makes, once: a journal has many sentences, and to make a schema takes longer than to read a value.
 */
const insides = new WeakMap<z.ZodType, z.ZodType>();

function insideOf(lazy: z.ZodType, { getter }: Definition): z.ZodType {
  const inside = insides.get(lazy) ?? getter();
  insides.set(lazy, inside);
  return inside;
}

function readObject(
  shape: Definition['shape'],
  value: Record<string, unknown>,
  path: string,
  found: Found,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(shape)) {
    const known = read(schema, value[key], join(path, key), found);
    if (known !== undefined) result[key] = known;
  }
  for (const [key, item] of Object.entries(value)) {
    if (!Object.hasOwn(shape, key) && asksForSomething(item)) found.unknown.push(join(path, key));
  }
  return result;
}

/** Each element keeps its place. But another word would be wrong in place of one that this version does not know. */
function readArray(element: z.ZodType, values: readonly unknown[], path: string, found: Found): unknown[] {
  const areWords = bare(element).type === 'enum';
  return values.flatMap((item, n) => {
    const before = found.damaged.length;
    const result = read(element, item, join(path, n), found);
    return areWords && found.damaged.length > before ? [] : [result];
  });
}

/** By the option that the discriminator names, or else by the first one that reads the value whole. */
function readUnion({ options, discriminator }: Definition, value: unknown, path: string, found: Found): unknown {
  const named =
    discriminator !== undefined &&
    isRecord(value) &&
    options.find((option) => shapeOf(option)?.[discriminator]?.safeParse(value[discriminator]).success);
  if (named) return read(named, value, path, found);
  if (discriminator === undefined) {
    const whole = readByFirst(options, value, path, found);
    if (whole) return whole.result;
  }
  found.damaged.push(path);
  return neutral(options[0]!);
}

function readByFirst(options: Definition['options'], value: unknown, path: string, found: Found) {
  for (const option of options) {
    const tried: Found = { damaged: [], unknown: [] };
    const result = read(option, value, path, tried);
    if (tried.damaged.length > 0) continue;
    found.unknown.push(...tried.unknown);
    return { result };
  }
  return undefined;
}

/** In place of a value that cannot be read. */
function neutral(schema: z.ZodType): unknown {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'string':
      return '';
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'record':
      return {};
    case 'nullable':
      return null;
    case 'default':
    case 'prefault':
      return definition.defaultValue;
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return neutral(definition.innerType);
    case 'pipe':
      return neutral(definition.in);
    case 'lazy':
      return neutral(definition.getter());
    case 'union':
      return neutral(definition.options[0]!);
    case 'object':
      return Object.fromEntries(
        Object.entries(definition.shape)
          .map(([key, part]) => [key, neutral(part)] as const)
          .filter(([, part]) => part !== undefined),
      );
    case 'enum':
    case 'literal':
      return [...((schema as z.ZodEnum | z.ZodLiteral)._zod.values ?? [])][0];
    default:
      return undefined;
  }
}

/** Without its wrappers. */
function bare(schema: z.ZodType): Definition {
  const definition = definitionOf(schema);
  if (definition.type === 'pipe') return bare(definition.in);
  return definition.innerType ? bare(definition.innerType) : definition;
}

/** The elements of a schema of lists. */
function elementOf(schema: z.ZodType): z.ZodType | undefined {
  const { type, element } = bare(schema);
  return type === 'array' ? element : undefined;
}

/** The keys of a schema of objects; of a union, those of the option that all these values have. */
function shapeOf(schema: z.ZodType, ...values: readonly Record<string, unknown>[]): Definition['shape'] | undefined {
  const { type, shape, options, discriminator } = bare(schema);
  if (type === 'object') return shape;
  if (type !== 'union' || discriminator === undefined || values.length === 0) return undefined;
  const option = options.find((candidate) =>
    values.every((value) => shapeOf(candidate)?.[discriminator]?.safeParse(value[discriminator]).success),
  );
  return option && shapeOf(option);
}

function asksForSomething(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return false;
  return typeof value !== 'object' || Object.values(value).some(asksForSomething);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const join = (path: string, key: string | number): string => (path === '' ? `${key}` : `${path}.${key}`);
