/** The paths that prose cites: `src/jobs/worker.ts`, `jobs/worker.ts`, or `worker.ts` alone. Pure. */
import { basename, dirname, join, matchesGlob } from 'node:path/posix';

/** The ends of files that are cited by their name alone. */
const SOURCE = /\w\.(tsx?|md|sh|grit|json|yaml)$/;
/** Where a path may begin, besides the folder of the file that cites it and its parents. */
const ROOTS = ['', 'src', 'docs', 'fault-simulation'];
/** Files that Lineup writes. */
const WRITTEN = ['manifest.json'];
const PATTERN = /[*{]/;

/**
 * @param files the paths of all files of the project
 */
export function pathChecker(files: readonly string[]): {
  /** Whether this is a file or a folder, by its path or a pattern. */
  readonly exists: (path: string) => boolean;
  /** The words in a text of a file that cite a path which is not there. */
  readonly unknownPaths: (text: string, file: string) => string[];
} {
  const known = new Set(files.flatMap((file) => [file, ...parentsOf(file)]));
  const names = new Set([...WRITTEN, ...files.map((file) => basename(file))]);
  const folders = new Set([...known].filter((path) => !path.includes('/') && !names.has(path)));
  const exists = (path: string): boolean =>
    PATTERN.test(path) ? [...known].some((file) => matchesGlob(file, path)) : known.has(path);
  const isPath = (word: string): boolean =>
    SOURCE.test(word) || (word.includes('/') && folders.has(word.split('/', 1)[0]!));
  const isThere = (word: string, file: string): boolean =>
    word.includes('/')
      ? [...ROOTS, ...parentsOf(file)].some((root) => exists(join(root, word)))
      : names.has(word) || PATTERN.test(word);
  const unknownPaths = (text: string, file: string): string[] =>
    wordsOf(text).filter((word) => isPath(word) && !isThere(word, file));
  return { exists, unknownPaths };
}

/** `a/b/c` gives `a/b` and `a`. */
function parentsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === '.' ? [] : [parent, ...parentsOf(parent)];
}

/** The words that may be paths of this project, without calls. Placeholders (`…`, `<name>`) become `*`. */
const wordsOf = (text: string): string[] =>
  text
    // regex-bounded: a line of our own files
    .replace(/[\w.]+\(/g, ' ')
    .split(/[\s"'`’()[\]|;=]+/)
    .filter((word) => !/:\/\/|^(?:[@~$/]|\.\.?\/|\.[\w.]+$)/.test(word))
    .map((word) =>
      word
        // regex-bounded: a line of our own files
        .replace(/[.,:!?]+$/, '')
        // regex-bounded: a line of our own files
        .replace(/#.*$|:\d+$/, '')
        .replace(/\/$/, '')
        // regex-bounded: a line of our own files
        .replace(/…|<[^>]*>/g, '*'),
    );
