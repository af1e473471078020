/**
 * For tests that not every machine can run: `test('…', needs(isLinux, 'Only Linux lists …'), …)`, and the same for
 * `describe`. The end of a run prints each reason with its number of tests. Do not use it for cases that do not exist
 * for one kind of a suite.
 */
import type { TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test is skipped. */
    skipped?: string;
  }
}

/** @param reason why the tests are skipped if the condition is not met */
export function needs(met: unknown, reason: string): TestOptions {
  return met ? {} : { skip: true, meta: { skipped: reason } };
}
