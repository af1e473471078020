/** Looks at a source for a trigger. A value that may be of a member leaves only as a digest. */
import { createHash } from 'node:crypto';
import type { Watched } from '../contracts/watched.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';
import type { Credentials, SourceProvider } from './source.ts';

/** Half of SHA-256 is enough to tell two states of the data apart. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/**
 * What is there now, as a short text; null when nothing is there.
 * @throws {LineupError} `source_*`
 */
export async function latestOf(
  { watch }: SourceProvider,
  credentials: Credentials,
  audienceId: string,
  watched: Watched,
  signal: AbortSignal,
): Promise<string | null> {
  const look = watch?.[watched.kind];
  if (look) return look(credentials, audienceId, signal);
  throw new LineupError(
    'source_unsupported',
    sentence`This source cannot be watched for this. Choose another trigger.`,
  );
}
