/**
 * Finds the files that match a pattern: `*`, `?`, `[a-z]`, `[!a-z]`, `**` for any folders, `{a,b}` and
 * `{1..9}`.
 *
 * We do not use Node's `glob`. It makes a regular expression of the pattern, which can take for ever on a
 * name that somebody chose. It expands all alternatives in braces first, and nothing limits its search. Here
 * every step is limited, because a pattern may come from a form of the web app.
 */
import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { hasWildcard, matchesName, type NamePattern, namePattern } from './name-pattern.ts';

/** How many patterns the braces may expand to. Enough for each day of two years. */
const MAX_PATTERNS = 1_000;
/** How many files one pattern may match. */
export const MAX_FILES = 10_000;
/** How many entries of folders one search may read. */
export const MAX_ENTRIES = 200_000;
const MAX_DEPTH = 50;
const MAX_MS = 20_000;

export interface Search {
  /** Whether a folder may be read. @default every folder */
  readonly admits?: (directory: string) => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
  /** The time limit. @default 20 seconds */
  readonly maxMs?: number;
}

/** Whether the text is a pattern, not a single path. */
export const isPattern = (text: string): boolean => /[{}]/.test(text) || hasWildcard(text);

/**
 * The files that match a pattern, sorted by path. As in a shell, `*` does not match a name that begins with a
 * dot, and `**` does not follow links.
 * @throws {LineupError} `source_unsupported` for a pattern that matches too much, or that needs too long a
 *   search
 */
export async function findPaths(pattern: string, search: Search = {}): Promise<string[]> {
  const walk = new Walk(pattern.slice(0, 200), search);
  for (const alternative of await expandBraces(pattern)) await walk.find(alternative);
  return [...walk.found].sort();
}

/**
 * The different patterns that the braces of a pattern mean.
 * @throws {LineupError} `source_unsupported` for too many
 */
export async function expandBraces(pattern: string): Promise<ReadonlySet<string>> {
  if (!pattern.includes('{')) return new Set([pattern]);
  // Loaded only when it is needed, because most sources are one file.
  const { expand } = await import('brace-expansion');
  const alternatives = expand(pattern, { max: MAX_PATTERNS + 1, maxSteps: 1_000_000 });
  if (alternatives.length <= MAX_PATTERNS) return new Set(alternatives);
  throw tooMuch(
    sentence`${pattern.slice(0, 200)} means more than ${MAX_PATTERNS} patterns. Use * instead of so many alternatives in braces.`,
  );
}

export const tooManyFiles = (name: string): LineupError =>
  tooMuch(sentence`${name} matches more than ${MAX_FILES} files. Use a narrower pattern.`);

export const tooLongSearch = (name: string): LineupError =>
  tooMuch(
    sentence`${name} needs a search through too many files and folders. Name a folder that is closer to the files.`,
  );

const tooMuch = (text: Sentence): LineupError => new LineupError('source_unsupported', text);

/** `**`. */
const FOLDERS = Symbol('folders');
type Segment = NamePattern | typeof FOLDERS;

class Walk {
  readonly found = new Set<string>();
  readonly #name: string;
  readonly #search: Search;
  readonly #ends: number;
  #segments: readonly Segment[] = [];
  #entries = 0;

  constructor(name: string, search: Search) {
    this.#name = name;
    this.#search = search;
    this.#ends = performance.now() + (search.maxMs ?? MAX_MS);
  }

  async find(pattern: string): Promise<void> {
    // A path that ends with a slash is a folder.
    if (pattern.endsWith('/')) return;
    const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
    this.#segments = parts.map((part) => (part === '**' ? FOLDERS : namePattern(part)));
    await this.#visit(pattern.startsWith('/') ? '/' : '', [0], 0);
  }

  /** @param positions the segments that an entry of `directory` may match; several below `**` */
  async #visit(directory: string, positions: readonly number[], depth: number): Promise<void> {
    if (depth > MAX_DEPTH) {
      throw tooMuch(
        sentence`${this.#name} goes through more than ${MAX_DEPTH} folders. Name a folder that is closer to the files.`,
      );
    }
    const wanted = this.#withoutFolders(positions);
    const literal = wanted.map((position) => this.#literal(position));
    if (literal.every((name) => name !== undefined)) {
      // These names need no reading of the folder.
      for (const [index, name] of literal.entries()) {
        await this.#follow(join(directory, name), [wanted[index]!], depth);
      }
      return;
    }
    if (this.#search.admits && !(await this.#search.admits(directory || '.'))) return;
    for await (const entry of entriesOf(directory || '.')) {
      this.#count();
      await this.#visitEntry(directory, entry, wanted, depth);
    }
  }

  async #visitEntry(directory: string, entry: Dirent, wanted: readonly number[], depth: number): Promise<void> {
    const path = join(directory, entry.name);
    const met = wanted.filter((position) => {
      const segment = this.#segments[position];
      return segment !== undefined && segment !== FOLDERS && matchesName(segment, entry.name);
    });
    // Does not follow links, because they may form a cycle.
    const below =
      entry.isDirectory() && !entry.name.startsWith('.')
        ? wanted.filter((position) => this.#segments[position] === FOLDERS)
        : [];
    await this.#follow(path, met, depth, below);
    // `**` at the end matches every file.
    const last = this.#segments.length - 1;
    const isAny = this.#segments[last] === FOLDERS && wanted.includes(last) && !entry.name.startsWith('.');
    if (isAny && !entry.isDirectory()) await this.#addFile(path);
  }

  /** Adds a path that matches the whole pattern, and searches below it for the remaining segments. */
  async #follow(path: string, met: readonly number[], depth: number, below: readonly number[] = []): Promise<void> {
    const ends = met.some((position) => position === this.#segments.length - 1);
    if (ends) await this.#addFile(path);
    const next = [
      ...below,
      ...met.map((position) => position + 1).filter((position) => position < this.#segments.length),
    ];
    if (next.length > 0 && (await isDirectory(path))) await this.#visit(path, [...new Set(next)], depth + 1);
  }

  async #addFile(path: string): Promise<void> {
    const found = await stat(path).catch(() => undefined);
    if (!found || found.isDirectory()) return;
    this.found.add(path);
    if (this.found.size > MAX_FILES) throw tooManyFiles(this.#name);
  }

  /** `**` may match no folder; then the next segment applies here. */
  #withoutFolders(positions: readonly number[]): readonly number[] {
    const all = new Set(positions);
    for (const position of all) {
      if (this.#segments[position] === FOLDERS && position + 1 < this.#segments.length) all.add(position + 1);
    }
    return [...all];
  }

  #literal(position: number): string | undefined {
    const segment = this.#segments[position];
    return segment === FOLDERS ? undefined : segment?.literal;
  }

  #count(): void {
    this.#search.signal?.throwIfAborted();
    this.#entries += 1;
    if (this.#entries <= MAX_ENTRIES && performance.now() < this.#ends) return;
    throw tooLongSearch(this.#name);
  }
}

const join = (directory: string, name: string): string =>
  directory === '' || directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;

const isDirectory = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

/**
 * Reads one entry at a time, because a folder may be very large. A folder that is gone, or may not be read,
 * has no entries.
 */
async function* entriesOf(directory: string): AsyncGenerator<Dirent, void> {
  const opened = await opendir(directory).catch(() => undefined);
  if (opened) yield* opened;
}
