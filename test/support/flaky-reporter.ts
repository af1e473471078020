/**
 * Says at the end of a run which tests are flaky: failed once, and passed when they were tried again. That happens in CI only
 * (vitest.config.ts). A flaky test does not fail the run, but it is a defect like any other: its first failure is printed.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class FlakyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const flaky = tests.filter((test) => test.diagnostic()?.flaky);
    for (const test of flaky)
      print(`\nflaky: ${test.module.relativeModuleId} > ${test.fullName}\n${firstFailure(test)}`);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    print(
      `\n${flaky.length} flaky\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`,
    );
  }
}

const print = (text: string) => process.stdout.write(text);

/** Its message, and the places of the project that it came from. */
function firstFailure(test: TestCase): string {
  const [error] = test.result().errors ?? [];
  const lines = (error?.stack ?? error?.message ?? 'It left no error.').split('\n');
  return `${lines.filter((line) => !line.includes('node_modules')).join('\n')}\n`;
}
