/** How the scan of a run begins: with the values of its fields, or with hashes that the database of the source makes. */
import type { IdentifierType } from '../contracts/requests.ts';
import type { RunRequest } from '../contracts/run.ts';
import { hashesOf, type OpenScan, valuesOf } from '../sources/scans.ts';
import type { HashedField } from '../sources/source.ts';

/** What a scan reads for one delivery. */
export interface ScannedField {
  readonly field: string;
  readonly identifierType: IdentifierType;
  readonly defaultCountry?: string | null | undefined;
}

/** @param hashInDatabase whether the source must hash the values itself */
export const openScanOf = (fields: readonly ScannedField[], hashInDatabase: boolean | undefined): OpenScan =>
  hashInDatabase ? hashesOf(fields.map(asHashed)) : valuesOf(fields.map(({ field }) => field));

/** The scan of a run, also when it is resumed. */
export const openScanOfRun = (
  request: Pick<RunRequest, 'field' | 'identifierType' | 'defaultCountry' | 'siblings' | 'hashInDatabase'>,
): OpenScan => openScanOf([request, ...(request.siblings ?? [])], request.hashInDatabase);

/**
 * The scan of a suppression list. The database of a list hashes its values when that of the audience does. A source that cannot, such
 * as a file, gives its values.
 */
export const openListScan =
  (list: ScannedField, hashInDatabase: boolean | undefined): OpenScan =>
  (source, ...others) =>
    openScanOf([list], hashInDatabase && source.scanHashes !== undefined)(source, ...others);

const asHashed = ({ field, identifierType, defaultCountry }: ScannedField): HashedField => ({
  field,
  identifierType,
  ...(identifierType === 'phone' && defaultCountry && { defaultCountry }),
});
