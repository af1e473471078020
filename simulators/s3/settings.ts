/** How the simulator behaves. */
import type { z } from 'zod';
import { number } from '../shared/input.ts';
import { settingsReader } from '../shared/settings.ts';

export const settings = {
  pageSize: number(1, 1_000).default(1_000).describe('the most objects on a page of a list'),
};

export type Settings = z.infer<z.ZodObject<typeof settings>>;

/** `readSettings` reads some settings from JSON. `settingsOf` adds defaults for the others. */
export const { some: readSettings, all: settingsOf } = settingsReader(settings);
