/** Whom a connection trusts: the certificates of authorities, this machine, and the credentials that it has. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';
import { isLoopback } from '../domain/values/hosts.ts';

/** Whether a connection to this host stays on the machine. @param host a name, an address, or the path of a socket */
export const isOwnMachine = (host: string): boolean => host.startsWith('/') || isLoopback(host);

/** A bundle of all public authorities has 200 kB. */
const LONGEST_FILE = 4 << 20;

/**
 * OpenSSL would make an empty list from a text that is not a certificate, and then trust nobody, without an
 * error.
 * @returns undefined for an empty text
 * @throws {LineupError} `invalid_configuration`
 */
export function readAuthority(ca = ''): string | undefined {
  if (ca.trim() === '') return undefined;
  try {
    new X509Certificate(ca);
    return ca;
  } catch {
    throw new LineupError(
      'invalid_configuration',
      sentence`The CA certificate is not in PEM format. Copy all of it, beginning with -----BEGIN CERTIFICATE-----.`,
    );
  }
}

/**
 * @param path a PEM file of certificates
 * @param parameter the parameter that names it
 * @throws {LineupError} `invalid_configuration`
 */
export function readAuthorityFile(path: string, parameter: string): string {
  try {
    const found = statSync(path);
    // Only a regular file certainly has an end.
    if (found.isFile() && found.size <= LONGEST_FILE) return readFileSync(path, 'utf8');
  } catch {}
  throw new LineupError('invalid_configuration', sentence`The certificate file ${path} (${parameter}) cannot be read.`);
}

/** For credentials of the machine that its operator does not allow. */
export const machineRefused = (): LineupError =>
  new LineupError(
    'invalid_configuration',
    sentence`This installation does not allow authorizations with the credentials of its machine. Enter a key, or ask the operator to set LINEUP_MACHINE_CREDENTIALS=true.`,
  );
