/** How the simulator behaves. */
import type { z } from 'zod';
import { choice, milliseconds, number } from '../shared/input.ts';
import { settingsReader } from '../shared/settings.ts';

const hour = 3_600_000;

export const settings = {
  executionMs: milliseconds(0, hour).default(0).describe('time that a statement takes; meanwhile its answer is 202'),
  partitionRows: number(1, 1_000_000).default(10_000).describe('rows of a partition'),
  rowsPerResultset: number(0, 100_000_000)
    .default(0)
    .describe('most rows of a result (0: all), unless the statement has the parameter'),
  partitionMs: milliseconds(0, hour).default(0).describe('time that the answer with a partition takes'),
  resultTtlMs: milliseconds(0, 48 * hour)
    .default(24 * hour)
    .describe('time after which the result of a statement is forgotten'),
  warehouse: choice('running', 'none')
    .default('running')
    .describe('none: statements that read tables fail, because no warehouse is active (000606)'),
  compression: choice('gzip', 'none').default('gzip').describe('how partitions are sent'),
};

export type Settings = z.infer<z.ZodObject<typeof settings>>;

/** `readSettings` reads some settings from JSON. `settingsOf` adds defaults for the others. */
export const { some: readSettings, all: settingsOf } = settingsReader(settings);
