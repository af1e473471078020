/**
 * How the scan of a run begins: with the values of its fields, or with hashes that the database of the source makes.
 */
import { type IdentifierType, LINE_USER_IDS_AS_THEY_ARE } from '../domain/audiences/requests.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { RunRequest } from '../domain/runs/run.ts';
import { asSentence } from '../domain/text/sentence.ts';
import { hashesOf, type OpenScan, valuesOf } from '../sources/scans.ts';
import type { HashedField, Scan } from '../sources/source.ts';

/** What a scan reads for one delivery. */
export interface ScannedField {
  readonly field: string;
  readonly identifierType: IdentifierType;
  readonly defaultCountry?: string | null | undefined;
  readonly presumedCountry?: string | undefined;
}

/**
 * @param hashInDatabase whether the source must hash the values itself
 * @throws {LineupError} `invalid_argument` when it must, and cannot
 */
export const openScanOf = (fields: readonly ScannedField[], hashInDatabase: boolean | undefined): OpenScan =>
  hashInDatabase ? hashesOf(fields.map(asHashed)) : valuesOf(fields.map(({ field }) => field));

/** The scan of a run, also when it is resumed. */
export const openScanOfRun = (
  request: Pick<
    RunRequest,
    'field' | 'identifierType' | 'defaultCountry' | 'presumedCountry' | 'siblings' | 'hashInDatabase'
  >,
): OpenScan => {
  const { presumedCountry, siblings = [] } = request;
  const fields = [request, ...(siblings ?? [])].map((delivery) => ({ ...delivery, presumedCountry }));
  return openScanOf(fields, request.hashInDatabase);
};

/**
 * The scan of a suppression list: a field for each delivery. The database of a list hashes its values when that of the
 * audience does. A source that cannot, such as a file, gives its values.
 */
export const openListScan =
  (fields: readonly ScannedField[], hashInDatabase: boolean | undefined): OpenScan =>
  async (source, ...others) => {
    const isHashed = hashInDatabase && source.scanHashes !== undefined;
    const keys = fields.map((field) => JSON.stringify(isHashed ? asHashed(field) : field.field));
    const different = fields.filter((_, n) => keys.indexOf(keys[n]!) === n);
    const scan = await openScanOf(different, isHashed)(source, ...others);
    if (different.length === fields.length) return scan;
    const columns = [...new Set(keys)];
    return shared(
      scan,
      keys.map((key) => columns.indexOf(key)),
    );
  };

/**
 * Several deliveries may take the same values: a list has one field of addresses, and the members have two. The scan
 * reads each field once, and gives its blocks to each delivery.
 * @param columns the index of the scan's field, for each delivery
 */
function shared(scan: Scan, columns: readonly number[]): Scan {
  let current = 0;
  async function* blocks(): AsyncGenerator<Uint8Array, void> {
    for await (const block of scan.blocks) {
      const column = scan.column();
      for (const [n, ofDelivery] of columns.entries()) {
        if (ofDelivery !== column) continue;
        current = n;
        yield block;
      }
    }
  }
  return {
    marked: columns.map((column) => scan.marked[column] === true),
    ofQuery: scan.ofQuery,
    blocks: blocks(),
    column: () => current,
    finished: scan.finished,
    progress: () => scan.progress(),
    ...(scan.judged && { judged: () => columns.map((column) => scan.judged!()[column]!) }),
    close: () => scan.close(),
  };
}

/** @throws {LineupError} `invalid_argument` for a type that no database hashes */
function asHashed({ field, identifierType, defaultCountry, presumedCountry }: ScannedField): HashedField {
  if (identifierType === 'line_user_id') {
    throw new LineupError('invalid_argument', asSentence(LINE_USER_IDS_AS_THEY_ARE));
  }
  return {
    field,
    identifierType,
    ...(identifierType === 'phone' && defaultCountry && { defaultCountry }),
    ...(identifierType === 'phone' && !defaultCountry && presumedCountry && { presumedCountry }),
  };
}
