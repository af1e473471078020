/** A place in a scan: the statement, and where its rows continue. */
import { errorOf, expired } from './explain.ts';

export interface ScanPlace {
  /** The statement. Its result stays for a day, and only its user can read it. */
  readonly handle: string;
  readonly partition: number;
  /** How many rows of the partition were given. */
  readonly row: number;
}

export const writeScanPlace = ({ handle, partition, row }: ScanPlace): string => `${handle} ${partition} ${row}`;

/** @throws {LineupError} `source_expired` for a text that is not a place, so that the scan starts again */
export function readScanPlace(text: string): ScanPlace {
  const [, handle, partition, row] = /^([0-9A-Za-z-]{8,64}) (\d{1,6}) (\d{1,12})$/.exec(text) ?? [];
  if (handle === undefined) throw errorOf(expired);
  return { handle, partition: Number(partition), row: Number(row) };
}
