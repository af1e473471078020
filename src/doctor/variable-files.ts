/** Checks who may read or change the files that hold the values of variables. */
import { stat, statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { kindOf } from './disk.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import type { SecretsOutside } from './stored.ts';

/** A file that does not exist, or cannot be read, is a finding of the configuration. */
export async function openFiles(
  files: readonly { readonly variable: string; readonly path: string }[],
): Promise<Finding[]> {
  const topic = 'Secret files';
  if (files.length === 0) return [];
  const found = await Promise.all(
    files.map(async ({ variable, path: given }) => {
      const path = resolve(given);
      const mode = (await stat(path).catch(() => undefined))?.mode;
      if (mode === undefined || process.platform === 'win32') return [];
      if ((mode & 0o022) !== 0) {
        return [warning(topic, `Other users of this machine may change ${path} (${variable}).`, chmod(path))];
      }
      // Secret stores of containers mount files in memory that everybody in the container may read.
      const isInMemory = await statfs(path).then(
        (disk) => ['tmpfs', 'ramfs'].includes(kindOf(disk) ?? ''),
        () => false,
      );
      if ((mode & 0o004) === 0 || isInMemory) return [];
      return [warning(topic, `Other users of this machine may read ${path} (${variable}).`, chmod(path))];
    }),
  );
  const all = found.flat();
  return all.length > 0
    ? all
    : [ok(topic, `${files.length === 1 ? '1 variable is in a file' : `${files.length} variables are in files`}.`)];
}

/** @param outside what the database refers to; undefined when it could not be read */
export function outsideFindings(outside: SecretsOutside | undefined): Finding[] {
  const topic = 'Secrets outside';
  if (!outside || outside.count === 0) return [];
  const { count, problems } = outside;
  if (problems.length === 0) return [ok(topic, `All ${count} that are referred to can be read.`)];
  return problems.map((message) =>
    problem(topic, message, 'See docs/secrets.md. Jobs and messages that need it wait for it.'),
  );
}

const chmod = (path: string): string => `Run: chmod go-w,o-r ${path}`;
