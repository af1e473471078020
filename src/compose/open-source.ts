/** Opens the source that `--source` names. The code of each kind is loaded only when it is used. */
import type { SourceCredentials } from '../config/config.ts';
import { LineupError } from '../contracts/errors.ts';
import type { ScanRequest } from '../contracts/requests.ts';
import { Secret } from '../contracts/secret.ts';
import { openFiles } from '../sources/files/open.ts';
import type { Source, SourceProvider } from '../sources/source.ts';

/** The arguments that open a source. */
export type Where = Pick<ScanRequest, 'source' | 'format' | 'encoding' | 'delimiter' | 'header'>;

/**
 * `lytics:<audience>`, `postgresql:<schema.table or query>`, or else a path, glob, URL or `-`.
 * @throws {LineupError} `missing_credentials` naming the variable; the error of the source
 */
export async function openSource(
  { source, format, encoding, delimiter, header }: Where,
  credentials: SourceCredentials,
  signal: AbortSignal,
): Promise<Source> {
  // regex-bounded: an argument of the command line
  const [, kind, name] = /^(lytics|postgresql):(?!\/\/)(.*)$/s.exec(source) ?? [];
  const asked = { format, encoding, delimiter, header };
  if (kind === undefined || name === undefined) return openFiles({ source, ...asked, signal });
  if (Object.values(asked).some((one) => one !== undefined)) {
    throw new LineupError(
      'invalid_argument',
      `--format, --encoding, --delimiter and --header work only with files, not with ${kind}.`,
    );
  }
  const remote = await remoteProvider(kind, credentials);
  return remote.provider.open(new Secret(remote.credentials), name.trim(), signal);
}

/** The provider of a remote source, and its credentials from the environment. */
async function remoteProvider(
  kind: string,
  { lyticsToken, lyticsOrigin, postgresUrl }: SourceCredentials,
): Promise<{ provider: SourceProvider; credentials: Record<string, string> }> {
  if (kind === 'lytics') {
    const { lyticsProvider } = await import('../sources/lytics/provider.ts');
    if (!lyticsToken) throw missing('LYTICS_API_TOKEN', 'an API token of Lytics');
    const token = lyticsToken.reveal();
    return {
      provider: lyticsProvider(),
      credentials: { token, ...(lyticsOrigin && { origin: lyticsOrigin }) },
    };
  }
  const { postgresProvider } = await import('../sources/postgres/provider.ts');
  if (!postgresUrl) throw missing('LINEUP_POSTGRES_URL', 'the URL of the database that holds the members');
  const credentials = { connection_url: postgresUrl.reveal() };
  return { provider: postgresProvider({ ownMachine: true }), credentials };
}

const missing = (variable: string, what: string): LineupError =>
  new LineupError(
    'missing_credentials',
    `${variable} is not set. Set it to ${what}. Secrets are never passed as flags.`,
  );
