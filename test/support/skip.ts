/**
 * Tests that not every machine can run: `test('…', needs(isLinux, 'Only Linux lists …'), …)`, and the same for `describe`. The end
 * of a run prints each reason, and how many tests were skipped for it. What a suite of several kinds has no test for is no skip.
 */
import type { TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test is skipped. */
    skipped?: string;
  }
}

/** @param reason why the tests are skipped where the condition is not met */
export function needs(met: unknown, reason: string): TestOptions {
  return met ? {} : { skip: true, meta: { skipped: reason } };
}
