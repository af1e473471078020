/** Which server, database and user a connection URL names, and how the way to them is protected. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { LineupError } from '../../contracts/errors.ts';
import { Secret } from '../../contracts/secret.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';
import type { NetworkAccess } from '../remote/network.ts';

export interface PostgresConnection {
  /**
   * `postgres://user:password@host:5432/database`, or with `?host=/run/postgresql` by a Unix socket. Parameters:
   * `sslmode`, `options`, `host` and `port`, as PostgreSQL's own programs know them, and `channel_binding`, which is used where
   * the server offers it. A password is never
   * taken from this process' environment or files, which may hold that of another server.
   */
  readonly url: string | Secret;
  /**
   * Certificates (PEM) of the authorities that the server's own is checked against; empty for none.
   * @default those that Node.js trusts
   */
  readonly ca?: string;
  /** Where connections may go. @default everywhere, as for the command line */
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
  /** What a person would call it, without the password. */
  readonly label: string;
}

const PARAMETERS = [
  'sslmode',
  'channel_binding',
  'options',
  'host',
  'port',
  'application_name',
  'connect_timeout',
];
const EXAMPLE = 'postgres://user:password@host:5432/database';

/** @throws {LineupError} `invalid_configuration`, without anything of the URL that could be a secret */
export function readTarget({ url: given, ca, network }: PostgresConnection): Target {
  const url = URL.parse(typeof given === 'string' ? given : given.reveal());
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw refuse(
      sentence`This is no PostgreSQL URL: give one like ${EXAMPLE}, with % codes for the characters : / ? # [ ] @ % in a password.`,
    );
  }
  const user = decode(url.username);
  // First of all: a ? or # in a password makes parameters, or nothing, of the rest, and a host of the user.
  if (!user) throw refuse(sentence`The PostgreSQL URL names no user: give one like ${EXAMPLE}.`);
  const parameters = url.searchParams;
  const unknown = [...parameters.keys()].find((key) => !PARAMETERS.includes(key));
  if (unknown !== undefined) {
    throw refuse(
      unknown === 'sslrootcert'
        ? sentence`The PostgreSQL URL names a certificate file (sslrootcert): give the certificate itself beside the URL.`
        : sentence`The PostgreSQL URL has the parameter "${unknown}", which is not known here; those known are ${PARAMETERS.join(', ')}.`,
    );
  }
  const host = parameters.get('host') || decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost';
  const port = wholeNumber('port', parameters.get('port') || url.port || '5432', 65_535);
  const database = decode(url.pathname.slice(1)) || user;
  return {
    host,
    port,
    database,
    user,
    password: new Secret(decode(url.password)),
    tls: tlsOptions(
      parameters.get('sslmode') ?? (isLocal(host) ? 'disable' : 'verify-full'),
      readAuthority(ca),
    ),
    channelBinding: ['prefer', 'require'].includes(parameters.get('channel_binding') ?? ''),
    options: parameters.get('options') || undefined,
    applicationName: parameters.get('application_name') || 'lineup',
    connectTimeoutMs: 1000 * wholeNumber('connect_timeout', parameters.get('connect_timeout') || '10', 600),
    network,
    label: `PostgreSQL "${database}" (${user}@${host.startsWith('/') ? host : `${host}:${port}`})`,
  };
}

/**
 * What libpq's `sslmode` stands for. `allow` and `prefer` would go on in clear text when whoever answers says that
 * it knows no TLS, so neither is taken.
 */
function tlsOptions(mode: string, ca: string | undefined): ConnectionOptions | false {
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      // With authorities at hand libpq too checks the certificate, though not the name.
      return ca === undefined ? { rejectUnauthorized: false } : { ca, checkServerIdentity: () => undefined };
    case 'verify-ca':
      if (ca === undefined) {
        throw refuse(
          sentence`sslmode=verify-ca needs the certificate of the authority: anybody can have one from a public authority. Give it, or use sslmode=verify-full.`,
        );
      }
      return { ca, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ca };
    default:
      throw refuse(
        sentence`sslmode=${mode} is not known here. Use verify-full (encrypted, certificate and name checked; what a URL without sslmode means, unless the server is this machine), verify-ca (the name is not checked), require (encrypted, nothing checked) or disable.`,
      );
  }
}

/** Of text that is no certificate OpenSSL would make an empty list, and then trust nobody without a word. */
function readAuthority(ca = ''): string | undefined {
  if (ca.trim() === '') return undefined;
  try {
    new X509Certificate(ca);
    return ca;
  } catch {
    throw refuse(
      sentence`The CA certificate is not in PEM form: it begins with -----BEGIN CERTIFICATE-----, and must be copied whole.`,
    );
  }
}

function isLocal(host: string): boolean {
  return (
    host.startsWith('/') ||
    host === 'localhost' ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  );
}

function wholeNumber(name: string, text: string, most: number): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw refuse(sentence`The ${name} of the PostgreSQL URL must be a whole number from 1 to ${String(most)}.`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse(
      sentence`The PostgreSQL URL holds a % that begins no code: write %25 for the character itself.`,
    );
  }
}

function refuse(what: Sentence): LineupError {
  return new LineupError('invalid_configuration', what);
}
