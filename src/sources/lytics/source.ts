/** A Lytics audience as a source. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { BlockScan, memberRecords } from '../block-scan.ts';
import { findField } from '../find-field.ts';
import { mask } from '../mask.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import type { Coverage, LyticsAudience } from './answers.ts';
import { LARGEST_PAGE, type LyticsClient } from './client.ts';
import { readPages, type Walk } from './pages.ts';
import { fitOf, recordOf, valuesOf } from './values.ts';

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
export interface LyticsPlace {
  readonly cursor: string;
  readonly members: number;
}

export const writePlace = ({ cursor, members }: LyticsPlace): string => `${members} ${cursor}`;

/** @throws {LineupError} `source_expired` for what is no place, so that the scan begins anew */
export function readPlace(text: string): LyticsPlace {
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
