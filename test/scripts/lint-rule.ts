/** The rules of our own for the style check (scripts/architecture/*.grit). */
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { repository } from './repository.ts';

/** The files of a repository with our rules in which a rule finds something. @param says how its message begins */
export function caught(says: string, files: Readonly<Record<string, string>>): Set<string> {
  const at = repository({ 'biome.json': null, 'scripts/architecture': null, ...files });
  symlinkSync(resolve('node_modules'), join(at.directory, 'node_modules'));
  const biome = [process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'lint'];
  const { stdout } = at.run([...biome, '--only=plugin', '--reporter=github', '--max-diagnostics=1000']);
  return new Set(
    stdout
      .split('\n')
      .filter((line) => line.startsWith('::error ') && line.includes(`::${says}`))
      .map((line) => /\bfile=.*?lineup-repository-[^/]+\/([^,]+),/.exec(line)![1]!),
  );
}

export const folderOf = (files: readonly string[], folder: string): Record<string, string> =>
  Object.fromEntries(files.map((text, index) => [`${folder}/${index}.ts`, `${text}\n`]));
