/** Looks at a source for a trigger. A value that may be of a member leaves only as a digest. */
import { createHash } from 'node:crypto';
import type { Watched } from '../contracts/watched.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';
import { findField } from './find-field.ts';
import type { Credentials, Source, SourceField, SourceProvider } from './source.ts';

/** Half of SHA-256 is enough to tell two states of the data apart. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/**
 * What is there now, as a short text; null when nothing is there.
 * @throws {LineupError} `source_*`; `invalid_argument`, `field_*` for a wrong query or column
 */
export async function latestOf(
  provider: SourceProvider,
  credentials: Credentials,
  audienceId: string,
  watched: Watched,
  signal: AbortSignal,
): Promise<string | null> {
  const { watch = {} } = provider;
  const open = (audience: string) => provider.open(credentials, audience, signal);
  switch (watched.kind) {
    case 'object':
    case 'metadata': {
      const look = watch[watched.kind];
      if (!look) break;
      return look(credentials, audienceId, signal);
    }
    case 'column': {
      if (!watch.select) break;
      const field = await using(await open(audienceId), (table) => columnOf(table, watched.column, signal));
      return oneValueOf(() => open(watch.select!(credentials, { table: audienceId }, field)), signal).catch(
        (error: unknown) => {
          throw error instanceof LineupError && error.code === 'invalid_argument' ? noMaximum(field) : error;
        },
      );
    }
    case 'query': {
      if (!watch.select) break;
      const { query, isOnlyChecked } = watched;
      // Anything else would be taken for the name of a table.
      if (!/^[\s(]*(?:select|with|--|\/\*|#)/i.test(query)) throw notOneValue();
      const field = await using(await open(query), (source) => onlyField(source, signal));
      return isOnlyChecked ? null : oneValueOf(() => open(watch.select!(credentials, { query }, field)), signal);
    }
  }
  throw new LineupError(
    'source_unsupported',
    sentence`This source cannot be watched for this. Choose another trigger.`,
  );
}

async function using<T>(source: Source, work: (source: Source) => Promise<T>): Promise<T> {
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

async function columnOf(table: Source, column: string, signal: AbortSignal): Promise<SourceField> {
  if (table.isQuery) {
    throw new LineupError(
      'source_unsupported',
      sentence`The source is a query, and only a table has a column to watch. Write a query for the trigger instead.`,
    );
  }
  const field = findField(await table.fields(signal), column, table.label);
  if (field.list) throw noMaximum(field);
  return field;
}

const noMaximum = ({ name, type }: SourceField): LineupError =>
  new LineupError(
    'field_type',
    sentence`The column "${name}" has the type ${type}, which has no maximum. Choose a column with times or numbers.`,
  );

async function onlyField(source: Source, signal: AbortSignal): Promise<SourceField> {
  const [field, another] = await source.fields(signal);
  if (source.isQuery && field && !another && !field.list) return field;
  throw notOneValue();
}

const notOneValue = (): LineupError =>
  new LineupError(
    'invalid_argument',
    sentence`The query of the trigger must be a SELECT of one value: one row with one column, for example SELECT max(loaded_at) FROM loads.`,
  );

/** A preview shows so many characters of a value, and two longer values could not be told apart. */
const LONGEST = 400;

async function oneValueOf(open: () => Promise<Source>, signal: AbortSignal): Promise<string | null> {
  return using(await open(), async (source) => {
    const [field] = await source.fields(signal);
    if (!field) throw notOneValue();
    const digest = (value: string) => {
      if (value.length >= LONGEST) throw tooLong();
      return value === '' ? '' : digestOf(value);
    };
    const [row, another] = await source.preview(field.name, 2, signal, digest);
    if (another) throw notOneValue();
    return row?.values[0] || null;
  });
}

const tooLong = (): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`The value that the trigger looks at has ${LONGEST} characters or more. Let a query make a shorter one of it, for example with md5.`,
  );
