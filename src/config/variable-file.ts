/**
 * A variable's value in a file: `DATABASE_URL_FILE` is the path of a file with the value of `DATABASE_URL`. Secret
 * stores, containers and systemd give a secret in this way without showing it to all who can see an environment.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { LineupError } from '../domain/errors/errors.ts';

/** More than the longest value, a bundle of certificates or a key file. */
const MAX_BYTES = 128 * 1_024;

/** The variable that names the file with the value of another one. */
export const fileVariable = (name: string): string => `${name}_FILE`;

/**
 * The text of the file, without space at its ends: editors and `echo` end a file with a line break. Errors never show
 * the content.
 * @throws {LineupError} `invalid_configuration` with the variable and the path
 */
export function readVariableFile(variable: string, given: string): string {
  const path = resolve(given);
  const refuse = (problem: string): LineupError =>
    new LineupError('invalid_configuration', `${variable} names the file ${path}, ${problem}`);
  const bytes = read(path, refuse);
  if (bytes.length > MAX_BYTES) throw refuse(`which has more than ${MAX_BYTES / 1_024} KiB. Check the path.`);
  const text = textIn(bytes)?.trim();
  if (text === undefined) throw refuse('which is not text in UTF-8. Write only the value to it, as plain text.');
  if (text === '') throw refuse('which is empty. Write the value to it.');
  return text;
}

function read(path: string, refuse: (problem: string) => LineupError): Buffer {
  let file: number | undefined;
  try {
    // Without blocking: a named pipe would stop the program until somebody writes to it.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!fstatSync(file).isFile()) throw refuse('which is no regular file. Name a file that holds only the value.');
    // Not by its size, which some file systems give as 0.
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let more = -1; more !== 0 && length < bytes.length; length += more) {
      more = readSync(file, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof LineupError) throw error;
    throw refuse(reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? unread(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'which does not exist. Correct the path, or create the file.',
  ENOTDIR: 'which does not exist. Correct the path, or create the file.',
  EACCES: 'which this user may not read. Give the user that runs Lineup the right to read it.',
  EPERM: 'which this user may not read. Give the user that runs Lineup the right to read it.',
};

const unread = (error: unknown): string =>
  `which cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Check the path.`;

function textIn(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // An environment variable cannot hold it either. UTF-16 without its mark is full of it.
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
