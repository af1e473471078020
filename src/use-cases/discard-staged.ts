/** What is left on this machine of runs whose staged chunks nobody can read any more. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutStagingKey } from '../store/secrets/staging-keys.ts';
import type { UseCaseDeps } from './deps.ts';

/** A directory that is not there yet holds nothing. */
export function emptyIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

/** A run has its key before its directory: what has a directory and no key has lost it for good. */
export async function discardStaged({
  db,
  stagingRoot,
}: Pick<UseCaseDeps, 'db' | 'stagingRoot'>): Promise<void> {
  const names = await readdir(stagingRoot).catch(emptyIfMissing);
  for (const name of await withoutStagingKey(db, names)) {
    await rm(join(stagingRoot, name), { recursive: true, force: true });
  }
}
