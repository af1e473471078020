import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { kindOf, kinds } from './test/setup/needs.ts';
import { furtherVersions, projectOf, runsOnEveryServer } from './test/setup/postgres-versions.ts';
import ByKind from './test/setup/sequence.ts';

const root = import.meta.dirname;
const files = Map.groupBy(globSync(['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'], { cwd: root }), (file) =>
  kindOf(resolve(root, file)),
);

/** What is started once for all files of a kind. */
const globalSetup = {
  unit: [],
  process: [],
  database: ['test/setup/postgres.ts'],
  mariadb: ['test/setup/mariadb.ts'],
  browser: ['test/setup/postgres.ts', 'test/setup/web-app.ts'],
  long: [],
};

/** Most of what these run runs a few times: V8 would spend more on optimizing it than that saves. */
const unoptimized = ['--no-opt', '--no-maglev'];
/** What V8 is told in the processes of a kind. The WebAssembly of an embedded database runs a few times, too. */
const flags = {
  unit: [],
  process: unoptimized,
  database: [...unoptimized, '--liftoff-only'],
  browser: unoptimized,
  mariadb: unoptimized,
  long: [],
};

export default defineConfig({
  test: {
    pool: 'forks',
    // Files of a kind share processes, and so what these have loaded and opened: the modules, a browser.
    isolate: false,
    // Real processes, servers and databases, which wait at times: two files a core. With five, two cores took as long.
    maxWorkers: 4,
    sequence: { sequencer: ByKind },
    // For the processes that tests start, as the launcher does: their types are stripped once, not at each start.
    env: { NODE_COMPILE_CACHE: resolve(root, 'build/compile-cache') },
    // Generous: a busy machine must not fail what would have passed.
    testTimeout: 90_000,
    // In CI a test that fails is tried once more: one that then passes is listed as flaky, with its first failure.
    retry: process.env.CI ? 1 : 0,
    reporters: ['default', './test/setup/summary.ts'],
    hookTimeout: 120_000,
    // As patient as a busy machine needs; who waits for what never comes is told all the same.
    expect: { poll: { timeout: 15_000 } },
    // Of `npm run coverage`. Node.js strips the types itself there, so that positions are the same in each process.
    coverage: {
      // Child processes and worker threads count, too.
      autoAttachSubprocess: true,
      include: ['src/**/*.ts', 'packages/*/src/**/*.ts', 'simulators/**/*.ts'],
      exclude: ['**/*.as.ts'],
      reporter: ['text', 'html'],
      reportOnFailure: true,
    },
    projects: [
      ...kinds.map((name) => ({
        extends: true as const,
        test: {
          name,
          include: files.get(name) ?? [],
          globalSetup: globalSetup[name],
          setupFiles: ['./test/setup/times.ts', ...(name === 'browser' ? ['./test/setup/pages.ts'] : [])],
          execArgv: flags[name],
        },
      })),
      // None when a developer chose the server.
      ...(process.env.LINEUP_TEST_DATABASE_URL ? [] : furtherVersions()).map((version) => ({
        extends: true as const,
        test: {
          name: projectOf(version),
          include: (files.get('database') ?? []).filter(runsOnEveryServer),
          globalSetup: ['test/setup/further-postgres.ts'],
          setupFiles: ['./test/setup/times.ts'],
          execArgv: flags.database,
          env: { LINEUP_TEST_POSTGRES_VERSION: version, LINEUP_TEST_ONLY_POSTGRES: 'yes' },
        },
      })),
    ],
  },
});
