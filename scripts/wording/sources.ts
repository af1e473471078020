/** The files of the project, and the prose in them: pages, and the comments of code. */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import type { Node } from '../syntax-tree.ts';

/** A line of prose. */
export interface Line {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  /** Without what makes it a comment. */
  readonly text: string;
  /** In its file, with everything. */
  readonly width: number;
}

/** A file of TypeScript. */
export interface Code {
  readonly file: string;
  readonly program: Node;
  readonly comments: readonly Line[];
  /** The code without its comments. */
  readonly bare: string;
  readonly lineAt: (offset: number) => Line;
}

/** Tools make these. */
const NOT_OURS = new Set(['node_modules', 'build', 'dist', 'coverage', '.git', '.lineup']);

/** The paths of all files of the project. */
export function filesOf(directory: string): string[] {
  const list = (folder: string): string[] =>
    readdirSync(join(directory, folder), { withFileTypes: true }).flatMap((entry) => below(folder, entry));
  const below = (folder: string, entry: Dirent): string[] => {
    if (NOT_OURS.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? list(path) : [path];
  };
  return list('').sort();
}

export const readLines = (directory: string, file: string): Line[] =>
  readFileSync(join(directory, file), 'utf8')
    .split('\n')
    .map((text, index) => ({ file, number: index + 1, text, width: text.length }));

/** The lines of a file that are comments: of a shell, YAML, SQL, CSS. */
export const commentsOf = (lines: readonly Line[]): Line[] =>
  lines.flatMap((line) => {
    // regex-bounded: a line of our own files
    const [, text] = /^\s*(?:#(?!!)|--|\/\/|\/?\*)(.*)$/.exec(line.text) ?? [];
    return text === undefined ? [] : [{ ...line, text }];
  });

export function readCode(directory: string, file: string): Code {
  const lines = readLines(directory, file);
  const text = lines.map((line) => line.text).join('\n');
  const { program, comments } = parseSync(file, text);
  const indexAt = (offset: number): number => text.slice(0, offset).split('\n').length - 1;
  const ends = [0, ...comments.map(({ end }) => end)];
  return {
    file,
    program: program as unknown as Node,
    comments: comments.flatMap(({ value, start }) =>
      value
        .split('\n')
        .map((part, index) => ({ ...lines[indexAt(start) + index]!, text: part.replace(/^\s*\*/, '').trim() })),
    ),
    lineAt: (offset) => lines[indexAt(offset)]!,
    bare: ends.map((end, index) => text.slice(end, comments[index]?.start)).join(''),
  };
}
