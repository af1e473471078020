/** Texts that nobody can guess. They come from the generator of the system for cryptography, never from a seed. */
import { randomBytes, randomInt } from 'node:crypto';

/** 32 random bytes. */
export const randomText = (encoding: 'base64' | 'base64url'): string => randomBytes(32).toString(encoding);

const alphabet = '23456789abcdefghjkmnpqrstuvwxyz';

/** A new id like `job_7k2m…`: 16 of 31 characters. It is easy to read aloud and to select. */
export function newId(kind: 'aut' | 'job' | 'tok' | 'ntf' | 'upl' | 'sup' | 'whs'): string {
  return `${kind}_${Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}
