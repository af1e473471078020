/** How a connection is protected: what libpq's `sslmode` and `sslrootcert` stand for. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { LineupError } from '../../contracts/errors.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';

/** A bundle of all public authorities has 200 kB. */
const LONGEST_FILE = 4 << 20;

/**
 * What libpq's `sslmode` stands for. `allow` and `prefer` would go on in clear text when whoever answers says that
 * it knows no TLS, so neither is taken.
 */
export function tlsOptions(mode: string, ca: string | undefined): ConnectionOptions | false {
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
export function readAuthority(ca = ''): string | undefined {
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

/**
 * @param path as `sslrootcert` names it: a file of certificates in PEM form
 * @throws {LineupError} `invalid_configuration`
 */
export function readAuthorityFile(path: string): string {
  try {
    const found = statSync(path);
    // Nothing else has an end for certain.
    if (found.isFile() && found.size <= LONGEST_FILE) return readFileSync(path, 'utf8');
  } catch {}
  throw refuse(sentence`The certificate file ${path} (sslrootcert) cannot be read.`);
}

function refuse(what: Sentence): LineupError {
  return new LineupError('invalid_configuration', what);
}
