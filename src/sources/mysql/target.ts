/** Reads a connection URL: the server, the database, the user, and TLS. */
import type { ConnectionOptions } from 'node:tls';
import type { NetworkAccess } from '../../contracts/network.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { isOwnMachine, readAuthority, readAuthorityFile } from '../authority.ts';

export interface MysqlConnection {
  /**
   * `mysql://user:password@host:3306/database`, or `mariadb://…`. Parameters: `ssl-mode` as in MySQL's own programs,
   * and `connect_timeout` in seconds.
   */
  readonly url: string | Secret;
  /**
   * Certificates (PEM) of the authorities to check the server's certificate with. Empty for none.
   * @default the authorities that Node.js trusts
   */
  readonly ca?: string;
  /**
   * The author of the URL owns this machine, as on the command line. Then `ssl-ca` may name a file, and `socket` a Unix
   * socket.
   * @default false
   */
  readonly ownMachine?: boolean;
  /** Where connections may go. @default everywhere, as on the command line */
  readonly network?: NetworkAccess;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  /** The path of a Unix socket, instead of host and port. */
  readonly socket: string | undefined;
  /** The default database. Undefined when the URL names none. */
  readonly database: string | undefined;
  readonly user: string;
  readonly password: Secret;
  readonly tls: ConnectionOptions | false;
  /** Whether a password may be sent as it is: only to a server whose certificate was checked, or on this machine. */
  readonly clearPassword: boolean;
  readonly connectTimeoutMs: number;
  readonly network: NetworkAccess | undefined;
  /** The name for people, without the password. */
  readonly label: string;
}

const PARAMETERS = ['connect_timeout', 'ssl-mode'];
const OWN_PARAMETERS = [...PARAMETERS, 'socket', 'ssl-ca'];
const EXAMPLE = 'mysql://user:password@host:3306/database';

/** @throws {LineupError} `invalid_configuration`. It contains nothing from the URL that could be a secret */
export function readTarget({ url: given, ca, ownMachine = false, network }: MysqlConnection): Target {
  const url = parse(typeof given === 'string' ? given : given.reveal());
  const parameters = url.searchParams;
  const known = ownMachine ? OWN_PARAMETERS : PARAMETERS;
  const user = decode(url.username);
  // Check this first: with an unescaped ? or # in the password, the user becomes the host, and the rest
  // becomes parameters or nothing.
  if (!user) throw refuse(sentence`The MySQL URL has no user. Enter one like ${EXAMPLE}.`);
  const unknown = [...parameters.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) throw refuseParameter(unknown, known);
  const socket = parameters.get('socket') || undefined;
  if (socket !== undefined && !socket.startsWith('/'))
    throw refuse(sentence`The socket of the MySQL URL must be an absolute path, like ${'/run/mysqld/mysqld.sock'}.`);
  const host = decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost';
  const port = wholeNumber('port', url.port || '3306', 65_535);
  const database = decode(url.pathname.slice(1)) || undefined;
  const password = decode(url.password);
  // The protocol ends a text at this character, and would read the rest as something else.
  if ([user, host, database, password, socket].some((text) => text?.includes('\0')))
    throw refuse(sentence`The MySQL URL contains a NUL character.`);
  const isOwn = isOwnMachine(socket ?? host);
  const file = parameters.get('ssl-ca') ?? '';
  const tls = tlsOptions(
    parameters.get('ssl-mode') || (isOwn ? 'DISABLED' : 'VERIFY_IDENTITY'),
    readAuthority(file === '' ? ca : readAuthorityFile(file, 'ssl-ca')),
  );
  const place = socket ?? `${host}:${port}`;
  return {
    host,
    port,
    socket,
    database,
    user,
    password: new Secret(password),
    tls,
    clearPassword: isOwn || (tls !== false && tls.rejectUnauthorized !== false),
    connectTimeoutMs: 1000 * wholeNumber('connect_timeout', parameters.get('connect_timeout') || '10', 600),
    network,
    label: database === undefined ? `MySQL (${user}@${place})` : `MySQL "${database}" (${user}@${place})`,
  };
}

function parse(text: string): URL {
  const url = URL.parse(text.trim());
  if (url && /^(mysql|mariadb):$/.test(url.protocol)) return url;
  throw refuse(
    sentence`This is not a MySQL URL. Enter one like ${EXAMPLE}. In a password, use % codes for the characters : / ? # [ ] @ %.`,
  );
}

function refuseParameter(unknown: string, known: readonly string[]): LineupError {
  if (unknown === 'ssl-ca')
    return refuse(
      sentence`The MySQL URL names a certificate file (ssl-ca). Enter the certificate itself as the CA certificate.`,
    );
  if (unknown === 'socket')
    return refuse(
      sentence`The MySQL URL names a Unix socket. The service connects only by TCP. Enter a host and a port.`,
    );
  return refuse(sentence`The MySQL URL has the unknown parameter "${unknown}". Use only ${known.join(', ')}.`);
}

function wholeNumber(name: string, text: string, most: number): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw refuse(sentence`The ${name} of the MySQL URL must be a whole number from 1 to ${String(most)}.`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse(sentence`The MySQL URL contains a % without a code. Write %25 for the character itself.`);
  }
}

function refuse(what: Sentence): LineupError {
  return new LineupError('invalid_configuration', what);
}

/** Otherwise the environment variable NODE_TLS_REJECT_UNAUTHORIZED could turn the check off. */
const CHECKED = { rejectUnauthorized: true };

/**
 * The TLS options for MySQL's `ssl-mode`. `PREFERRED` is refused: with it, anybody who answers "no TLS" would get clear
 * text.
 */
function tlsOptions(mode: string, ca: string | undefined): ConnectionOptions | false {
  switch (mode.toUpperCase()) {
    case 'DISABLED':
      return false;
    case 'REQUIRED':
      return { rejectUnauthorized: false };
    case 'VERIFY_CA':
      if (ca === undefined) {
        throw refuse(
          sentence`ssl-mode=VERIFY_CA needs the certificate of your authority, because anybody can get a certificate from a public authority. Add it, or use ssl-mode=VERIFY_IDENTITY.`,
        );
      }
      return { ca, ...CHECKED, checkServerIdentity: () => undefined };
    case 'VERIFY_IDENTITY':
      return { ca, ...CHECKED };
    default:
      throw refuse(
        sentence`ssl-mode=${mode} cannot be used. Use VERIFY_IDENTITY (encrypted, certificate and name checked; the default, unless the server is this machine), VERIFY_CA (the name is not checked), REQUIRED (encrypted, nothing checked) or DISABLED.`,
      );
  }
}
