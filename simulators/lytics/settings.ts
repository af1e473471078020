/** How the simulator behaves, above all where the description of the API leaves two readings. */
import { choice, number } from '../shared/input.ts';
import { type SettingsOf, settingsReader, spec } from '../shared/settings.ts';

const hour = 3_600_000;

export const settingSpecs = {
  pageMs: spec({
    default: 0,
    placeholder: '<ms>',
    description: 'time that a page of a scan takes',
    schema: number(0, hour),
  }),
  cursorTtlMs: spec({
    default: 0,
    placeholder: '<ms>',
    description: 'time after which the cursor of a scan has expired; 0: never',
    schema: number(0, 24 * hour),
  }),
  numbers: spec({
    default: 'numbers',
    placeholder: '<numbers|strings>',
    description: 'how numbers are written: in profiles, sizes, totals and the status of v1',
    schema: choice('numbers', 'strings'),
  }),
  lastPage: spec({
    default: 'empty',
    placeholder: '<empty|null|missing|cursor>',
    description:
      'what _next is on the last page of a scan; cursor: the one that asked, and empty pages follow',
    schema: choice('empty', 'null', 'missing', 'cursor'),
  }),
  cursors: spec({
    default: 'fresh',
    placeholder: '<fresh|same>',
    description: 'whether each page of a scan has a cursor of its own, or all have the same, which moves on',
    schema: choice('fresh', 'same'),
  }),
  timedValues: spec({
    default: 'texts',
    placeholder: '<texts|objects>',
    description: 'what the elements of a ts[]string field are',
    schema: choice('texts', 'objects'),
  }),
  fieldKeys: spec({
    default: 'lower',
    placeholder: '<lower|capitalised>',
    description: 'how the schema writes its keys: id, type, is_pii or Field, Type, IsPII',
    schema: choice('lower', 'capitalised'),
  }),
  errorBody: spec({
    default: 'list',
    placeholder: '<list|flat>',
    description: 'where an error of v2 has its message: in a list of errors, or flat',
    schema: choice('list', 'flat'),
  }),
};

export type Settings = SettingsOf<typeof settingSpecs>;

/** `readSettings` reads some from JSON, `settingsOf` gives all, the given ones over the defaults. */
export const { names: settingNames, some: readSettings, all: settingsOf } = settingsReader(settingSpecs);
