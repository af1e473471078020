/** Reads the answers of Lytics. It accepts both readings where the manual of Lytics is unclear. */
import { z } from 'zod';

/** A count may come as a string. Undefined when it is absent or not a number. */
const count = z
  .unknown()
  .optional()
  .transform((value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && number >= 0 ? number : undefined;
  });

/** An audience of Lytics. */
export interface LyticsAudience {
  /** Stays the same when the audience is renamed. */
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** Lytics's last count, if there is one. */
  readonly size: number | undefined;
  /** Why the audience cannot be used. Undefined for a valid one. */
  readonly invalidReason: string | undefined;
  /** The table of its entries. Members are in `user`. */
  readonly table: string;
}

/** Checks the length of a list first. To read a megabyte of tiny entries would take a second. */
const listOf = <T extends z.ZodType>(element: T, most: number) => z.array(z.unknown()).max(most).pipe(z.array(element));

/** The most audiences or fields of one account. */
const MAX_LISTED = 20_000;
/** The most members of one page: ten times the maximum of Lytics. */
const MAX_MEMBERS = 1_000;

/** One line of a text for people, cut when it is long, because it comes from outside. */
const line = (most: number) =>
  z
    .string()
    .nullish()
    .transform((value) => value?.slice(0, most).toWellFormed().replace(UNSEEN, ' '));

/** Control characters, and characters that change the direction of the text. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** A value that goes back to Lytics in a URL. It must be complete, so a long one is refused. */
const key = (most: number) => z.string().max(most);

const audience = z
  .object({
    id: key(256).min(1),
    name: line(200),
    slug_name: line(200),
    description: line(1_000),
    table: line(100),
    invalid: z.unknown().optional(),
    invalid_reason: line(200),
    size: count,
  })
  .transform(
    (read): LyticsAudience => ({
      id: read.id,
      slug: read.slug_name ?? '',
      name: read.name || read.slug_name || read.id,
      description: read.description ?? '',
      size: read.size,
      invalidReason: read.invalid === true ? read.invalid_reason || 'its rule is invalid' : undefined,
      table: read.table || 'user',
    }),
  );

/** A field of the profiles. */
export interface LyticsField {
  readonly name: string;
  /** The type name of Lytics, e.g. `[]string`. */
  readonly type: string;
  readonly description: string;
  /** Lytics merges profiles by this field. */
  readonly identifier: boolean;
}

/** Some pages of the manual write the keys with capitals. */
const field = z
  .object({
    id: key(256).nullish(),
    Id: key(256).nullish(),
    Field: key(256).nullish(),
    type: line(100),
    Type: line(100),
    shortdesc: line(200),
    ShortDesc: line(200),
    is_identifier: z.unknown().optional(),
    IsIdentifier: z.unknown().optional(),
  })
  .transform(
    (read): LyticsField => ({
      name: read.id ?? read.Id ?? read.Field ?? '',
      type: read.type ?? read.Type ?? '',
      description: read.shortdesc ?? read.ShortDesc ?? '',
      identifier: (read.is_identifier ?? read.IsIdentifier) === true,
    }),
  );

/** A profile: an object with a value for each field. A missing field is absent. */
export type Entity = Readonly<Record<string, unknown>>;

export interface Page {
  readonly members: readonly Entity[];
  /** The cursor of the next page. Undefined on the last page, where `_next` may be empty, null or absent. */
  readonly next: string | undefined;
  /** The number of members in the whole scan, at this moment. */
  readonly total: number | undefined;
}

const entity = z.custom<Entity>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const page = z
  .object({
    data: listOf(entity, MAX_MEMBERS).nullish(),
    _next: key(4_096).nullish(),
    total: count,
  })
  .transform((read): Page => ({ members: read.data ?? [], next: read._next || undefined, total: read.total }));

/** How many members of an audience have a field, and how many do not. */
export interface Coverage {
  readonly present: number;
  readonly absent: number;
}

const name = z.string().nullish();

const fieldInfo = z.object({
  data: z.object({
    segments: z.array(
      z.object({
        fields: z.array(z.object({ field: name, name, id: name, ents_present: count, ents_absent: count })),
      }),
    ),
  }),
});

/** Makes a reader that returns undefined for an answer of another form. */
const reader =
  <T>(schema: z.ZodType<T>) =>
  (body: unknown): T | undefined =>
    schema.safeParse(body).data;

export const readAudiences = reader(
  z.object({ data: listOf(audience, MAX_LISTED).nullish() }).transform((read) => read.data ?? []),
);
export const readAudience = reader(z.object({ data: audience }).transform((read) => read.data));
export const readFields = reader(
  z.object({ data: listOf(field, MAX_LISTED) }).transform((read) => read.data.filter(({ name }) => name !== '')),
);
export const readPage = reader(page);

/** Undefined when Lytics says nothing about this field. */
export function readCoverage(body: unknown, name: string): Coverage | undefined {
  const fields = fieldInfo.safeParse(body).data?.data.segments.flatMap((segment) => segment.fields) ?? [];
  const found = fields.find((field) => (field.field ?? field.name ?? field.id) === name);
  if (found?.ents_present === undefined || found.ents_absent === undefined) return undefined;
  return { present: found.ents_present, absent: found.ents_absent };
}
