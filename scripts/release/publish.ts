/**
 * node scripts/release/publish.ts <folder>: publishes the packages that are not private, from the files of a release.
 * npm asks the workflow who it is, and signs where they come from. What is published already is left out, so the step
 * can run again when it has failed half-way.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tarball } from './plan.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
}

/** The digest of a published version. Undefined if there is none. */
function published(name: string, version: string): string | undefined {
  const args = ['view', `${name}@${version}`, 'dist.integrity'];
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
  if (status !== 0 && !stderr.includes('E404'))
    throw new Error(`npm cannot say whether ${name} is published: ${stderr}`);
  return (status === 0 && stdout.trim()) || undefined;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: node scripts/release/publish.ts <folder>');
for (const path of globSync('packages/*/package.json').sort()) {
  const { name, version, private: isPrivate } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  if (isPrivate) continue;
  const file = join(folder, tarball(name, version));
  const digest = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  const there = published(name, version);
  if (there !== undefined && there !== digest) throw new Error(`Another ${name} ${version} is published already.`);
  if (there === digest) console.log(`${name} ${version} is published already.`);
  else execFileSync('npm', ['publish', file, '--provenance', '--access', 'public'], { stdio: 'inherit' });
}
