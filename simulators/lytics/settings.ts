/** How the simulator behaves, mainly where the description of the API is unclear. */
import type { z } from 'zod';
import { choice, milliseconds } from '../shared/input.ts';
import { settingsReader } from '../shared/settings.ts';

const hour = 3_600_000;

export const settings = {
  pageMs: milliseconds(0, hour).default(0).describe('time that a page of a scan takes'),
  cursorTtlMs: milliseconds(0, 24 * hour)
    .default(0)
    .describe('time after which the cursor of a scan has expired; 0: never'),
  numbers: choice('numbers', 'strings')
    .default('numbers')
    .describe('how numbers are written: in profiles, sizes, totals and the status of v1'),
  lastPage: choice('empty', 'null', 'missing', 'cursor')
    .default('empty')
    .describe('what _next is on the last page of a scan; cursor: the one that asked, and empty pages follow'),
  cursors: choice('fresh', 'same')
    .default('fresh')
    .describe('whether each page of a scan has a cursor of its own, or all have the same, which moves on'),
  timedValues: choice('texts', 'objects').default('texts').describe('what the elements of a ts[]string field are'),
  fieldKeys: choice('lower', 'capitalised')
    .default('lower')
    .describe('how the schema writes its keys: id, type, is_pii or Field, Type, IsPII'),
  errorBody: choice('list', 'flat')
    .default('list')
    .describe('where an error of v2 has its message: in a list of errors, or flat'),
};

export type Settings = z.infer<z.ZodObject<typeof settings>>;

/** `readSettings` reads some settings from JSON. `settingsOf` adds defaults for the others. */
export const { some: readSettings, all: settingsOf } = settingsReader(settings);
