/** Reads a configuration file, and reports all problems at once, each with its line. */
import { type Document, isMap, isNode, isScalar, LineCounter, type ParsedNode, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { type FieldError, LineupError } from '../domain/errors/errors.ts';
import { type ConfigurationFile, configurationFile } from './file.ts';

/** A thousand jobs need about 500,000. */
const MAX_CHARACTERS = 1_000_000;
const MAX_ALIASES = 100;
/** The error message of the parser when it runs out of stack. */
const STACK = 'Maximum call stack size exceeded';
/** More problems at once would be of no use. */
const MAX_PROBLEMS = 100;

export interface ReadFile {
  readonly content: ConfigurationFile;
  /**
   * The position of a path of keys and indexes, e.g. `lineup.yaml:12:5`. For a missing value, the position of its
   * nearest parent.
   */
  locate(path: readonly PropertyKey[]): string;
}

/**
 * @param name the file name for messages
 * @throws {LineupError} `invalid_configuration`, with all problems in `fields`
 */
export function readConfigurationFile(text: string, name: string): ReadFile {
  if (text.length > MAX_CHARACTERS) throw tooMuch(name, `It has more than ${MAX_CHARACTERS} characters.`);
  const lines = new LineCounter();
  const document = parsed(text, lines, name);
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const root = document.contents;
  const locate = (path: readonly PropertyKey[]) => at(offsetOf(root, path));
  // Later errors are mostly consequences of the first one.
  const broken = document.errors.slice(0, 1).map(({ pos, message }) => ({
    path: at(pos[0]),
    message: firstLine(message),
  }));
  if (broken.length > 0) throw unusable(name, broken);
  const [again] = repeatedKeys(document);
  if (again) throw unusable(name, [{ path: at(again.range[0]), message: 'Map keys must be unique.' }]);
  const checked = configurationFile.safeParse(contentOf(document, name) ?? {});
  if (checked.success) return { content: checked.data, locate };
  throw unusable(
    name,
    checked.error.issues.slice(0, MAX_PROBLEMS).flatMap((issue) => explain(issue, root, at, locate)),
  );
}

/**
 * The parser is recursive. A file that is nested too deeply overflows its stack; this replaces that error by a clear
 * one.
 */
function parsed(text: string, lineCounter: LineCounter, name: string) {
  try {
    // The check for repeated keys is below, because the parser's own check takes quadratic time.
    const document = parseDocument(text, { lineCounter, uniqueKeys: false });
    if (document.errors.some(({ message }) => message.startsWith(STACK))) throw new RangeError(STACK);
    return document;
  } catch (error) {
    if (error instanceof RangeError) throw tooMuch(name, 'It is nested too deeply.');
    throw error;
  }
}

/** Repeated keys of maps. Without this check, one of the values would be lost silently. */
function repeatedKeys(document: Document.Parsed): ParsedNode[] {
  const found: ParsedNode[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push(key as ParsedNode);
        seen.add(key.value);
      }
    },
  });
  return found;
}

/**
 * The values of the file. Aliases (`*name`) are limited, because a few lines of nested aliases could fill the memory.
 */
function contentOf(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof RangeError) throw tooMuch(name, 'It is nested too deeply.');
    // An alias without its anchor, or too many aliases.
    if (error instanceof ReferenceError) throw tooMuch(name, firstLine(error.message));
    throw error;
  }
}

const tooMuch = (name: string, why: string): LineupError =>
  new LineupError('invalid_configuration', `${name} is not valid. ${why}`);

/** @param fields all problems with their positions */
export const unusable = (name: string, fields: readonly FieldError[]): LineupError =>
  new LineupError(
    'invalid_configuration',
    `${name} is not valid: it has ${fields.length === 1 ? 'a problem' : `${fields.length} problems`}.`,
    { fields },
  );

function explain(
  issue: z.core.$ZodIssue,
  root: ParsedNode | null,
  at: (offset: number) => string,
  locate: (path: readonly PropertyKey[]) => string,
): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_PROBLEMS).map((key) => ({
      path: `${at(offsetOf(root, [...issue.path, key], 'key'))} ${formatPath([...issue.path, key])}`,
      message: 'This key is unknown.',
    }));
  }
  return [{ path: `${locate(issue.path)} ${formatPath(issue.path)}`.trimEnd(), message: issue.message }];
}

/** Formats a path, e.g. `jobs[0].configuration.time_of_day`. */
export const formatPath = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

/** The offset of the value (or the key) at `path` in the text; for a missing one, the offset of its nearest parent. */
function offsetOf(root: ParsedNode | null, path: readonly PropertyKey[], wanted: 'value' | 'key' = 'value'): number {
  let offset = root?.range[0] ?? 0;
  let node: unknown = root;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (!pair) return offset;
      const isLast = part === path.at(-1);
      const target = isLast && wanted === 'key' ? pair.key : (pair.value ?? pair.key);
      offset = startOf(target) ?? startOf(pair.key) ?? offset;
      node = pair.value;
    } else {
      node = isNode(node) && 'items' in node ? (node.items as unknown[])[Number(part)] : undefined;
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** Only the first line: the rest shows the position, which the line and column already give. */
const firstLine = (message: string): string => `${message.split('\n')[0]?.split(' at line ')[0]}.`;
