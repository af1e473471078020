/** The suppression lists of the command line: sources that --suppress names. */

import type { IdentifierType, SiblingScan, SuppressSource } from '../domain/audiences/requests.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';
import { openListScan, type ScannedField } from '../export/open-scan.ts';
import type { SuppressionList } from '../export/suppression.ts';
import { scansOfSource } from '../sources/scans.ts';
import type { Source } from '../sources/source.ts';
import { nameOf, reopenable } from './source-address.ts';

/** A source of people to leave out, as a request or a journal has it. */
export interface LocalList {
  readonly name: string;
  /** Null for a URL with a secret, after the process that had it. */
  readonly location: string | null;
  readonly field: string;
  readonly fields?: SuppressSource['fields'] | undefined;
  readonly maxShrink: number;
}

/** A list of this process. Its journal keeps only a location without a secret. */
export const localList = ({ source, field, fields, maxShrink }: SuppressSource): LocalList => ({
  name: nameOf(source),
  location: source,
  field,
  ...(fields && { fields }),
  maxShrink,
});

/** The field that a list has for an identifier; null when it has none. */
const fieldOf = (list: LocalList, identifier: SiblingScan, first: SiblingScan): string | null => {
  if (identifier.field === first.field) return list.field;
  const field = list.fields?.[identifier.identifierType];
  return field === undefined ? identifier.field : field;
};

/** The run whose audiences the lists are for. */
export interface RunOfLists {
  /** Its identifiers, in their order. */
  readonly deliveries: readonly ScannedField[];
  /** Whether databases hash the values of the run. */
  readonly hashInDatabase: boolean | undefined;
}

/**
 * @param open opens the source of a location
 * @param lastSize the size of the list with this id at its last read
 */
export async function localLists(
  lists: readonly LocalList[],
  { deliveries, hashInDatabase }: RunOfLists,
  open: (location: string) => Promise<Source>,
  lastSize: (id: string, identifierType: IdentifierType) => Promise<number | null>,
  signal: AbortSignal,
): Promise<SuppressionList[]> {
  return Promise.all(
    lists.map(async (list) => {
      const { name, location, maxShrink } = list;
      const opened = async () => {
        if (location !== null) return open(location);
        throw new LineupError(
          'source_unreadable',
          sentence`The address of "${name}" contains a secret, so it was not stored. Run the export again.`,
        );
      };
      const fields = deliveries.map((delivery) => ({
        ...delivery,
        field: fieldOf(list, delivery, deliveries[0]!),
      }));
      const scanned = fields.flatMap(({ field, ...others }) => (field === null ? [] : [{ ...others, field }]));
      return {
        name,
        withScan: scansOfSource(opened, openListScan(scanned, hashInDatabase), signal),
        deliveries: await Promise.all(
          fields.map(async ({ field, identifierType }) => {
            if (field === null) return null;
            const id = JSON.stringify([(location && reopenable(location)) ?? name, field]);
            return { id, lastSize: await lastSize(id, identifierType) };
          }),
        ),
        maxShrink,
      };
    }),
  );
}
