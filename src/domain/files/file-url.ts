/**
 * URLs of files that the service may read: which URLs are valid, and whether one is below another. A URL that servers
 * could interpret in different ways is refused.
 */

import { issueText } from '../text/sentence.ts';
import { MAX_URL } from '../values/bounds.ts';

export interface FileUrl {
  readonly url: URL;
  /** The decoded segments of the path. A folder has no empty segment at the end. */
  readonly segments: readonly string[];
}

/** The URL, or what is wrong with it. The message repeats nothing of the URL, because it may contain a secret. */
export function readFileUrl(text: string): FileUrl | { readonly problem: string } {
  if (text.length > MAX_URL) return { problem: issueText`The URL is too long.` };
  const url = /[\\\p{Cc}]/u.test(text) ? null : URL.parse(text.trim());
  if (!url || !/^https?:\/\/[^/]/i.test(text.trim())) {
    return { problem: issueText`Enter a whole URL, like https://files.example.com/exports/members.csv.` };
  }
  if (url.username !== '' || url.password !== '') {
    return {
      problem: issueText`Remove the user name and the password from the URL. The URL is stored and shown unencrypted.`,
    };
  }
  if (/[?#]/.test(text)) {
    return {
      problem: issueText`Remove ? or # and everything after it. It can contain a signature or a token, and the URL is stored and shown unencrypted. Use a permanent URL.`,
    };
  }
  const segments = segmentsOf(url);
  return segments
    ? { url, segments }
    : { problem: issueText`The path of the URL is not valid UTF-8, or contains invalid characters.` };
}

/** Whether `file` is `root` or below it: the same scheme, host and port, and a path below, segment by segment. */
export const isBelow = (file: FileUrl, root: FileUrl): boolean =>
  file.url.origin === root.url.origin && root.segments.every((segment, index) => segment === file.segments[index]);

/**
 * The segments of a path, if it has only one interpretation; otherwise undefined. `URL` has already resolved `..` and
 * `%2e%2e`. This refuses what a server could resolve further: encoded slashes, repeated encoding, parameters (`..;x`).
 */
export function segmentsOf(url: URL): readonly string[] | undefined {
  const parts = url.pathname.split('/').slice(1);
  if (parts.at(-1) === '') parts.pop();
  const segments: string[] = [];
  for (const part of parts) {
    const segment = decoded(part);
    if (segment === undefined || leadsElsewhere(part)) return undefined;
    segments.push(segment);
  }
  return segments;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** Whether a segment could lead to another path after any number of decodings. */
function leadsElsewhere(part: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no path has them
  return /[/\\\x00-\x1f\x7f]|^\.{1,2}(;|$)/.test(decodedThroughout(part));
}

/**
 * Decodes until nothing can be decoded any more. A forbidden character stays once it has appeared, so this also covers
 * servers that decode less often. It needs only one pass, because a redirect's URL can be very long and each `%25` may
 * hide another.
 */
function decodedThroughout(part: string): string {
  const read: string[] = [];
  for (const character of part) {
    read.push(character);
    // A decoded byte may complete another encoded byte.
    for (let byte = encodedAtEnd(read); byte !== undefined; byte = encodedAtEnd(read)) {
      read.length -= 3;
      read.push(String.fromCharCode(byte));
    }
  }
  return read.join('');
}

function encodedAtEnd(read: readonly string[]): number | undefined {
  if (read.at(-3) !== '%') return undefined;
  const digits = `${read.at(-2)}${read.at(-1)}`;
  return /^[0-9a-f]{2}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
