/** How the servers of URLs are reached. */
import type { LookupFunction } from 'node:net';
import { type Clock, systemClock } from '../../../contracts/clock.ts';
import { LineupError } from '../../../contracts/errors.ts';
import { sentence } from '../../../contracts/sentence.ts';

export interface UrlAccess {
  /**
   * Asked before each request, those of redirects too.
   * @returns what resolves the host's name for the connection; undefined: the system
   * @throws {LineupError} when the URL may not be fetched
   */
  admit(url: URL): LookupFunction | undefined;
  /** Waits between attempts. */
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** How long a server may say nothing, in ms. */
  readonly silenceMs: number;
}

export const SILENCE_MS = 30_000;

/** For whoever may reach from here what this machine reaches: the person at the command line. */
export const openAccess: UrlAccess = {
  admit: (url) => {
    const loopback =
      url.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
    if (url.protocol === 'https:' || loopback) return undefined;
    throw new LineupError(
      'source_unsupported',
      sentence`${nameOf(url)}: ${url.protocol}// is not supported. Use https://, s3://, a path, or - for standard input.`,
    );
  },
  clock: systemClock,
  silenceMs: SILENCE_MS,
};

/** A URL without credentials and query: a presigned one carries its signature there. */
export const nameOf = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;
