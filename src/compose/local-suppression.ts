/** The suppression lists of the command line: sources that --suppress names. */
import { LineupError } from '../contracts/errors.ts';
import type { SuppressSource } from '../contracts/requests.ts';
import { sentence } from '../contracts/sentence.ts';
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
  readonly maxShrink: number;
}

/** A list of this process. Its journal keeps only a location without a secret. */
export const localList = ({ source, field, maxShrink }: SuppressSource): LocalList => ({
  name: nameOf(source),
  location: source,
  field,
  maxShrink,
});

/**
 * @param open opens the source of a location
 * @param lastSize the size of the list with this id at its last read
 */
export async function localLists(
  lists: readonly LocalList[],
  open: (location: string) => Promise<Source>,
  lastSize: (id: string) => Promise<number | null>,
  signal: AbortSignal,
): Promise<SuppressionList[]> {
  return Promise.all(
    lists.map(async ({ name, location, field, maxShrink }) => {
      const id = JSON.stringify([(location && reopenable(location)) ?? name, field]);
      const opened = async () => {
        if (location !== null) return open(location);
        throw new LineupError(
          'source_unreadable',
          sentence`The address of "${name}" contains a secret, so it was not stored. Run the export again.`,
        );
      };
      return {
        id,
        name,
        withScan: scansOfSource(opened, [field], signal),
        lastSize: await lastSize(id),
        maxShrink,
      };
    }),
  );
}
