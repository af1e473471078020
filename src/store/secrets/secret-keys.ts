/**
 * Reads the master keys from `LINEUP_SECRET_KEY` (one key, or several with commas), or else from `<data
 * directory>/secret.key` (one in each line). The first key seals. The others only open older values.
 *
 * A rotation puts the keys that it replaces beside that file, one in each file, which is named by the id of its key.
 * They are read only for a database that names them, as a restored backup does.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LineupError } from '../../domain/errors/errors.ts';
import type { Secret } from '../../domain/values/secret.ts';
import { makeDirectory } from '../../machine/make-directory.ts';
import { onDisk } from '../data-directory/file-errors.ts';
import { replaceFile, writeNew } from '../data-directory/private.ts';
import { type MasterKey, masterKey } from './secret-box.ts';

const KEY_BYTES = 32;

export const keyFile = (dataDirectory: string): string => join(dataDirectory, 'secret.key');

/** A key that a rotation has replaced, and the file where it puts it. */
export interface OldKey {
  readonly id: string;
  readonly path: string;
}

export const oldKey = (dataDirectory: string, id: string): OldKey => ({
  id,
  path: join(dataDirectory, `secret.key.${id}`),
});

/**
 * The keys of this installation. Empty when neither the variable nor the file exists.
 * @param value of LINEUP_SECRET_KEY, if it is set
 * @throws {LineupError} `invalid_configuration`
 */
export async function readKeys(value: Secret | undefined, dataDirectory: string): Promise<MasterKey[]> {
  if (value) return parseKeys(value.reveal(), 'LINEUP_SECRET_KEY');
  const path = keyFile(dataDirectory);
  return onDisk(path, async () => {
    const text = await readPrivate(path);
    return text === undefined ? [] : parseKeys(text, path);
  });
}

/**
 * The key with this id, if a rotation has put it beside the present one.
 * @throws {LineupError} `invalid_configuration` for a file that is not that key
 */
export async function readOldKey(dataDirectory: string, keyId: string): Promise<MasterKey | undefined> {
  // The id comes from the database, and becomes part of a path.
  if (!/^[0-9a-f]{8}$/.test(keyId)) return undefined;
  const { path } = oldKey(dataDirectory, keyId);
  return onDisk(path, async () => {
    const text = await readPrivate(path, constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ELOOP' || error.code === 'EISDIR' ? notThatKey(path) : error;
    });
    if (text === undefined) return undefined;
    const [key, ...more] = parseKeys(text, path);
    if (key?.id !== keyId || more.length > 0) throw notThatKey(path);
    return key;
  });
}

const notThatKey = (path: string): LineupError =>
  new LineupError(
    'invalid_configuration',
    `${path} is not the key that its name says. Lineup keeps keys that were replaced in files with such names. Move it away, then try again.`,
  );

/** The content of a file that no other user can read. Undefined when there is none. */
async function readPrivate(path: string, flags = 0): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    if (process.platform !== 'win32' && ((await file.stat()).mode & 0o077) !== 0) {
      throw new LineupError(
        'invalid_configuration',
        `Other users of this machine can read ${path}. Run: chmod 600 ${path}`,
      );
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Puts each key of the key file into a file of its own beside it, before a rotation replaces them.
 * @throws {LineupError} `invalid_configuration` when something else is at the place of such a file
 */
export async function keepOldKeys(dataDirectory: string): Promise<OldKey[]> {
  const from = keyFile(dataDirectory);
  const kept: OldKey[] = [];
  for (const part of partsOf(await onDisk(from, () => readFile(from, 'utf8')))) {
    const old = oldKey(dataDirectory, parseKey(part, from).id);
    if (!(await readOldKey(dataDirectory, old.id))) {
      await onDisk(old.path, () => writeNew(old.path, `${part}\n`));
    }
    kept.push(old);
  }
  return kept;
}

/**
 * Puts a new key first into the key file, and creates the file if necessary (mode 0600).
 * @returns all keys of the file
 */
export async function addKeyToFile(dataDirectory: string): Promise<MasterKey[]> {
  const path = keyFile(dataDirectory);
  return onDisk(path, async () => {
    const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return replaceKeys(path, `${randomBytes(KEY_BYTES).toString('base64')}\n${before}`);
  });
}

/** Removes all keys but the first from the key file, when nothing is sealed with them any more. */
export async function keepFirstKeyOfFile(dataDirectory: string): Promise<void> {
  const path = keyFile(dataDirectory);
  await onDisk(path, async () => {
    const [first = ''] = (await readFile(path, 'utf8')).split('\n');
    await replaceKeys(path, `${first}\n`);
  });
}

/** Half a key file would lose every secret. */
async function replaceKeys(path: string, text: string): Promise<MasterKey[]> {
  const keys = parseKeys(text, path);
  // With PostgreSQL, the data directory may not exist yet.
  await makeDirectory(dirname(path));
  await replaceFile(path, text);
  return keys;
}

const partsOf = (text: string): string[] => text.split(/[,\s]+/).filter((part) => part !== '');

function parseKeys(text: string, from: string): MasterKey[] {
  const keys = partsOf(text).map((part) => parseKey(part, from));
  if (keys.length === 0)
    throw new LineupError(
      'invalid_configuration',
      `${from} is empty. Create a key with: openssl rand -base64 ${KEY_BYTES}`,
    );
  return keys;
}

function parseKey(part: string, from: string): MasterKey {
  const bytes = Buffer.from(part, /^[0-9a-f]{64}$/i.test(part) ? 'hex' : 'base64');
  if (bytes.length !== KEY_BYTES || !/^[A-Za-z0-9+/_=-]+$/.test(part)) {
    throw new LineupError(
      'invalid_configuration',
      `${from} does not hold a valid key. A key is ${KEY_BYTES} random bytes in base64 or hexadecimal. Create one with: openssl rand -base64 ${KEY_BYTES}`,
    );
  }
  return masterKey(bytes);
}
