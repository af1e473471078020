/** A Lytics audience as a source. */
import { LineupError } from '../../contracts/errors.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';
import { BlockScan, memberRecords } from '../block-scan.ts';
import { findField } from '../find-field.ts';
import { mask } from '../mask.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import type { Coverage, Entity, LyticsAudience } from './answers.ts';
import { LARGEST_PAGE, type LyticsClient } from './client.ts';
import { readPages, type Walk } from './pages.ts';

/** Pages that a preview reads at most: they may be short, or empty. */
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

  /** Those that can hold an identifier: `string`, `[]string` and `ts[]string`. */
  async fields(signal?: AbortSignal): Promise<SourceField[]> {
    return fitFields(await this.#client.fields(signal));
  }

  async preview(field: string, limit: number, signal?: AbortSignal): Promise<PreviewRow[]> {
    await this.#assertField(field, signal);
    const rows: PreviewRow[] = [];
    const size = Math.min(LARGEST_PAGE, limit);
    let pages = 0;
    for await (const page of readPages({ ...this.#walk(field, size), signal })) {
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
   * The scan ends with `source_expired` when Lytics has forgotten where it stood, or takes the cursor of `from` no more: a
   * new scan then begins anew (see wholeScan). A member that Lytics gives twice, which it may, counts as two rows: profiles
   * carry no id to know them by, and equal identifiers are found as duplicates later.
   */
  async scan(field: string, signal?: AbortSignal, from?: string): Promise<Scan> {
    await this.#assertField(field, signal);
    const start = from === undefined ? undefined : readPlace(from);
    const walk = this.#walk(field, LARGEST_PAGE);
    let place: string | undefined;
    let members = start?.members ?? 0;
    let total = this.audience.size;
    return new BlockScan({
      marked: true,
      signal,
      // For display only: members come and go while it runs.
      progress: () => (total ? Math.min(1, members / total) : undefined),
      place: () => place,
      blocks: async function* (stop) {
        for await (const page of readPages({ ...walk, start: start?.cursor, signal: stop })) {
          total = page.total ?? total;
          members += page.members.length;
          place = page.place === undefined ? undefined : writePlace({ cursor: page.place, members });
          if (page.members.length > 0) {
            const records = page.members.map((member) => memberRecords(valuesOf(member, field)));
            yield Buffer.from(records.join(''));
          }
        }
      },
    });
  }

  async close(): Promise<void> {}

  #walk(field: string, limit: number): Pick<Walk, 'read' | 'recordOf'> {
    return {
      read: (cursor, signal) => this.#client.page(this.audience, { field, limit, cursor }, signal),
      recordOf: (member) => recordOf(member, field),
    };
  }

  async #assertField(name: string, signal: AbortSignal | undefined): Promise<void> {
    const fields = await this.#client.fields(signal);
    const known = fields.find((field) => field.name === name);
    if (known && !fitOf(known.type)) {
      throw new LineupError(
        'field_type',
        sentence`The field "${name}" of Lytics is of type ${known.type}: an identifier is in a field of type string, []string or ts[]string.`,
      );
    }
    findField(fitFields(fields), name, `Lytics`);
  }
}

/** Those fields that can hold an identifier, as every source gives them. */
function fitFields(fields: readonly { readonly name: string; readonly type: string }[]): SourceField[] {
  return fields.flatMap(({ name, type }) => {
    const fit = fitOf(type);
    return fit ? [{ name, type, list: fit.list }] : [];
  });
}

/** A place in a scan, as others keep it: the cursor of the next page, and how many members came before. */
interface LyticsPlace {
  readonly cursor: string;
  readonly members: number;
}

const writePlace = ({ cursor, members }: LyticsPlace): string => `${members} ${cursor}`;

/** @throws {LineupError} `source_expired` for what is no place, so that the scan begins anew */
function readPlace(text: string): LyticsPlace {
  const [, members, cursor] = /^(\d+) (.+)$/s.exec(text) ?? [];
  if (members === undefined || cursor === undefined) {
    throw new LineupError(
      'source_expired',
      sentence`What was kept of the scan is no place in it. It must begin anew.`,
      {
        retryable: true,
      },
    );
  }
  return { cursor, members: Number(members) };
}

/** What can hold an identifier: a text, a set of texts, and texts with the times when they were seen. */
const typesFit: Readonly<Record<string, { readonly list: boolean }>> = {
  string: { list: false },
  '[]string': { list: true },
  'ts[]string': { list: true },
};

/** Undefined for a type that cannot hold an identifier. */
export const fitOf = (type: string): { readonly list: boolean } | undefined =>
  Object.hasOwn(typesFit, type) ? typesFit[type] : undefined;

/**
 * Every value of the field, whether it is a scalar or a list: a profile may hold either. A missing field is one empty
 * value, as in every source.
 * @throws {LineupError} `field_type` for what has no text to it
 */
export function valuesOf(member: Entity, field: string): readonly string[] {
  const value = Object.hasOwn(member, field) ? member[field] : undefined;
  return Array.isArray(value) ? value.map((one) => elementOf(one, field)) : [textOf(value, field)];
}

/** What tells the member from others, as far as the field goes; empty for one without a value. */
export function recordOf(member: Entity, field: string): string {
  const value = Object.hasOwn(member, field) ? member[field] : undefined;
  const none =
    value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length);
  return none ? '' : JSON.stringify(value);
}

function elementOf(value: unknown, field: string): string {
  if (typeof value !== 'object' || value === null) return textOf(value, field);
  // Of a `ts[]string` Lytics does not document whether its elements are texts or objects of a text and a time.
  const texts = Object.values(value).filter(
    (one): one is string => typeof one === 'string' && !/^\d{4}-\d\d-\d\dT/.test(one),
  );
  const [only] = texts;
  if (only !== undefined && texts.length === 1) return only;
  // Its keys are not named: they may be a member's values, too.
  throw unfit(field, sentence`objects without a text, or with several`);
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw unfit(field, sentence`objects`);
}

function unfit(field: string, what: Sentence): LineupError {
  return new LineupError(
    'field_type',
    sentence`The field "${field}" holds ${what}: its values must be texts or lists of texts.`,
  );
}
