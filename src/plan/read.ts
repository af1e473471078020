/** Reading a configuration file: every problem at once, each with its line. */
import { isMap, isNode, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type FieldError, LineupError } from '../contracts/errors.ts';
import { type ConfigurationFile, configurationFile } from './file.ts';

export interface ReadFile {
  readonly content: ConfigurationFile;
  /** `lineup.yaml:12:5` for a path of keys and indexes; that of the nearest thing above it where there is none. */
  locate(path: readonly PropertyKey[]): string;
}

/** @param name the file's, for messages @throws {LineupError} `invalid_configuration` with every problem in `fields` */
export function readConfigurationFile(text: string, name: string): ReadFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
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
  const parsed = configurationFile.safeParse(document.toJS() ?? {});
  if (parsed.success) return { content: parsed.data, locate };
  throw unusable(
    name,
    parsed.error.issues.flatMap((issue) => explain(issue, root, at, locate)),
  );
}

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
    return issue.keys.map((key) => ({
      path: `${at(offsetOf(root, [...issue.path, key], 'key'))} ${inWords([...issue.path, key])}`,
      message: 'There is no such key.',
    }));
  }
  return [{ path: `${locate(issue.path)} ${inWords(issue.path)}`.trimEnd(), message: issue.message }];
}

/** `jobs[0].configuration.time_of_day` */
export const inWords = (path: readonly PropertyKey[]): string =>
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
      const told = isLast && wanted === 'key' ? pair.key : (pair.value ?? pair.key);
      offset = startOf(told) ?? startOf(pair.key) ?? offset;
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
