/** DATABASE_URL, read before anything is connected: what it names, and that its parameters mean what they mean to libpq. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LineupError } from '../../contracts/errors.ts';

export interface PostgresTarget {
  /** For the driver. It holds the password. */
  readonly url: string;
  /** How a person would call it: host, port, database and user; never the password. */
  readonly label: string;
  /** The same without the user, for what is shown to strangers. */
  readonly place: string;
}

/** As for PostgreSQL sources: `allow` and `prefer` go on in clear text when whoever answers says that it knows no TLS. */
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

/** @throws {LineupError} `invalid_configuration`, with nothing of the URL that could be a secret */
export function readPostgresUrl(url: string): PostgresTarget {
  const parsed = URL.parse(url);
  if (!parsed || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw refuse(
      'DATABASE_URL is not a PostgreSQL URL: give one like postgres://user:password@host:5432/database.',
    );
  }
  checkTls(parsed.searchParams);
  const host = parsed.searchParams.get('host') ?? (parsed.host || 'localhost');
  const user = parsed.username ? ` as ${decodeURIComponent(parsed.username)}` : '';
  return {
    // Without this the driver takes "require" and "verify-ca" for "verify-full". The last of a name counts.
    url: `${url}${parsed.search === '' ? '?' : '&'}uselibpqcompat=true`,
    label: `${host}${parsed.pathname}${user}`,
    place: `${host}${parsed.pathname}`,
  };
}

function checkTls(parameters: URLSearchParams): void {
  const mode = parameters.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode)) {
    throw refuse(
      `sslmode=${mode} in DATABASE_URL is not known here. Use verify-full (encrypted, certificate and name checked), verify-ca (the name is not checked), require (encrypted; nothing is checked without sslrootcert) or disable.`,
    );
  }
  if (mode === 'verify-ca' && !parameters.get('sslrootcert')) {
    throw refuse(
      'sslmode=verify-ca in DATABASE_URL needs sslrootcert, a file with the certificate of the authority: anybody can have one from a public authority. Give it, or use sslmode=verify-full.',
    );
  }
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const path = parameters.get(name);
    if (path) checkFile(name, path);
  }
}

function checkFile(name: string, path: string): void {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(`The file ${path} that DATABASE_URL names (${name}) cannot be read (${code}).`);
  }
  if (name === 'sslkey') return;
  try {
    new X509Certificate(content);
  } catch {
    throw refuse(
      `The file ${path} that DATABASE_URL names (${name}) is no certificate in PEM form: that begins with -----BEGIN CERTIFICATE-----.`,
    );
  }
}

const refuse = (message: string): LineupError => new LineupError('invalid_configuration', message);
