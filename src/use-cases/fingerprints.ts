/** Deletes the fingerprints of members that nobody compares with any more: first their rows, then the files. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprintsIn } from '../store/fingerprints/files.ts';
import { dropFingerprints, purgeFingerprints, withoutFingerprints } from '../store/repositories/fingerprints.ts';
import type { UseCaseDeps } from './deps.ts';
import { emptyIfMissing } from './uploads/tidy.ts';

/** A file that is being written has no row yet, and is not as old. */
const UNFINISHED_MS = 6 * 3_600_000;

export async function tidyFingerprints({
  db,
  now,
  uploads,
  countsTurnover,
}: Pick<UseCaseDeps, 'db' | 'now' | 'uploads' | 'countsTurnover'>): Promise<void> {
  await (countsTurnover ? purgeFingerprints(db) : dropFingerprints(db));
  const directory = fingerprintsIn(uploads.directory);
  for (const name of await withoutFingerprints(db, await readdir(directory).catch(emptyIfMissing))) {
    const path = join(directory, name);
    const { mtime } = await stat(path).catch(() => ({ mtime: now() }));
    if (now().getTime() - mtime.getTime() >= UNFINISHED_MS) await rm(path, { force: true });
  }
}
