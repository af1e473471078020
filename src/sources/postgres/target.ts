/** Reads a connection URL: the server, the database, the user, and TLS. */

import { userInfo } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import type { NetworkAccess } from '../../contracts/network.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { isOwnMachine, readAuthority, readAuthorityFile } from '../authority.ts';

export interface PostgresConnection {
  /**
   * `postgres://user:password@host:5432/database`, or with `?host=/run/postgresql` for a Unix socket.
   * Parameters: `sslmode`, `options`, `host`, `port`, `user`, `dbname`, `application_name` and
   * `connect_timeout` mean the same as in PostgreSQL's own programs. `channel_binding` is used if the server
   * offers it. A password never comes from this process' environment or files, because it may belong to
   * another server.
   */
  readonly url: string | Secret;
  /**
   * Certificates (PEM) of the authorities to check the server's certificate with. Empty for none.
   * @default the authorities that Node.js trusts
   */
  readonly ca?: string;
  /**
   * The author of the URL owns this machine, as on the command line. Then `sslrootcert` may name a file, and
   * the default user is the user of the system. @default false
   */
  readonly ownMachine?: boolean;
  /** Where connections may go. @default everywhere, as on the command line */
  readonly network?: NetworkAccess;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
  readonly tls: ConnectionOptions | false;
  readonly channelBinding: boolean;
  /** Command line options for the server's process, e.g. `-c search_path=crm`. */
  readonly options: string | undefined;
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly network: NetworkAccess | undefined;
  /** The name for people, without the password. */
  readonly label: string;
}

const PARAMETERS = [
  'application_name',
  'channel_binding',
  'connect_timeout',
  'dbname',
  'host',
  'options',
  'port',
  'sslmode',
  'user',
];
const EXAMPLE = 'postgres://user:password@host:5432/database';

/** @throws {LineupError} `invalid_configuration`. It contains nothing from the URL that could be a secret */
export function readTarget({ url: given, ca, ownMachine = false, network }: PostgresConnection): Target {
  const url = parse(typeof given === 'string' ? given : given.reveal());
  const parameters = url.searchParams;
  const known = ownMachine ? [...PARAMETERS, 'sslrootcert'] : PARAMETERS;
  const unknown = [...parameters.keys()].find((key) => !known.includes(key));
  const named = parameters.get('user') || decode(url.username);
  // Check this first: with an unescaped ? or # in the password, the user becomes the host, and the rest
  // becomes parameters or nothing.
  if (!named && (!ownMachine || unknown !== undefined || url.hash !== ''))
    throw refuse(sentence`The PostgreSQL URL has no user. Enter one like ${EXAMPLE}.`);
  if (unknown !== undefined) {
    throw refuse(
      unknown === 'sslrootcert'
        ? sentence`The PostgreSQL URL names a certificate file (sslrootcert). Enter the certificate itself as the CA certificate.`
        : sentence`The PostgreSQL URL has the unknown parameter "${unknown}". Use only ${known.join(', ')}.`,
    );
  }
  const user = named || userInfo().username;
  const host = parameters.get('host') || decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost';
  const port = wholeNumber('port', parameters.get('port') || url.port || '5432', 65_535);
  const database = parameters.get('dbname') || decode(url.pathname.slice(1)) || user;
  const password = decode(url.password);
  const options = parameters.get('options') || undefined;
  const applicationName = parameters.get('application_name') || 'lineup';
  // The protocol ends a text at this character, and would read the rest as something else.
  if ([user, host, database, password, options, applicationName].some((text) => text?.includes('\0')))
    throw refuse(sentence`The PostgreSQL URL contains a NUL character.`);
  return {
    host,
    port,
    database,
    user,
    password: new Secret(password),
    tls: tlsOptions(
      parameters.get('sslmode') || (isOwnMachine(host) ? 'disable' : 'verify-full'),
      authority(parameters.get('sslrootcert') ?? '', ca),
    ),
    channelBinding: ['prefer', 'require'].includes(parameters.get('channel_binding') ?? ''),
    options,
    applicationName,
    connectTimeoutMs: 1000 * wholeNumber('connect_timeout', parameters.get('connect_timeout') || '10', 600),
    network,
    label: `PostgreSQL "${database}" (${user}@${host.startsWith('/') ? host : `${host}:${port}`})`,
  };
}

/**
 * Like libpq, also accepts a URL without a host, such as `postgres://user@/database?host=/run/postgresql`. It
 * is not a valid URL otherwise.
 */
function parse(text: string): URL {
  const [, start = '', authority = '', rest = ''] = /^(postgres(?:ql)?:\/\/)([^/?#]*)(.*)$/s.exec(text.trim()) ?? [];
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const url =
    authority.includes('@') && /^(?::|$)/.test(host)
      ? URL.parse(`${start}${authority.slice(0, authority.length - host.length)}localhost${host}${rest}`)
      : URL.parse(text);
  if (url && /^postgres(ql)?:$/.test(url.protocol)) return url;
  throw refuse(
    sentence`This is not a PostgreSQL URL. Enter one like ${EXAMPLE}. In a password, use % codes for the characters : / ? # [ ] @ %.`,
  );
}

/** `sslrootcert=system` means the authorities that are trusted anyway. */
function authority(file: string, ca: string | undefined): string | undefined {
  return readAuthority(file === '' || file === 'system' ? ca : readAuthorityFile(file, 'sslrootcert'));
}

function wholeNumber(name: string, text: string, most: number): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw refuse(sentence`The ${name} of the PostgreSQL URL must be a whole number from 1 to ${String(most)}.`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse(sentence`The PostgreSQL URL contains a % without a code. Write %25 for the character itself.`);
  }
}

function refuse(what: Sentence): LineupError {
  return new LineupError('invalid_configuration', what);
}

/** Otherwise the environment variable NODE_TLS_REJECT_UNAUTHORIZED could turn the check off. */
const CHECKED = { rejectUnauthorized: true };

/**
 * The TLS options for libpq's `sslmode`. `allow` and `prefer` are refused: with them, anybody who answers "no
 * TLS" would get clear text.
 */
function tlsOptions(mode: string, ca: string | undefined): ConnectionOptions | false {
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      // With authorities, libpq checks the certificate here too, but not the name.
      return ca === undefined
        ? { rejectUnauthorized: false }
        : { ca, ...CHECKED, checkServerIdentity: () => undefined };
    case 'verify-ca':
      if (ca === undefined) {
        throw refuse(
          sentence`sslmode=verify-ca needs the certificate of your authority, because anybody can get a certificate from a public authority. Add it, or use sslmode=verify-full.`,
        );
      }
      return { ca, ...CHECKED, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ca, ...CHECKED };
    default:
      throw refuse(
        sentence`sslmode=${mode} is unknown. Use verify-full (encrypted, certificate and name checked; the default, unless the server is this machine), verify-ca (the name is not checked), require (encrypted, nothing checked) or disable.`,
      );
  }
}
