/** scripts/check-regular-expressions.ts, which `npm run check` runs on the source. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineup-test-expressions-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The output of the check for a file with these lines (without the folder), and its exit status. */
async function check(...lines: string[]): Promise<{ status: number; output: string[] }> {
  await writeFile(join(folder, 'a.ts'), lines.join('\n'));
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/check-regular-expressions.ts', folder], (error, _, stderr) => {
      const output = stderr.split('\n').filter((line) => line.startsWith(folder));
      resolve({
        status: error ? Number(error.code) : 0,
        output: output.map((line) => line.slice(folder.length + 1).replace(/ {2}.* {2}/, ' ')),
      });
    });
  });
}

describe('the check of regular expressions', () => {
  test('names expressions that are not linear, by file and line', async () => {
    const { status, output } = await check(
      String.raw`const query = /^(?:[\s(]|--.*\n|\/\*[\s\S]*?\*\/)*(?:select|with)[\s*("'/]/i;`,
      String.raw`const end = /\s+$/;`,
      'const tags = /<[^>]*>/g;',
      'const nested = new RegExp("^(a+)+$");',
      'const twice = RegExp(`^(a|a)*$`, "i");',
    );
    expect(status).toBe(1);
    expect(output).toEqual([
      'a.ts:1 exponential',
      'a.ts:2 2nd degree polynomial',
      'a.ts:3 2nd degree polynomial',
      'a.ts:4 exponential',
      'a.ts:5 exponential',
    ]);
  });

  test('accepts linear expressions, and those whose input is marked as short', async () => {
    const { status, output } = await check(
      String.raw`const plain = /^\d{4}-\d\d$/;`,
      'const quoted = /^(?:"(?:[^"]|"")+"|[^".]+)$/;',
      '// regex-bounded: a line of a terminal',
      'const end = / +$/;',
      "const start = text.replace(/,+$/, ''); // regex-bounded: at most 80 characters",
      '// regex-bounded: a name of ours',
      'const made = new RegExp(name);',
    );
    expect(output).toEqual([]);
    expect(status).toBe(0);
  });

  test('requires a reason, and refuses a mark that is no longer needed', async () => {
    const { status, output } = await check(
      'const made = new RegExp(name);',
      '// regex-bounded:',
      'const other = new RegExp(name);',
      '// regex-bounded: there was one',
      'const nothing = 1;',
    );
    expect(status).toBe(1);
    expect(output.map((line) => line.slice(0, 7))).toEqual(['a.ts:1 ', 'a.ts:2 ', 'a.ts:4 ']);
  });
});
