/** `npm run release`: its refusals, its dry run and its steps, in a repository made for the test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { planOf, type State } from '../../scripts/release/plan.ts';
import { type Repository, repository } from './repository.ts';

const script = resolve(import.meta.dirname, '../../scripts/release/main.ts');
/** They say in a file what they were asked for. */
const scripts = { 'simulate-faults': 'node main.js', release: 'node main.js' };
const manifest = (name: string, more = {}): string =>
  `${JSON.stringify({ name, version: '0.1.0', license: 'Apache-2.0', files: ['main.js'], scripts, ...more }, null, 2)}\n`;
const changelog = '# Changelog\n\n## Unreleased\n\n### Added\n- A thing.\n\n## 0.1.0 - 2026-01-01\n- The first.\n';
const compose = 'x-lineup:\n  image: registry.example/a/lineup:0.1.0\n  other: x/lineup:1\n';
const chart = 'name: sample\nversion: 0.1.0\nappVersion: 0.1.0\nkubeVersion: ">=1.25.0-0"\n';
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
    'main.js':
      "require('fs').mkdirSync('build', { recursive: true }); require('fs').appendFileSync('build/asked', process.argv.slice(2).join(' ') + '\\n');",
    'migrations/0001-one.sql': '',
    'migrations/releases.json': '{\n  "0.1.0": 1\n}\n',
    'packages/part/package.json': manifest('@sample/part'),
    'packages/part/main.js': '',
    'CHANGELOG.md': changelog,
    'compose.yaml': compose,
    'deploy/helm/lineup/Chart.yaml': chart,
  });

/** Everything in which git and a person would see a change. */
const traces = ({ git, directory }: Repository): unknown => [
  git('status', '--porcelain', '--ignored'),
  git('for-each-ref'),
  git('rev-parse', 'HEAD'),
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('.git/')),
];

const release = (at: Repository, ...args: string[]) => at.run([process.execPath, script, ...args]);

/** Of the sample. */
const state: State = {
  branch: 'main',
  changed: [],
  tags: [],
  date: '2026-02-03',
  changelog,
  compose,
  chart,
  lock: JSON.stringify(lock),
  manifests: { 'package.json': manifest('sample') },
  migrations: 3,
  releases: '{}',
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
    'run     npm run --silent simulate-faults -- --count 100000 --destination ly_ads   (play 100,000 histories with LY Ads in which everything breaks)',
    'run     npm run --silent simulate-faults -- --count 100000 --destination line_official_account   (play 100,000 histories with LINE Official Account in which everything breaks)',
    'run     npm run --silent release -- --dry-run   (make every file once)',
    'run     git commit --quiet -m Release 0.2.0',
    'run     git tag -a v0.2.0',
    'git push origin main v0.2.0',
  ]) {
    expect(stdout).toContain(step);
  }
  expect(traces(at)).toEqual(before);
});

test('a release sets every version, dates the changelog, makes the files, commits and tags', () => {
  const at = sample();
  const { status, stderr, stdout } = release(at, '0.2.0');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('The release is ready. This publishes it:\n\ngit push origin main v0.2.0\n');
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
  expect(read('compose.yaml')).toBe(compose.replace('0.1.0', '0.2.0'));
  expect(read('deploy/helm/lineup/Chart.yaml')).toBe(chart.replaceAll('0.1.0', '0.2.0'));
  expect(read('build/asked')).toBe(
    '--count 100000\n--count 100000 --destination ly_ads\n--count 100000 --destination line_official_account\n--dry-run\n',
  );
  expect(at.git('status', '--porcelain')).toBe('');
  expect(at.git('log', '-1', '--format=%s')).toBe('Release 0.2.0');
  expect(at.git('rev-parse', 'v0.2.0^{commit}')).toBe(at.git('rev-parse', 'HEAD'));
  // The next release has no news yet.
  expect(release(at, '0.3.0').stderr).toContain('CHANGELOG.md has nothing');
});

test.each([
  ['play 100,000 histories in which everything breaks', { 'simulate-faults': 'exit 1' }],
  ['make every file once', { ...scripts, release: 'exit 3' }],
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
