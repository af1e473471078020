/** Where members come from, by how `--source` begins. Each kind of source is read only when it is used. */
import type { SourceCredentials } from '../config.ts';
import { LineupError } from '../contracts/errors.ts';
import type { ScanRequest } from '../contracts/requests.ts';
import { openFiles } from '../sources/files/open.ts';
import type { Source } from '../sources/source.ts';

type Where = Pick<ScanRequest, 'source' | 'format' | 'encoding' | 'delimiter' | 'header'>;

/**
 * `lytics:<audience>`, `postgresql:<schema.table or query>`, or else a path, glob, URL or `-`.
 * @throws {LineupError} `missing_credentials` naming the variable; what the source's own opening throws
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
      `--format, --encoding, --delimiter and --header go with files, not with ${kind}.`,
    );
  }
  return kind === 'lytics' ? lytics(name, credentials, signal) : postgresql(name, credentials, signal);
}

async function lytics(
  audience: string,
  credentials: SourceCredentials,
  signal: AbortSignal,
): Promise<Source> {
  const { openLytics } = await import('../sources/lytics/open.ts');
  const { lyticsToken, lyticsOrigin } = credentials;
  if (!lyticsToken) throw missing('LYTICS_API_TOKEN', 'an API token of Lytics');
  return openLytics({
    token: lyticsToken.reveal(),
    origin: lyticsOrigin,
    audienceId: audience.trim(),
    signal,
  });
}

async function postgresql(
  name: string,
  credentials: SourceCredentials,
  signal: AbortSignal,
): Promise<Source> {
  const { openPostgres } = await import('../sources/postgres/open.ts');
  const { audienceNamed } = await import('../sources/postgres/names.ts');
  const { postgresUrl } = credentials;
  if (!postgresUrl) throw missing('LINEUP_POSTGRES_URL', 'the URL of the database that holds the members');
  const connection = { url: postgresUrl, ownMachine: true };
  return openPostgres({ connection, audience: audienceNamed(name.trim()), signal });
}

const missing = (variable: string, what: string): LineupError =>
  new LineupError(
    'missing_credentials',
    `${variable} is not set: set it to ${what}. Secrets are never flags.`,
  );
