/** Opens the source that `--source` names. The code of each kind is loaded only when it is used. */

import type { ScanRequest } from '../domain/audiences/requests.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { Secret } from '../domain/values/secret.ts';
import { openFiles } from '../sources/files/open.ts';
import { audienceOf } from '../sources/kinds.ts';
import type { Source } from '../sources/source.ts';
import { nameOf } from './source-address.ts';
import type { Variable } from './source-credentials.ts';

/** The arguments that open a source. */
export type Where = Pick<ScanRequest, 'source' | 'format' | 'encoding' | 'delimiter' | 'header'>;

/**
 * Called before anything is opened.
 * @throws {LineupError} `source_unsupported` when the source must hash its values, and cannot
 */
export async function assertHashes({
  source,
  hashInDatabase = false,
}: Pick<ScanRequest, 'source' | 'hashInDatabase'>): Promise<void> {
  if (!hashInDatabase) return;
  const named = audienceOf(source);
  if (named) {
    const { findProvider } = await import('../contracts/providers/index.ts');
    if (findProvider(named.kind.provider)?.source?.hashes) return;
  }
  throw new LineupError(
    'source_unsupported',
    `--hash-in-database works only with bigquery:, mysql:, postgresql: and snowflake:, not with ${source === '-' ? 'standard input' : nameOf(source)}.`,
  );
}

/**
 * An audience of a kind in src/sources/kinds.ts, or else a path, glob, URL or `-`.
 * @param variable reads the environment, which holds the credentials
 * @throws {LineupError} `missing_credentials` naming the variable; the error of the source
 */
export async function openSource(
  { source, format, encoding, delimiter, header }: Where,
  variable: Variable,
  signal: AbortSignal,
): Promise<Source> {
  const reading = { format, encoding, delimiter, header };
  const named = audienceOf(source);
  if (!named) return openFiles({ source, ...reading, signal });
  const { provider: id } = named.kind;
  // Loaded only here: the registry of providers needs Zod.
  const { findProvider } = await import('../contracts/providers/index.ts');
  const { credentialsFromEnvironment } = await import('./source-credentials.ts');
  const asked = Object.values(reading).some((option) => option !== undefined);
  if (asked && !findProvider(id)?.source?.files) {
    throw new LineupError(
      'invalid_argument',
      `--format, --encoding, --delimiter and --header work only with files, not with ${id}.`,
    );
  }
  const provider = (await named.kind.load())({ ownMachine: true, machineCredentials: true });
  const credentials = new Secret(credentialsFromEnvironment(id, variable));
  return provider.open(credentials, named.audienceId, signal, reading);
}
