/** The key of a run's staged files as a file beside them, mode 0600: for the command line, whose data directory is all it has. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { Secret } from '../../contracts/secret.ts';
import type { StagingKey } from '../sealed-files/sealed-folder.ts';
import { FILE_KEY_BYTES, newFileKey } from '../sealed-files/segments.ts';
import { onDisk } from './file-errors.ts';

export function stagingKeyIn(path: string): StagingKey {
  const find = async () => {
    const bytes = await readFile(path).catch(() => undefined);
    // A power cut may have left an empty file.
    return bytes?.length === FILE_KEY_BYTES ? new Secret(bytes) : undefined;
  };
  return {
    find,
    make: async () => {
      const found = await find();
      if (found) return found;
      const key = newFileKey();
      await onDisk(path, () => writeFile(path, key.reveal(), { mode: 0o600 }));
      return key;
    },
    forget: () => rm(path, { force: true }),
  };
}
