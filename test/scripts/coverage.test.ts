/** npm run coverage also counts lines that child processes and threads of the tests reach. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { measure } from '../../scripts/coverage/measure.ts';
import { tableText } from '../../scripts/coverage/table.ts';

const count = (covered: number, total: number) => ({ covered, total });

test('the table is by folder, and names the files with the lowest coverage', () => {
  const text = tableText([
    { file: 'src/b/one.ts', lines: count(9, 10), branches: count(7, 10) },
    { file: 'src/a/one.ts', lines: count(2, 3), branches: count(0, 0) },
    { file: 'src/a/two.ts', lines: count(1, 1), branches: count(1, 1) },
  ]);
  expect(text).toBe(
    [
      '',
      '  lines branches  percent of each folder',
      '   75.0    100.0  src/a',
      '   90.0     70.0  src/b',
      '   85.7     72.7  all 3 files',
      '',
      '  lines branches  percent of each file below 80',
      '   66.6    100.0  src/a/one.ts',
      '   90.0     70.0  src/b/one.ts',
      '',
    ].join('\n'),
  );
});

/**
 * Each process takes a different one of the three branches. The types are placed where removing them would move the
 * code after them.
 */
const source = `
type Who = 'test' | 'child' | 'thread' | 'nobody';
export function who(name: Who): string {
  if (name === 'test') {
    return 'a';
  }
  if (name === 'child') {
    return 'b';
  }
  if (name === 'thread') {
    return 'c';
  }
  return 'd';
}
`;

const tests = `
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { who } from '../src/who.ts';

const calls = (name: string) =>
  \`import(\${JSON.stringify(new URL('../src/who.ts', import.meta.url).href)}).then(({ who }) => who('\${name}'))\`;
test('is reached', async () => {
  expect(who('test')).toBe('a');
  execFileSync(process.execPath, ['-e', calls('child')]);
  await once(new Worker(calls('thread'), { eval: true }), 'exit');
});
test('fails', () => expect(1).toBe(2));
`;

test('the report includes a test, its child process and its thread, and the exit code is that of the tests', async () => {
  const root = mkdtempSync(join(tmpdir(), 'lineup-coverage-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const files = {
    'package.json': '{ "type": "module" }',
    'vitest.config.ts': 'export default { test: { isolate: false } };',
    'src/who.ts': source,
    'src/never.ts': 'export const never = (): number => 1;\n',
    'test/who.test.ts': tests,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  symlinkSync(resolve(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'));

  const { exitCode, text } = await measure(root, ['test/who.test.ts']);

  expect(exitCode).toBe(1);
  // One of the seven lines of who.ts is not reached, and the one line of never.ts. Each process adds one line and one
  // branch.
  expect(text).toContain('\n   75.0     83.3  src\n');
  expect(text).toContain('\n    0.0    100.0  src/never.ts\n');
  expect(existsSync(join(root, 'coverage/index.html'))).toBe(true);
  // The raw counts are deleted.
  expect(existsSync(join(root, 'coverage/.tmp'))).toBe(false);
});
