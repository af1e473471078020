/** `npm run release`: its refusals, its dry run and its steps, in a repository made for the test. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planOf, type Release, type State } from '../../scripts/release/plan.ts';
import { type Repository, repository } from './repository.ts';

const script = resolve(import.meta.dirname, '../../scripts/release/main.ts');
/** It says in a file what it was asked for. */
const scripts = { 'simulate-faults': 'node main.js' };
const manifest = (name: string, more = {}): string =>
  `${JSON.stringify({ name, version: '0.1.0', license: 'Apache-2.0', files: ['main.js'], scripts, ...more }, null, 2)}\n`;
const changelog = '# Changelog\n\n## Unreleased\n\n### Added\n- A thing.\n\n## 0.1.0 - 2026-01-01\n- The first.\n';
const lock = {
  name: 'sample',
  version: '0.1.0',
  lockfileVersion: 3,
  packages: {
    '': { name: 'sample', version: '0.1.0' },
    'node_modules/other': { version: '0.1.0' },
    'packages/part': { name: '@sample/part', version: '0.1.0' },
  },
};

const sample = (): Repository =>
  repository({
    '.gitignore': 'build/\n',
    'package.json': manifest('sample', { private: true }),
    'package-lock.json': JSON.stringify(lock),
    'main.js': "require('fs').appendFileSync('build/played', process.argv.slice(2).join(' '));",
    'migrations/0001-one.sql': '',
    'migrations/releases.json': '{\n  "0.1.0": 1\n}\n',
    'packages/part/package.json': manifest('@sample/part'),
    'packages/part/main.js': '',
    'CHANGELOG.md': changelog,
  });

/** Everything in which git and a person would see a change. */
const traces = ({ git, directory }: Repository): unknown => [
  git('status', '--porcelain', '--ignored'),
  git('for-each-ref'),
  git('rev-parse', 'HEAD'),
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('.git/')),
];

/** Only the programs that a release needs, and no image tool. */
function withoutImageTools({ directory }: Repository): Record<string, string> {
  const bin = join(directory, '.git/bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['git', 'npm', 'sh']) {
    const place = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    if (!existsSync(join(bin, name))) symlinkSync(place, join(bin, name));
  }
  if (!existsSync(join(bin, 'node'))) symlinkSync(process.execPath, join(bin, 'node'));
  return { PATH: bin };
}

const release = (at: Repository, ...args: string[]) =>
  at.run([process.execPath, script, ...args], withoutImageTools(at));

/** Of the sample, without an image tool. */
const state: State = {
  branch: 'main',
  changed: [],
  tags: [],
  date: '2026-02-03',
  changelog,
  lock: JSON.stringify(lock),
  manifests: { 'package.json': manifest('sample') },
  migrations: 3,
  releases: '{}',
  imageTool: undefined,
};

test.each<[string, string | undefined, Partial<State>, string]>([
  ['no version', undefined, {}, 'A release needs a version of three numbers, as in npm run release -- 0.2.0.'],
  ['a version without three numbers', 'v0.2', {}, 'A release needs a version of three numbers'],
  ['the current version', '0.1.0', {}, 'Version 0.1.0 is not higher than 0.1.0'],
  ['a lower version', '0.0.10', {}, 'Version 0.0.10 is not higher than 0.1.0'],
  [
    'another branch',
    '0.2.0',
    { branch: 'work' },
    'A release is made on the branch main, and this is work: run git switch main.',
  ],
  ['a changed file', '0.2.0', { changed: ['main.js'] }, 'The work tree has changes (main.js): commit or remove them.'],
  [
    'two changed files',
    '0.2.0',
    { changed: ['a b.txt', 'c.txt'] },
    'The work tree has changes (a b.txt and 1 more): commit or remove them.',
  ],
  ['an existing tag', '0.2.0', { tags: ['v0.2.0'] }, 'The tag v0.2.0 exists: choose another version.'],
  [
    'a changelog without news',
    '0.2.0',
    { changelog: changelog.replace('- A thing.\n', '') },
    'CHANGELOG.md has nothing below "## Unreleased": write down what is new first.',
  ],
])('a release is refused in one sentence: %s', (_, version, change, sentence) => {
  const refusal = planOf({ ...state, ...change }, version);
  expect(refusal).toContain(sentence);
  expect(refusal).not.toContain('\n');
});

test('a refused release changes nothing, whatever is wrong with the command or the repository', () => {
  const at = sample();
  const refused = (args: readonly string[], sentence: string) => {
    const before = traces(at);
    const { status, stdout, stderr } = release(at, ...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^release: [^\n]*\n$/);
    expect(stderr).toContain(sentence);
    expect(traces(at)).toEqual(before);
  };
  refused([], 'A release needs a version of three numbers');
  refused(['0.2.0', '--dry'], 'A release needs a version of three numbers');
  at.git('switch', '--quiet', '-c', 'work');
  refused(['0.2.0'], 'this is work: run git switch main.');
  at.git('switch', '--quiet', 'main');
  at.git('tag', 'v0.2.0');
  refused(['0.2.0'], 'The tag v0.2.0 exists');
  at.write('main.js', '1');
  at.write('a b.txt', '');
  refused(['0.3.0'], 'The work tree has changes (main.js and 1 more): commit or remove them.');
});

