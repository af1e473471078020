/** What is left on this machine of runs whose staged chunks nobody can read any more. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutStagingKey } from '../store/staging-keys.ts';
import type { ServiceDeps } from './deps.ts';

/** A run has its key before its directory: what has a directory and no key has lost it for good. */
export async function discardStaged({
  db,
  stagingRoot,
}: Pick<ServiceDeps, 'db' | 'stagingRoot'>): Promise<void> {
  // A directory that is not there yet holds nothing.
  const names = await readdir(stagingRoot).catch(() => []);
  for (const name of await withoutStagingKey(db, names)) {
    await rm(join(stagingRoot, name), { recursive: true, force: true });
  }
}
