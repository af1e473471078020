/** The file whose age shows a supervisor that this process lives (docs/operations/watch.md). */
import { rmSync, writeFileSync } from 'node:fs';
import { LineupError } from '../domain/errors/errors.ts';

/**
 * Deletes the file of an earlier process, so that nobody takes it for this one’s.
 * @returns writes the file anew; it never throws, as a file that stays old says enough
 * @throws {LineupError} `invalid_argument` when it cannot be written
 */
export function heartbeatFile(path: string, now: () => Date): () => void {
  // At once: threads for files may all wait for a network disk, and then this process still lives.
  const write = () => writeFileSync(path, `${now().toISOString()}\n`, { mode: 0o644 });
  try {
    write();
    rmSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new LineupError(
      'invalid_argument',
      `The heartbeat file ${path} cannot be written (${code}). Choose a path in a folder that this user may write to.`,
    );
  }
  return () => {
    try {
      write();
    } catch {
      // The probe finds an old file.
    }
  };
}
