/**
 * URLs of files that the service may fetch: what may be one, and whether it lies below another. Read as a server will read it,
 * and whatever servers disagree about is refused.
 */
import { MAX_URL } from './bounds.ts';
import { issueText } from './sentence.ts';

export interface FileUrl {
  readonly url: URL;
  /** Of the path, decoded; of a folder without an empty one at the end. */
  readonly segments: readonly string[];
}

/** The URL, or what is wrong with it: in words that repeat nothing of it, for it may hold a secret. */
export function readFileUrl(text: string): FileUrl | { readonly problem: string } {
  if (text.length > MAX_URL) return { problem: issueText`The URL is too long.` };
  const url = /[\\\p{Cc}]/u.test(text) ? null : URL.parse(text.trim());
  if (!url || !/^https?:\/\/[^/]/i.test(text.trim())) {
    return { problem: issueText`Enter a whole URL, like https://files.example.com/exports/members.csv.` };
  }
  if (url.username !== '' || url.password !== '') {
    return {
      problem: issueText`Leave the user name and the password out of the URL: they would be kept in plain sight.`,
    };
  }
  if (/[?#]/.test(text)) {
    return {
      problem: issueText`Leave out the ? or # and what follows: signatures and tokens stand there, which would be kept in plain sight, and expire. The file must have a URL that stays.`,
    };
  }
  const segments = segmentsOf(url);
  return segments
    ? { url, segments }
    : { problem: issueText`The path of the URL is not a plain one in UTF-8.` };
}

/** Whether a URL is the other one, or below it: scheme, host, port and the path, segment by segment. */
export const isBelow = (file: FileUrl, root: FileUrl): boolean =>
  file.url.origin === root.url.origin &&
  root.segments.every((segment, index) => segment === file.segments[index]);

/**
 * The segments of a path of which there can be only one reading. `URL` has resolved `..` and `%2e%2e` already; what is left
 * are the ways in which a server could find a further one: encoded slashes, encodings of encodings, parameters (`..;x`).
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

/** Byte by byte, and as often as anybody might decode it. */
function leadsElsewhere(part: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no path has them
  return /[/\\\x00-\x1f\x7f]|^\.{1,2}(;|$)/.test(decodedThroughout(part));
}

/**
 * What is left when nothing can be decoded any more. What a path must not hold stays there once it has been decoded, so nobody who
 * decodes less often finds more. In one pass: a redirect's URL is as long as its server likes, and each `%25` may hold another.
 */
function decodedThroughout(part: string): string {
  const read: string[] = [];
  for (const character of part) {
    read.push(character);
    // A byte that was decoded may be the last one of the encoding that it was written in.
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
