import { randomInt } from 'node:crypto';

const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/**
 * A run's id: the moment it began (UTC) and six random characters. It sorts by time, is easily read out and typed, and is
 * part of the file names that LINE sees.
 */
export function newRunId(now: Date): string {
  const moment = now.toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '-');
  const random = Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${moment}-${random}`;
}
