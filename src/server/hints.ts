/**
 * What a browser needs before anything can be read, as a `Link` header: it loads all of that at once, beside the page
 * itself. Without it, a slow connection would wait once for the program, again for the frame, and again for the
 * language. The code of the page itself is left out: it would take the line from the frame. A wrong hint costs only
 * time.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { preferredLanguage } from '../domain/text/preferred-language.ts';
import { API_PATH } from '../domain/values/api-path.ts';
import { hasSession } from './auth/identify.ts';

interface Chunk {
  readonly file: string;
  readonly name?: string;
  readonly imports?: readonly string[];
}

export type Hints = (headers: IncomingHttpHeaders) => string;

/** @param directory of the built web app, with the record of its build */
export function readHints(directory: string): Hints {
  const record = join(directory, '.vite/manifest.json');
  const chunks: Readonly<Record<string, Chunk>> = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
  const named = new Map(Object.entries(chunks).map(([key, { name }]) => [name, key]));
  return ({ cookie, 'accept-language': accepted = '' }) => {
    const language = preferredLanguage(
      cookie ?? '',
      accepted.split(',').map((tag) => tag.split(';')[0]!.trim()),
    );
    const shown = hasSession(cookie) ? 'frame' : 'sign-in';
    const files = filesOf(chunks, [named.get(shown), `../locales/${language}/web.json`]);
    return [
      ...files.map((file) => `</${file}>; rel=modulepreload`),
      // As the app itself asks for it.
      `<${API_PATH}/me>; rel=preload; as=fetch; crossorigin`,
    ].join(', ');
  };
}

/** Without the entry, which the page itself names. */
function filesOf(chunks: Readonly<Record<string, Chunk>>, keys: readonly (string | undefined)[]): string[] {
  const seen = new Set<string>();
  const visit = (key: string | undefined) => {
    const chunk = key === undefined || key === 'index.html' ? undefined : chunks[key];
    if (!chunk || seen.has(chunk.file)) return;
    seen.add(chunk.file);
    chunk.imports?.forEach(visit);
  };
  keys.forEach(visit);
  return [...seen];
}
