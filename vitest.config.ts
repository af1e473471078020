import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    // Real processes, servers and databases, which wait more than they compute: on two cores, three files at a time.
    pool: 'forks',
    maxWorkers: 3,
    // For the processes that tests start, as the launcher does: their types are stripped once, not at each start.
    env: { NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'build/compile-cache') },
    // Generous: a busy machine must not fail what would have passed.
    testTimeout: 90_000,
    // In CI a test that fails is tried once more: one that then passes is listed as flaky, with its first failure.
    retry: process.env.CI ? 1 : 0,
    reporters: ['default', './test/support/flaky-reporter.ts'],
    hookTimeout: 120_000,
    // As patient as a busy machine needs; who waits for what never comes is told all the same.
    expect: { poll: { timeout: 15_000 } },
  },
});
