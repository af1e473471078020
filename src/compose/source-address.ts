/** The addresses of sources, as a journal may keep them. */
import { resolve } from 'node:path';
import { audienceOf } from '../sources/kinds.ts';

/**
 * The source as it can be opened again from any directory. Null for a URL that may contain a secret (credentials, a signed
 * query), because it must not be stored. The credentials of sources that need some are in the environment.
 */
export function reopenable(source: string): string | null {
  if (audienceOf(source)) return source;
  const url = urlOf(source);
  if (!url) return resolve(source);
  return url.username || url.password || url.search ? null : source;
}

/** The source for people, without anything that may be a secret. */
export function nameOf(source: string): string {
  const url = audienceOf(source) ? null : urlOf(source);
  return url ? `${url.protocol}//${url.host}${url.pathname}` : source;
}

const urlOf = (source: string): URL | null => (/^[a-z0-9]+:\/\//i.test(source) ? URL.parse(source) : null);
