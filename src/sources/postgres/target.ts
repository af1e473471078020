/** Reads a connection URL: the server, the database, the user, and TLS. */
import { userInfo } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { isOwnMachine, readAuthority, readAuthorityFile } from '../authority.ts';
import { type DatabaseConnection, type DatabaseTarget, refuseUrl, tlsChecks, UrlReader } from '../database/target.ts';

export interface Target extends DatabaseTarget {
  readonly database: string;
  readonly channelBinding: boolean;
  /** Command line options for the server's process, e.g. `-c search_path=crm`. */
  readonly options: string | undefined;
  readonly applicationName: string;
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
const reader = new UrlReader('PostgreSQL', 'postgres://user:password@host:5432/database');

/**
 * Reads `postgres://user:password@host:5432/database`, or with `?host=/run/postgresql` for a Unix socket. Parameters:
 * `sslmode`, `options`, `host`, `port`, `user`, `dbname`, `application_name` and `connect_timeout` mean the same as in
 * PostgreSQL's own programs. `channel_binding` is used if the server offers it. For the owner of the machine,
 * `sslrootcert` may name a file, and the default user is that of the system. A password never comes from this process'
 * environment or files, because it may belong to another server.
 * @throws {LineupError} `invalid_configuration`. It contains nothing from the URL that could be a secret
 */
export function readTarget({ url: given, ca, ownMachine = false, network }: DatabaseConnection): Target {
  const url = parse(typeof given === 'string' ? given : given.reveal());
  const parameters = url.searchParams;
  const known = ownMachine ? [...PARAMETERS, 'sslrootcert'] : PARAMETERS;
  const unknown = [...parameters.keys()].find((key) => !known.includes(key));
  const named = parameters.get('user') || reader.decode(url.username);
  // Check this first: with an unescaped ? or # in the password, the user becomes the host, and the rest
  // becomes parameters or nothing.
  if (!named && (!ownMachine || unknown !== undefined || url.hash !== '')) throw reader.noUser();
  if (unknown !== undefined) throw reader.unknownParameter(unknown, known, 'sslrootcert');
  const user = named || userInfo().username;
  const host = parameters.get('host') || reader.host(url) || 'localhost';
  const port = reader.port(parameters.get('port') || url.port || '5432');
  const database = parameters.get('dbname') || reader.decode(url.pathname.slice(1)) || user;
  const password = reader.decode(url.password);
  const options = parameters.get('options') || undefined;
  const applicationName = parameters.get('application_name') || 'lineup';
  reader.assertNoNul([user, host, database, password, options, applicationName]);
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
    connectTimeoutMs: reader.connectTimeoutMs(parameters),
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
  return reader.url(url, /^postgres(ql)?:$/);
}

/** `sslrootcert=system` means the authorities that are trusted anyway. */
function authority(file: string, ca: string | undefined): string | undefined {
  return readAuthority(file === '' || file === 'system' ? ca : readAuthorityFile(file, 'sslrootcert'));
}

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
      return ca === undefined ? tlsChecks.nothing : tlsChecks.authority(ca);
    case 'verify-ca':
      if (ca === undefined) {
        throw refuseUrl(
          sentence`sslmode=verify-ca needs the certificate of your authority, because anybody can get a certificate from a public authority. Add it, or use sslmode=verify-full.`,
        );
      }
      return tlsChecks.authority(ca);
    case 'verify-full':
      return tlsChecks.all(ca);
    default:
      throw refuseUrl(
        sentence`sslmode=${mode} is unknown. Use verify-full (encrypted, certificate and name checked; the default, unless the server is this machine), verify-ca (the name is not checked), require (encrypted, nothing checked) or disable.`,
      );
  }
}
