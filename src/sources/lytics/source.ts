/** A Lytics audience as a source, and the identifiers in a field of a profile. */
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { findField } from '../find-field.ts';
import { mask } from '../mask.ts';
import { BlockScan, memberRecords } from '../scans.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import type { Coverage, Entity, LyticsAudience } from './answers.ts';
import { LARGEST_PAGE, type LyticsClient } from './client.ts';
import { readPages, type Walk } from './pages.ts';

/** A preview reads at most this many pages, because pages may be short or empty. */
const PREVIEW_PAGES = 20;

export class LyticsSource implements Source {
  readonly audience: LyticsAudience;
  readonly #client: LyticsClient;

  constructor(client: LyticsClient, audience: LyticsAudience) {
    this.#client = client;
    this.audience = audience;
  }

  get label(): string {
    return this.audience.name;
  }

  /** The fields that can hold an identifier: `string`, `[]string` and `ts[]string`. */
  async fields(signal?: AbortSignal): Promise<SourceField[]> {
    return usableFields(await this.#client.fields(signal));
  }

  async preview(field: string, limit: number, signal?: AbortSignal): Promise<PreviewRow[]> {
    await this.#assertFields([field], signal);
    const rows: PreviewRow[] = [];
    const size = Math.min(LARGEST_PAGE, limit);
    let pages = 0;
    for await (const page of readPages({ ...this.#walk([field], size), signal })) {
      for (const member of page.members.slice(0, limit - rows.length)) {
        rows.push({ row: rows.length + 1, values: valuesOf(member, field).map(mask) });
      }
      pages += 1;
      if (rows.length >= limit || pages === PREVIEW_PAGES) break;
    }
    return rows;
  }

  /** How many members have the field, as Lytics counts. */
  coverage(field: string, signal?: AbortSignal): Promise<Coverage> {
    return this.#client.coverage(this.audience.id, field, signal);
  }

  /**
   * Ends with `source_expired` when Lytics has lost the position, or no longer accepts the cursor in `from`.
   * Then `scanAfterLists` starts a new scan. Lytics may give a member twice. Profiles have no id, so this counts
   * as two rows; equal identifiers are found later as duplicates. All fields come with the same pages.
   */
  async scan(fields: readonly string[], signal?: AbortSignal, from?: string): Promise<Scan> {
    await this.#assertFields(fields, signal);
    const start = from === undefined ? undefined : readPlace(from);
    const walk = this.#walk(fields, LARGEST_PAGE);
    let column = 0;
    let place: string | undefined;
    let members = start?.members ?? 0;
    let total = this.audience.size;
    return new BlockScan({
      marked: fields.map(() => true),
      column: () => column,
      signal,
      // Only for display, because the number of members changes during a scan.
      progress: () => (total ? Math.min(1, members / total) : undefined),
      place: () => place,
      blocks: async function* (stop) {
        for await (const page of readPages({ ...walk, start: start?.cursor, signal: stop })) {
          total = page.total ?? total;
          members += page.members.length;
          place = undefined;
          if (page.members.length === 0) continue;
          for (const [index, field] of fields.entries()) {
            const records = page.members.map((member) => memberRecords(valuesOf(member, field)));
            column = index;
            const whole = index === fields.length - 1 && page.place !== undefined;
            if (whole) place = writePlace({ cursor: page.place, members });
            yield Buffer.from(records.join(''));
          }
        }
      },
    });
  }

  async close(): Promise<void> {}

  #walk(fields: readonly string[], limit: number): Pick<Walk, 'read' | 'recordOf'> {
    return {
      read: (cursor, signal) => this.#client.page(this.audience, { fields, limit, cursor }, signal),
      recordOf: (member) => recordOf(member, fields),
    };
  }

  async #assertFields(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const fields = await this.#client.fields(signal);
    for (const name of names) {
      const known = fields.find((field) => field.name === name);
      if (known && !shapeOf(known.type)) {
        throw new LineupError(
          'field_type',
          sentence`The field "${name}" of Lytics has the type ${known.type}. Choose a field of type string, []string or ts[]string for the identifier.`,
        );
      }
      findField(usableFields(fields), name, `Lytics`);
    }
  }
}

/** The fields that can hold an identifier, in the form of every source. */
function usableFields(fields: readonly { readonly name: string; readonly type: string }[]): SourceField[] {
  return fields.flatMap(({ name, type }) => {
    const fit = shapeOf(type);
    return fit ? [{ name, type, list: fit.list }] : [];
  });
}

/** A place in a scan: the cursor of the next page, and the number of members before it. */
interface LyticsPlace {
  readonly cursor: string;
  readonly members: number;
}

const writePlace = ({ cursor, members }: LyticsPlace): string => `${members} ${cursor}`;

/** @throws {LineupError} `source_expired` for a text that is not a place, so that the scan starts again */
function readPlace(text: string): LyticsPlace {
  const [, members, cursor] = /^(\d+) (.+)$/s.exec(text) ?? [];
  if (members === undefined || cursor === undefined) {
    throw new LineupError(
      'source_expired',
      sentence`The saved position of the scan is not valid. The scan must start over.`,
      {
        retryable: true,
      },
    );
  }
  return { cursor, members: Number(members) };
}

/**
 * Types that can hold an identifier: a text, a set of texts, and texts with the times at which they were
 * seen.
 */
const usableTypes: Readonly<Record<string, { readonly list: boolean }>> = {
  string: { list: false },
  '[]string': { list: true },
  'ts[]string': { list: true },
};

/** Undefined for a type that cannot hold an identifier. */
export const shapeOf = (type: string): { readonly list: boolean } | undefined =>
  Object.hasOwn(usableTypes, type) ? usableTypes[type] : undefined;

/**
 * All values of the field. A profile may hold a single value or a list. A missing field is one empty value,
 * as in every source.
 * @throws {LineupError} `field_type` for a value without a text
 */
export function valuesOf(member: Entity, field: string): readonly string[] {
  const value = Object.hasOwn(member, field) ? member[field] : undefined;
  return Array.isArray(value) ? value.map((value) => elementOf(value, field)) : [textOf(value, field)];
}

/** A text to recognise the member by these fields. Empty for a member without a value. */
export function recordOf(member: Entity, fields: readonly string[]): string {
  const texts = fields.map((field) => textToRecognise(member, field));
  // JSON has no line feed.
  return texts.every((text) => text === '') ? '' : texts.join('\n');
}

function textToRecognise(member: Entity, field: string): string {
  const value = Object.hasOwn(member, field) ? member[field] : undefined;
  const none = value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length);
  return none ? '' : JSON.stringify(value);
}

function elementOf(value: unknown, field: string): string {
  if (typeof value !== 'object' || value === null) return textOf(value, field);
  // Lytics does not document whether an element of `ts[]string` is a text, or an object with a text and a
  // time.
  const texts = Object.values(value).filter(
    (value): value is string => typeof value === 'string' && !/^\d{4}-\d\d-\d\dT/.test(value),
  );
  const [only] = texts;
  if (only !== undefined && texts.length === 1) return only;
  // The message does not name the keys, because they may be values of a member.
  throw unusable(field, sentence`objects without text, or with several texts`);
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw unusable(field, sentence`objects`);
}

function unusable(field: string, text: Sentence): LineupError {
  return new LineupError(
    'field_type',
    sentence`The field "${field}" holds ${text}. Its values must be text or lists of text.`,
  );
}
