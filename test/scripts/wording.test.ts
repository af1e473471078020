/** The part of `npm run check` that reads pages, comments and names. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { directoryOfTest } from '../support/directory.ts';

const sound = {
  'biome.json': '{ "formatter": { "lineWidth": 80 } }\n',
  'src/jobs/worker.ts': '/** Takes runs (jobs/store.ts). */\nexport const worker = 1;\n',
  'src/jobs/store.ts': '// Beside `worker.ts`, in `src/jobs`: docs/jobs.md.\nexport const find = (): number => 1;\n',
  'docs/jobs.md': '# Jobs\n\n## The end\n\nSee [the end](#the-end), and `find()` in `src/…/store.ts`.\n',
};

/** What the check says of a project with these files, by their paths. */
function problems(files: Readonly<Record<string, string>>): string[] {
  const directory = directoryOfTest('wording');
  for (const [path, text] of Object.entries({ ...sound, ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const { stderr, status } = spawnSync(process.execPath, ['scripts/wording/main.ts', directory], { encoding: 'utf8' });
  const lines = stderr.split('\n').filter((line) => line !== '');
  expect(status).toBe(lines.length === 0 ? 0 : 1);
  return lines;
}

test('what is cited must be there: paths, functions, pages and their headings', () => {
  expect(problems({})).toEqual([]);
  const found = problems({
    'src/jobs/worker.ts': [
      '// Not in jobs/queue.ts, src/runs/ or runs.ts, but',
      '// `lose(run)`, `text()` and `SUBSTRING()`.',
      "export const text = (): string => 'docs/runs.md';",
      '// https://example.com/a.ts, @some/thing.ts, Response.json({})',
      '',
    ].join('\n'),
    'scripts/run.sh': '#!/bin/sh\n# As docs/jobs.md and run.md say.\n',
    'migrations/0001-old.sql': '-- As gone.md says.\n',
    'docs/jobs.md': [
      '# Jobs',
      '',
      'Read [this](#the-start), [that](other.md), [src](../src/jobs) and [x](https://example.com/x.md).',
      '',
      '```ts',
      '// src/new/made.ts',
      '// see src/old/gone.ts',
      '```',
      '',
      'It makes `src/new/made.ts`.',
      '',
    ].join('\n'),
    'CHANGELOG.md': '# Changes\n\nIn `src/gone`.\n\n## 0.1.0\n\nIn `src/also-gone`.\n',
  });
  expect(found.sort()).toEqual([
    'CHANGELOG.md:3  there is no src/gone',
    'docs/jobs.md:3  #the-start leads nowhere',
    'docs/jobs.md:3  other.md leads nowhere',
    'docs/jobs.md:3  there is no other.md',
    'scripts/run.sh:2  there is no run.md',
    'src/jobs/worker.ts:1  there is no jobs/queue.ts',
    'src/jobs/worker.ts:1  there is no runs.ts',
    'src/jobs/worker.ts:1  there is no src/runs',
    'src/jobs/worker.ts:2  there is no lose',
    'src/jobs/worker.ts:3  there is no docs/runs.md',
  ]);
});

test('comments are as wide as code, pages 100 columns, with one apostrophe; tables, code and single words may be wider', () => {
  const wide = `${'word '.repeat(20)}\n`;
  const found = problems({
    'src/jobs/worker.ts': `// ${wide}//\n// ${'word'.repeat(20)}\n/**\n * | ${wide} */\nexport const worker = 1;\n`,
    'docs/jobs.md': [
      `x ${wide}`,
      `| ${wide}`,
      `- \`${wide.trim()}\`\n`,
      `\`\`\`\nx ${wide}it’s\n\`\`\`\n`,
      "It's `it’s`, not it’s.\n",
    ].join('\n'),
  });
  expect(found).toEqual([
    'src/jobs/worker.ts:1  103 columns; at most 80',
    'docs/jobs.md:1  102 columns; at most 100',
    "docs/jobs.md:12  the apostrophe of a page is '",
  ]);
});

test('names say what they hold: no empty word, no limit called MOST_, and errors end in Error', () => {
  const found = problems({
    'src/jobs/worker.ts': [
      'const of = 1;',
      'export const MOST_RUNS = of;',
      'export function run({ size: what }: { size: number }, [its] = [1], ...one: number[]): number {',
      '  return what + its + one.length;',
      '}',
      'export class Refused extends Error {}',
      'export class RefusedError extends Error {}',
      'export type Named = (one: number) => void;',
      'export const values = { of, what: 1 }.what;',
      '',
    ].join('\n'),
  });
  expect(found).toEqual([
    'src/jobs/worker.ts:1  "of" does not say what it holds',
    'src/jobs/worker.ts:2  the name of a limit begins with MAX_, not MOST_: MOST_RUNS',
    'src/jobs/worker.ts:3  "what" does not say what it holds',
    'src/jobs/worker.ts:3  "its" does not say what it holds',
    'src/jobs/worker.ts:3  "one" does not say what it holds',
    'src/jobs/worker.ts:6  the name of an error ends in Error: Refused',
  ]);
});
