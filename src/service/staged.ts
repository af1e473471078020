/** What is left on this machine of runs and previews: hashes of members, which go as soon as nothing can use them any more. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutUseOfStaged } from '../store/runs.ts';
import type { ServiceDeps } from './deps.ts';

const DAY = 24 * 3_600_000;

/** A preview removes its own directory, unless its process is killed. */
export const PREVIEW = 'preview-';

/** Staged chunks of runs that have ended for good, or are known no more, and previews that nobody finished. */
export async function discardStaged(deps: Pick<ServiceDeps, 'db' | 'now' | 'stagingRoot'>): Promise<void> {
  await discardPreviews(deps);
  const runs = (await namesIn(deps.stagingRoot)).filter((name) => !name.startsWith(PREVIEW));
  for (const id of await withoutUseOfStaged(deps.db, runs)) await remove(deps.stagingRoot, id);
}

/** No preview takes a day. */
export async function discardPreviews({
  now,
  stagingRoot,
}: Pick<ServiceDeps, 'now' | 'stagingRoot'>): Promise<void> {
  for (const name of await namesIn(stagingRoot)) {
    if (!name.startsWith(PREVIEW)) continue;
    const { mtimeMs } = await stat(join(stagingRoot, name)).catch(() => ({
      mtimeMs: Number.POSITIVE_INFINITY,
    }));
    if (now().getTime() - mtimeMs > DAY) await remove(stagingRoot, name);
  }
}

/** A directory that is not there yet holds nothing. */
const namesIn = (directory: string): Promise<string[]> => readdir(directory).catch(() => []);

const remove = (directory: string, name: string): Promise<void> =>
  rm(join(directory, name), { recursive: true, force: true });
