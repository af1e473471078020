/** What the workflow publishes with, on programs that stand for docker and npm and write down what they are asked. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { directoryOfTest } from '../support/directory.ts';

const root = resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** @param answers lines of sh; `$*` is what the program was asked */
function run(script: string, args: readonly string[], program: string, answers: string) {
  const bin = directoryOfTest('bin');
  const asked = join(bin, 'asked');
  writeFileSync(join(bin, program), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${asked}'\n${answers}\n`, { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
    encoding: 'utf8',
  });
  const lines = existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : [];
  return { status, stdout, stderr, asked: lines };
}

const image = (tag: string, answers: string) =>
  run('scripts/image/publish.ts', ['ghcr.io/x/lineup', tag], 'docker', answers);

test('the image is pushed for both kinds of machine, and its digests are for the workflow', () => {
  const manifests = ['arm64', 'amd64'].map((architecture) => ({
    digest: `sha256:${architecture}`,
    platform: { architecture },
  }));
  const answers = `case "$*" in *inspect*) echo '${JSON.stringify({ digest: 'sha256:all', manifests })}' ;; *) echo noise >&2 ;; esac`;
  const { status, stdout, asked } = image('v1.2.3', answers);
  expect(status).toBe(0);
  expect(stdout.trim().split('\n')).toEqual([
    'index=sha256:all',
    'amd64=sha256:amd64',
    'sbom_amd64=build/files/lineup-1.2.3-image-linux-amd64.cdx.json',
    'arm64=sha256:arm64',
    'sbom_arm64=build/files/lineup-1.2.3-image-linux-arm64.cdx.json',
  ]);
  const built = asked.filter((line) => line.startsWith('buildx build'));
  expect(built).toHaveLength(1);
  for (const part of ['--platform linux/amd64,linux/arm64', '--tag ghcr.io/x/lineup:1.2.3 ', '--push']) {
    expect(built[0]).toContain(part);
  }
});

test.each(['main', 'v1.2', 'v1.2.3-rc.1', 'v1.2.3;id'])('the tag %j pushes nothing', (tag) => {
  expect(image(tag, '')).toMatchObject({ status: 2, stdout: '', asked: [] });
});

test('a build that fails, or that lacks a kind of machine, is no release', () => {
  expect(image('v1.2.3', 'case "$*" in *"buildx build"*) exit 1 ;; esac')).toMatchObject({ status: 1, stdout: '' });
  const manifests = [{ digest: 'sha256:a', platform: { architecture: 'amd64' } }];
  const answers = `case "$*" in *inspect*) echo '${JSON.stringify({ digest: 'sha256:all', manifests })}' ;; esac`;
  expect(image('v1.2.3', answers).stderr).toContain('ghcr.io/x/lineup:1.2.3 has no image for arm64.');
});

const names = ['identifiers', 'line-ads', 'ly-ads'];

function packages(answers: string) {
  const folder = directoryOfTest('packages');
  for (const name of names) writeFileSync(join(folder, `lineup-${name}-${version}.tgz`), name);
  const { asked, ...rest } = run('scripts/release/publish.ts', [folder], 'npm', answers);
  return {
    ...rest,
    published: asked.filter((line) => line.startsWith('publish')).map((line) => line.replace(`${folder}/`, '')),
  };
}
const publish = (name: string): string => `publish lineup-${name}-${version}.tgz --provenance --access public`;

test('all packages are published, with their provenance', () => {
  const missing = 'case "$1" in view) echo "npm error code E404" >&2; exit 1 ;; esac';
  expect(packages(missing)).toMatchObject({ status: 0, published: names.map(publish) });
  // The package exists, and this version does not.
  expect(packages('')).toMatchObject({ status: 0, published: names.map(publish) });
});

test('what is published already is left out, and another file of that version is refused', () => {
  const digest = `sha512-${createHash('sha512').update('identifiers').digest('base64')}`;
  const answers = `case "$*" in "view @lineup/identifiers"*) echo '${digest}' ;; esac`;
  expect(packages(answers)).toMatchObject({ status: 0, published: ['line-ads', 'ly-ads'].map(publish) });
  const other = packages(answers.replace(digest, 'sha512-other'));
  expect(other).toMatchObject({ status: 1, published: [] });
  expect(other.stderr).toContain(`Another @lineup/identifiers ${version} is published already.`);
});

test('a registry that does not answer publishes nothing', () => {
  expect(packages('echo "npm error code ENOTFOUND" >&2; exit 1')).toMatchObject({ status: 1, published: [] });
});
