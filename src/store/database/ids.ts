import { randomInt } from 'node:crypto';

const alphabet = '23456789abcdefghjkmnpqrstuvwxyz';

/** An id like `job_7k2m…`: 16 characters of 31, so that nobody guesses one; easy to read out and to select. */
export function newId(kind: 'aut' | 'job' | 'tok' | 'ntf' | 'upl'): string {
  return `${kind}_${Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}
