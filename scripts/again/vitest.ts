/** One file in Vitest. The servers that it needs (test/setup) are started only once. */
import { relative, resolve } from 'node:path';
import { createVitest, type TestModule } from 'vitest/node';
import { failureText } from '../../test/setup/failure.ts';
import { UsageError } from './options.ts';
import type { Failure } from './tally.ts';

const root = resolve(import.meta.dirname, '../..');

export interface OpenFile {
  /** Runs the whole file, including its hooks. */
  run(): Promise<readonly Failure[]>;
  close(): Promise<void>;
}

/** @throws {UsageError} if it is not a test file */
export async function openFile(file: string): Promise<OpenFile> {
  const path = resolve(file);
  // No retries, because flaky tests are what we look for. The output of tests is hidden, because it would be printed
  // many times.
  const vitest = await createVitest({ root, run: true, watch: false, retry: 0, reporters: [], silent: true });
  const specifications = (await vitest.globTestSpecifications([relative(root, path)])).filter(
    ({ moduleId }) => moduleId === path,
  );
  if (specifications.length === 0) {
    await vitest.close();
    throw new UsageError(`There is no test file ${file.slice(0, 200)}; they are below test/ and packages/*/test/.`);
  }
  return {
    run: async () => {
      const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
      return [
        ...testModules.flatMap(failuresOf),
        ...unhandledErrors.map((error) => ({ name: 'outside of any test', text: failureText(error) })),
      ];
    },
    close: () => vitest.close(),
  };
}

function failuresOf(module: TestModule): Failure[] {
  const tests = [...module.children.allTests()].flatMap((test) =>
    (test.result().errors ?? []).map((error) => ({ name: test.fullName, text: failureText(error) })),
  );
  const suites = [...module.children.allSuites()].flatMap((suite) =>
    suite.errors().map((error) => ({ name: `a hook of ${suite.fullName}`, text: failureText(error) })),
  );
  const file = module.errors().map((error) => ({ name: 'the file itself', text: failureText(error) }));
  return [...tests, ...suites, ...file];
}
