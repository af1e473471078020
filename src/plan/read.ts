/** Reading a configuration file: every problem at once, each with its line. */
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
} from 'yaml';
import type { z } from 'zod';
import { type FieldError, LineupError } from '../contracts/errors.ts';
import { type ConfigurationFile, configurationFile } from './file.ts';

/** A thousand jobs have some 500,000. */
const MAX_CHARACTERS = 1_000_000;
const MAX_ALIASES = 100;
/** As the parser tells of its own end. */
const STACK = 'Maximum call stack size exceeded';
/** Nobody reads more at once. */
const MAX_PROBLEMS = 100;

export interface ReadFile {
  readonly content: ConfigurationFile;
  /** `lineup.yaml:12:5` for a path of keys and indexes; that of the nearest thing above it where there is none. */
  locate(path: readonly PropertyKey[]): string;
}

/** @param name the file's, for messages @throws {LineupError} `invalid_configuration` with every problem in `fields` */
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
  // What is said after the first one mostly follows from it.
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

/** The parser calls itself for what is inside of something: so deep a file ends in its stack, which says nothing to anybody. */
function parsed(text: string, lineCounter: LineCounter, name: string) {
  try {
    // Keys are looked at below: the parser compares each with each.
    const document = parseDocument(text, { lineCounter, uniqueKeys: false });
    if (document.errors.some(({ message }) => message.startsWith(STACK))) throw new RangeError(STACK);
    return document;
  } catch (error) {
    if (error instanceof RangeError) throw tooMuch(name, 'It is nested too deeply.');
    throw error;
  }
}

/** Keys that a map has twice: one of the two values would be lost without a word. */
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

/** The file's values: an alias (`*name`) stands for a copy, and few lines of aliases of aliases would fill the memory. */
function contentOf(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof RangeError) throw tooMuch(name, 'It is nested too deeply.');
    // An alias without its anchor, or too many of them.
    if (error instanceof ReferenceError) throw tooMuch(name, firstLine(error.message));
    throw error;
  }
}

const tooMuch = (name: string, why: string): LineupError =>
  new LineupError('invalid_configuration', `${name} cannot be used. ${why}`);

/** @param fields every problem, with its place */
export const unusable = (name: string, fields: readonly FieldError[]): LineupError =>
  new LineupError(
    'invalid_configuration',
    `${name} cannot be used: it has ${fields.length === 1 ? 'a problem' : `${fields.length} problems`}.`,
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
      message: 'There is no such key.',
    }));
  }
  return [{ path: `${locate(issue.path)} ${formatPath(issue.path)}`.trimEnd(), message: issue.message }];
}

/** `jobs[0].configuration.time_of_day` */
export const formatPath = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

/** Where in the text the value (or the key) at `path` is, or the nearest thing above it. */
function offsetOf(
  root: ParsedNode | null,
  path: readonly PropertyKey[],
  wanted: 'value' | 'key' = 'value',
): number {
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

/** The rest is a picture of the place, which the line and column tell. */
const firstLine = (message: string): string => `${message.split('\n')[0]?.split(' at line ')[0]}.`;
