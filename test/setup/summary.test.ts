import { describe, expect, test } from 'vitest';
import { failureText } from './failure.ts';
import { costsText, type TestOutcome, testsText } from './summary-text.ts';

const outcome = (change: Partial<TestOutcome>): TestOutcome => ({
  file: 'test/a.test.ts',
  name: 'works',
  state: 'passed',
  flaky: false,
  ...change,
});

describe('the end of a run', () => {
  test('counts the tests in its last line', () => {
    expect(testsText([outcome({}), outcome({}), outcome({ state: 'failed' })])).toBe(
      '\n2 passed, 1 failed, 0 flaky, 0 skipped\n',
    );
  });

  test('gives each reason to skip once, and says if a test gives none', () => {
    const skipped = (reason?: string) => outcome({ state: 'skipped', reason });
    expect(testsText([skipped('no Chromium'), skipped(), skipped('no Chromium')])).toBe(
      'skipped 2: no Chromium\nskipped 1: no reason given (test/a.test.ts)\n\n0 passed, 0 failed, 0 flaky, 3 skipped\n',
    );
  });

  test('shows the first failure of a test that passed in another try', () => {
    expect(testsText([outcome({ flaky: true, failure: 'Error: too late\n' })])).toBe(
      '\nflaky: test/a.test.ts > works\nError: too late\n\n1 passed, 0 failed, 1 flaky, 0 skipped\n',
    );
  });

  test('names the slowest of many files, and the sum of all', () => {
    const costs = Array.from({ length: 11 }, (_, n) => ({
      file: `${n}.ts`,
      cpuSeconds: n,
      wallSeconds: 2 * n,
    }));
    const lines = costsText(costs).trimEnd().split('\n').slice(2);
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('    10.0     20.0  10.ts');
    expect(lines[9]).toBe('     1.0      2.0  1.ts');
    expect(lines[10]).toBe('    55.0    110.0  all 11 files');
    expect(costsText(costs.slice(1))).toBe('');
  });

  test('shows only lines of the project in a failure', () => {
    const stack = 'Error: no\n    at test/a.test.ts:3:1\n    at /x/node_modules/vitest/run.js:1:1';
    expect(failureText({ stack, message: 'no' })).toBe('Error: no\n    at test/a.test.ts:3:1\n');
    expect(failureText({ message: 'no' })).toBe('no\n');
    expect(failureText(undefined)).toBe('It left no error.\n');
  });
});
