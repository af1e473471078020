/** Starts the PostgreSQL server of a project that tests another version, and stops it after the last file. */
import type { TestProject } from 'vitest/node';
import { holdServer } from './held-server.ts';

export function setup({ config }: TestProject): Promise<() => Promise<void>> {
  const environment = { ...process.env, ...config.env, LINEUP_TEST_DATABASE_URL: '' };
  return holdServer('with-postgres.sh', environment, config.env);
}
