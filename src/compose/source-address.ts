/** The addresses of sources, as a journal may keep them. */
import { resolve } from 'node:path';
import { LineupError } from '../domain/errors/errors.ts';
import { audienceOf, sourceKinds } from '../sources/kinds.ts';
import { readAddress, type Scheme } from '../sources/object-storage/address.ts';

/** What `--source` takes before an audience, a table or a query, for the help: `bigquery:, lytics: or …`. */
export const audiencePrefixes = (): string => {
  const prefixes = sourceKinds.map(({ prefix }) => prefix).filter((prefix) => !prefix.endsWith('//'));
  return `${prefixes.slice(0, -1).join(', ')} or ${prefixes.at(-1)}`;
};

/**
 * The source as it can be opened again from any directory. Null for a URL that may contain a secret (credentials, a
 * signed query), because it must not be stored. The credentials of sources that need some are in the environment.
 */
export function reopenable(source: string): string | null {
  if (!writtenAs(source)) return audienceOf(source) ? source : resolve(source);
  return isPlain(source) ? source : null;
}

/** The source for people, without anything that may be a secret. */
export function nameOf(source: string): string {
  const written = writtenAs(source);
  if (!written || (isPlain(source) && audienceOf(source))) return source;
  const { newest, scheme, url } = written;
  return url ? `${newest}${url.protocol}//${url.host}${url.pathname}` : `${newest}${scheme}://…`;
}

/**
 * Called before a journal exists, because an error of a list would be in it.
 * @throws {LineupError} `invalid_argument` for an address of object storage that names no object
 */
export function assertAddress(source: string): void {
  const scheme = schemeOf(source);
  if (scheme) readAddress(scheme, source.trim());
}

/** Undefined for a path, and for an audience that is no URL. */
function writtenAs(source: string) {
  const [, newest = '', scheme, rest] = /^\s*(newest:)?([a-z][a-z0-9+]*):\/\/(.*)$/is.exec(source) ?? [];
  if (scheme === undefined) return undefined;
  return { newest, scheme, url: URL.parse(`${scheme}://${rest}`) };
}

function isPlain(source: string): boolean {
  const url = writtenAs(source)?.url;
  try {
    assertAddress(source);
  } catch (error) {
    if (error instanceof LineupError) return false;
    throw error;
  }
  return schemeOf(source) !== undefined || (!!url && `${url.username}${url.password}${url.search}` === '');
}

function schemeOf(source: string): Scheme | undefined {
  const scheme = audienceOf(source) && writtenAs(source)?.scheme;
  return scheme === 's3' || scheme === 'gs' ? scheme : undefined;
}
