/** A place in a scan as the text that others keep of it: the cursor of the next page, and how many members came before. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

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
