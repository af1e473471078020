import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new directory that is deleted after the test. @param about its purpose, for its name */
export function directoryOfTest(about: string): string {
  const directory = mkdtempSync(join(tmpdir(), `lineup-${about}-`));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
