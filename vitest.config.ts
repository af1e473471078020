import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real processes, servers and databases: two cores, so two files at a time.
    pool: 'forks',
    maxWorkers: 2,
    // Generous: a busy machine must not fail what would have passed.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // As patient as a busy machine needs; who waits for what never comes is told all the same.
    expect: { poll: { timeout: 15_000 } },
  },
});