test('--dry-run shows every step and changes nothing', () => {
  const at = sample();
  const before = traces(at);
  const { status, stdout, stderr } = release(at, '0.2.0', '--dry-run');
  expect([status, stderr]).toEqual([0, '']);
  for (const step of [
    'write   CHANGELOG.md',
    'write   package-lock.json',
    'write   migrations/releases.json',
    'write   packages/part/package.json',
    'run     npm run --silent simulate-faults -- --count 100000   (play 100,000 histories in which everything breaks)',
    'run     npm pack ./packages/part --silent --pack-destination build/release/0.2.0',
    'run     git commit --quiet -m Release 0.2.0',
    'run     git tag -a v0.2.0',
    'note    buildah, podman or docker does not work here: there is no container image.',
    'git push origin main v0.2.0',
    'npm publish build/release/0.2.0/sample-part-0.2.0.tgz',
  ]) {
    expect(stdout).toContain(step);
  }
  // The application is private, so it is not published.
  expect(stdout).not.toContain('npm publish build/release/0.2.0/sample-0.2.0.tgz');
  expect(traces(at)).toEqual(before);
});

test('a release sets every version, dates the changelog, packs, commits and tags', () => {
  const at = sample();
  const { status, stderr, stdout } = release(at, '0.2.0');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('The release is ready. These commands publish it:');
  const read = (path: string): string => readFileSync(join(at.directory, path), 'utf8');
  expect(read('package.json')).toBe(
    manifest('sample', { private: true }).replace('"version": "0.1.0"', '"version": "0.2.0"'),
  );
  expect(JSON.parse(read('packages/part/package.json'))).toMatchObject({ version: '0.2.0' });
  expect(JSON.parse(read('package-lock.json'))).toEqual({
    ...lock,
    version: '0.2.0',
    packages: {
      '': { name: 'sample', version: '0.2.0' },
      'node_modules/other': { version: '0.1.0' },
      'packages/part': { name: '@sample/part', version: '0.2.0' },
    },
  });
  expect(JSON.parse(read('migrations/releases.json'))).toEqual({ '0.1.0': 1, '0.2.0': 1 });
  const today = /## 0\.2\.0 - (\d{4}-\d\d-\d\d)/.exec(read('CHANGELOG.md'))?.[1];
  expect(read('CHANGELOG.md')).toBe(changelog.replace('## Unreleased\n', `## Unreleased\n\n## 0.2.0 - ${today}\n`));
  expect(read('build/played')).toBe('--count 100000');
  expect(readdirSync(join(at.directory, 'build/release/0.2.0')).sort()).toEqual([
    'sample-0.2.0.tgz',
    'sample-part-0.2.0.tgz',
  ]);
  expect(at.git('status', '--porcelain')).toBe('');
  expect(at.git('log', '-1', '--format=%s')).toBe('Release 0.2.0');
  expect(at.git('rev-parse', 'v0.2.0^{commit}')).toBe(at.git('rev-parse', 'HEAD'));
  // The next release has no news yet.
  expect(release(at, '0.3.0').stderr).toContain('CHANGELOG.md has nothing');
});

test.each([
  ['play 100,000 histories in which everything breaks', { 'simulate-faults': 'exit 1' }],
  ['pack sample', { ...scripts, prepack: 'exit 3' }],
])('a failed step leaves the files as they were, and no tag: %s', (step, failing) => {
  const at = sample();
  at.write('package.json', manifest('sample', { scripts: failing }));
  at.git('commit', '--quiet', '-am', 'A step that fails');
  const [tree, refs] = [at.git('status', '--porcelain'), at.git('for-each-ref')];
  const { status, stderr } = release(at, '0.2.0');
  expect(status).toBe(1);
  expect(stderr).toContain(`release: The step "${step}" failed, and its words are above.`);
  expect([at.git('status', '--porcelain'), at.git('for-each-ref')]).toEqual([tree, refs]);
});

describe('the image', () => {
  test.each(['buildah', 'podman', 'docker'] as const)('is built for both kinds of machine by %s', (imageTool) => {
    const plan = planOf({ ...state, tags: ['v0.9.0'], imageTool }, '0.10.0') as Release;
    const built = plan.commands.filter(({ run: [program] }) => program === imageTool);
    expect(built).toHaveLength(1);
    expect(built[0]!.run).toContain('linux/amd64,linux/arm64');
    // Every failure leaves no commit and no tag.
    expect(plan.commands.slice(-2).map(({ run: [program] }) => program)).toEqual(['git', 'git']);
    expect(plan.commands.indexOf(built[0]!)).toBe(plan.commands.length - 3);
    expect(plan.notes).toEqual([]);
    expect(plan.publish.at(-1)).toContain('YOUR-REGISTRY/lineup:0.10.0');
  });
});
