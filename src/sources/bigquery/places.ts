/** Places in a scan: the session, what of its streams is left, and in which order they are read. */
import { z } from 'zod';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { type SessionColumn, storages } from './arrow/types.ts';
import { isStreamOf } from './storage.ts';

/** A stream, and the row from which on it is left. */
export interface Rest {
  readonly stream: string;
  offset: number;
}

/** A session that is partly read. */
export interface Position {
  readonly session: string;
  /** In the order of the batches. */
  readonly columns: readonly SessionColumn[];
  readonly rows: number | undefined;
  /** Rows before this position. */
  done: number;
  /** In the order of reading: the next batch comes from the first one. */
  readonly rests: Rest[];
}

const row = z.number().int().nonnegative();
const column = z.strictObject({
  name: z.string(),
  type: z.strictObject({ storage: z.enum(storages), list: z.boolean() }),
});
const written = z.strictObject({
  session: z.string(),
  columns: z.array(column).min(1).max(100),
  rows: row.optional(),
  done: row,
  rests: z.array(z.tuple([z.string(), row])).max(1_000),
});

export function writePlace({ session, columns, rows, done, rests }: Position): string {
  const prefix = `${session}/streams/`.length;
  return JSON.stringify({
    session,
    columns,
    rows,
    done,
    rests: rests.map(({ stream, offset }) => [stream.slice(prefix), offset]),
  });
}

/** @throws {LineupError} `source_expired` for a text that is not a place, so that the scan starts again */
export function readPlace(text: string): Position {
  try {
    const { session, columns, rows, done, rests } = written.parse(JSON.parse(text));
    const named = rests.map(([name, offset]) => ({ stream: `${session}/streams/${name}`, offset }));
    if (named.every(({ stream }) => isStreamOf(session, stream))) return { session, columns, rows, done, rests: named };
  } catch {
    // The same as a text of another form.
  }
  throw new LineupError(
    'source_expired',
    sentence`The saved position of the scan is not valid. The scan must start over.`,
    { retryable: true },
  );
}
