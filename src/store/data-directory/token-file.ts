/**
 * An access token in a file of mode 0600, for all commands that share a data directory. It lies there as the keys of
 * staged files do: the command line has only its data directory. A lock file is the turn to mint the next one.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenStore } from '../../contracts/ports.ts';
import { Secret } from '../../domain/values/secret.ts';
import { readTokenText, tokenText } from '../secrets/token-text.ts';
import { makeParent, onDisk } from './file-errors.ts';
import { tryLock } from './lock.ts';
import { replaceFile } from './private.ts';

/** @param name of the file */
export function tokenFile(dataDirectory: string, name: string): TokenStore {
  const path = join(dataDirectory, 'tokens', name);
  return {
    read: () =>
      onDisk(path, async () => {
        const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return '';
          throw error;
        });
        return readTokenText(new Secret(text));
      }),
    tryTurn: async () => {
      makeParent(path);
      const release = tryLock(`${path}.lock`);
      return (
        release && {
          // The kernel holds the lock for as long as this process lives.
          lost: new AbortController().signal,
          save: (token) => onDisk(path, () => replaceFile(path, tokenText(token).reveal())),
          release: async () => release(),
        }
      );
    },
  };
}
