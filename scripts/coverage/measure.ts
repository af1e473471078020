/** Runs tests with V8’s counters, and reads the result that Vitest has merged. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type FileCoverage, tableText } from './table.ts';

const script = resolve(import.meta.dirname, '../test.sh');

const flags = [
  '--coverage.enabled',
  '--coverage.provider=v8',
  // Child processes and worker threads count, too. Vitest merges their files after each test file, so that these stay
  // few.
  '--coverage.autoAttachSubprocess',
  // Node.js strips the types everywhere, so that a file has the same statements at the same positions in each
  // process.
  '--experimental.viteModuleRunner=false',
  '--coverage.include=src/**/*.ts',
  '--coverage.include=packages/*/src/**/*.ts',
  '--coverage.include=simulators/**/*.ts',
  '--coverage.exclude=**/*.as.ts',
  '--coverage.reporter=html',
  '--coverage.reporter=json-summary',
  // Failing tests count, too.
  '--coverage.reportOnFailure',
];

export interface Measured {
  /** The exit code of the tests. */
  readonly exitCode: number;
  readonly text: string;
}

/** @param root the folder with vitest.config.ts; the report goes to its folder coverage */
export async function measure(root: string, args: readonly string[]): Promise<Measured> {
  const folder = join(root, 'coverage');
  // If a run makes no report, an old one must not be used.
  rmSync(folder, { recursive: true, force: true });
  const tests = spawn(script, [...args, `--root=${root}`, `--coverage.reportsDirectory=${folder}`, ...flags], {
    stdio: 'inherit',
    // V8 counts less exactly in functions from the compile cache.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  const [code] = await once(tests, 'exit');
  const summary = join(folder, 'coverage-summary.json');
  const text = existsSync(summary)
    ? `${tableText(read(summary, root))}\nEach line: ${join(relative(process.cwd(), folder), 'index.html')}\n`
    : 'coverage: there is no report, because the tests did not run to their end.\n';
  return { exitCode: code ?? 1, text };
}

function read(summary: string, root: string): FileCoverage[] {
  const { total: _, ...files } = JSON.parse(readFileSync(summary, 'utf8')) as Record<
    string,
    Omit<FileCoverage, 'file'>
  >;
  return Object.entries(files).map(([path, { lines, branches }]) => ({
    file: relative(root, path),
    lines,
    branches,
  }));
}
