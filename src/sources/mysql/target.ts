/** Reads a connection URL: the server, the database, the user, and TLS. */
import type { ConnectionOptions } from 'node:tls';
import type { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { isOwnMachine, readAuthority, readAuthorityFile } from '../authority.ts';
import { type DatabaseConnection, type DatabaseTarget, refuseUrl, tlsChecks, UrlReader } from '../database/target.ts';

export interface Target extends DatabaseTarget {
  /** The path of a Unix socket, instead of host and port. */
  readonly socket: string | undefined;
  /** The default database. Undefined when the URL names none. */
  readonly database: string | undefined;
  /** Whether a password may be sent as it is: only to a server whose certificate was checked, or on this machine. */
  readonly clearPassword: boolean;
}

const PARAMETERS = ['connect_timeout', 'ssl-mode'];
const OWN_PARAMETERS = [...PARAMETERS, 'socket', 'ssl-ca'];
const reader = new UrlReader('MySQL', 'mysql://user:password@host:3306/database');

/**
 * Reads `mysql://user:password@host:3306/database`, or `mariadb://…`. Parameters: `ssl-mode` as in programs of MySQL,
 * and `connect_timeout` in seconds; for the owner of the machine also `ssl-ca`, a file, and `socket`, a Unix socket.
 * @throws {LineupError} `invalid_configuration`. It contains nothing from the URL that could be a secret
 */
export function readTarget({ url: given, ca, ownMachine = false, network }: DatabaseConnection): Target {
  const text = typeof given === 'string' ? given : given.reveal();
  const url = reader.url(URL.parse(text.trim()), /^(mysql|mariadb):$/);
  const parameters = url.searchParams;
  const known = ownMachine ? OWN_PARAMETERS : PARAMETERS;
  const user = reader.decode(url.username);
  // Check this first: with an unescaped ? or # in the password, the user becomes the host, and the rest
  // becomes parameters or nothing.
  if (!user) throw reader.noUser();
  const unknown = [...parameters.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) throw refuseParameter(unknown, known);
  const socket = parameters.get('socket') || undefined;
  if (socket !== undefined && !socket.startsWith('/'))
    throw refuseUrl(sentence`The socket of the MySQL URL must be an absolute path, like ${'/run/mysqld/mysqld.sock'}.`);
  const host = reader.host(url) || 'localhost';
  const port = reader.port(url.port || '3306');
  const database = reader.decode(url.pathname.slice(1)) || undefined;
  const password = reader.decode(url.password);
  reader.assertNoNul([user, host, database, password, socket]);
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
    connectTimeoutMs: reader.connectTimeoutMs(parameters),
    network,
    label: database === undefined ? `MySQL (${user}@${place})` : `MySQL "${database}" (${user}@${place})`,
  };
}

function refuseParameter(unknown: string, known: readonly string[]): LineupError {
  if (unknown === 'socket')
    return refuseUrl(
      sentence`The MySQL URL names a Unix socket. The service connects only by TCP. Enter a host and a port.`,
    );
  return reader.unknownParameter(unknown, known, 'ssl-ca');
}

/**
 * The TLS options for MySQL's `ssl-mode`. `PREFERRED` is refused: with it, anybody who answers "no TLS" would get clear
 * text.
 */
function tlsOptions(mode: string, ca: string | undefined): ConnectionOptions | false {
  switch (mode.toUpperCase()) {
    case 'DISABLED':
      return false;
    case 'REQUIRED':
      return tlsChecks.nothing;
    case 'VERIFY_CA':
      if (ca === undefined) {
        throw refuseUrl(
          sentence`ssl-mode=VERIFY_CA needs the certificate of your authority, because anybody can get a certificate from a public authority. Add it, or use ssl-mode=VERIFY_IDENTITY.`,
        );
      }
      return tlsChecks.authority(ca);
    case 'VERIFY_IDENTITY':
      return tlsChecks.all(ca);
    default:
      throw refuseUrl(
        sentence`ssl-mode=${mode} cannot be used. Use VERIFY_IDENTITY (encrypted, certificate and name checked; the default, unless the server is this machine), VERIFY_CA (the name is not checked), REQUIRED (encrypted, nothing checked) or DISABLED.`,
      );
  }
}
