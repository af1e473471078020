/** How the simulator behaves. */
import type { z } from 'zod';
import { milliseconds, number } from '../shared/input.ts';
import { settingsReader } from '../shared/settings.ts';

const hour = 3_600_000;

export const settings = {
  batchRows: number(1, 100_000).default(8_000).describe('rows of a batch of the Storage Read API'),
  streams: number(1, 100).default(4).describe('streams of a read session, if it has enough batches'),
  sessionTtlMs: milliseconds(1, 24 * hour)
    .default(6 * hour)
    .describe('time after which a read session has expired'),
  queryMs: milliseconds(0, hour).default(0).describe('time that a query takes'),
};

export type Settings = z.infer<z.ZodObject<typeof settings>>;

/** `readSettings` reads some settings from JSON. `settingsOf` adds defaults for the others. */
export const { some: readSettings, all: settingsOf } = settingsReader(settings);
