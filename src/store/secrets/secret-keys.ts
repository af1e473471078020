/**
 * Reads the master keys from `LINEUP_SECRET_KEY` (one key, or several with commas), or else from `<data
 * directory>/secret.key` (one in each line). The first key seals. The others only open older values.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LineupError } from '../../contracts/errors.ts';
import { makeDirectory } from '../../contracts/make-directory.ts';
import type { Secret } from '../../contracts/secret.ts';
import { onDisk } from '../data-directory/file-errors.ts';
import { type MasterKey, masterKey } from './secret-box.ts';

const KEY_BYTES = 32;

export const keyFile = (dataDirectory: string): string => join(dataDirectory, 'secret.key');

/**
 * The keys of this installation. Empty when neither the variable nor the file exists.
 * @param value of LINEUP_SECRET_KEY, if it is set
 * @throws {LineupError} `invalid_configuration`
 */
export async function readKeys(value: Secret | undefined, dataDirectory: string): Promise<MasterKey[]> {
  if (value) return parseKeys(value.reveal(), 'LINEUP_SECRET_KEY');
  const path = keyFile(dataDirectory);
  return onDisk(path, async () => {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!found) return [];
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
      throw new LineupError(
        'invalid_configuration',
        `Other users of this machine can read ${path}. Run: chmod 600 ${path}`,
      );
    }
    return parseKeys(await readFile(path, 'utf8'), path);
  });
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
    return replaceFile(path, `${randomBytes(KEY_BYTES).toString('base64')}\n${before}`);
  });
}

/** Removes all keys but the first from the key file, when nothing is sealed with them any more. */
export async function keepFirstKeyOfFile(dataDirectory: string): Promise<void> {
  const path = keyFile(dataDirectory);
  await onDisk(path, async () => {
    const [first = ''] = (await readFile(path, 'utf8')).split('\n');
    await replaceFile(path, `${first}\n`);
  });
}

/** Replaces the file as a whole, because half a key file would lose every secret. */
async function replaceFile(path: string, text: string): Promise<MasterKey[]> {
  const keys = parseKeys(text, path);
  // With PostgreSQL, the data directory may not exist yet.
  await makeDirectory(dirname(path));
  // A crash may have left one. What somebody else has put there is not opened.
  await rm(`${path}.new`, { force: true });
  const file = await open(`${path}.new`, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  return keys;
}

function parseKeys(text: string, from: string): MasterKey[] {
  const keys = text
    .split(/[,\s]+/)
    .filter((part) => part !== '')
    .map((part) => {
      const bytes = Buffer.from(part, /^[0-9a-f]{64}$/i.test(part) ? 'hex' : 'base64');
      if (bytes.length !== KEY_BYTES || !/^[A-Za-z0-9+/_=-]+$/.test(part)) {
        throw new LineupError(
          'invalid_configuration',
          `${from} does not hold a valid key. A key is ${KEY_BYTES} random bytes in base64 or hexadecimal. Create one with: openssl rand -base64 ${KEY_BYTES}`,
        );
      }
      return masterKey(bytes);
    });
  if (keys.length === 0)
    throw new LineupError(
      'invalid_configuration',
      `${from} is empty. Create a key with: openssl rand -base64 ${KEY_BYTES}`,
    );
  return keys;
}
