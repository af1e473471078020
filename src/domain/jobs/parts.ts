/** The configuration of a part: what it has from its split job, and what stays its own. */
import { isDeepStrictEqual } from 'node:util';
import type { FileOptions } from '../files/file-options.ts';
import type { RunRequest } from '../runs/run.ts';
import { triggerMinutes } from '../schedule/triggers/bounds.ts';
import type { JobConfiguration } from './configuration.ts';
import { nameFrom } from './part-values.ts';

/** The files of parts are written by Lineup, so nothing of them is detected. */
const PART_FILE: FileOptions = { encoding: 'utf-8', delimiter: 'comma', header: 'yes' };

interface SplitJob {
  readonly id: string;
  readonly name: string;
  readonly configuration: JobConfiguration;
}

/** Of a new part. @param segmentId of the file with its members */
export function configurationOfPart(
  { id, name, configuration }: SplitJob,
  value: string,
  segmentId: string,
): JobConfiguration {
  const { split, ...others } = configuration;
  const named = (template: string | null) => template && nameFrom(template, { value, name });
  return {
    ...others,
    segment_id: segmentId,
    file_options: PART_FILE,
    audience_name: named(split?.name_template ?? null),
    siblings: others.siblings.map((sibling) => ({ ...sibling, audience_name: named(sibling.audience_name) })),
    continuous_update: true,
    run_frequency: 'when_ready',
    trigger: { kind: 'after_job', job_id: id, at_most_every_minutes: triggerMinutes.least, deadline: null },
    day_of_week: null,
    time_of_day: null,
    timezone: null,
    cron_expressions: null,
  };
}

/** Of a part after a newer scan: its file, with the fields that are in it. */
export const withFile = (
  part: JobConfiguration,
  { field, siblings }: Pick<RunRequest, 'field' | 'siblings'>,
  segmentId: string,
): JobConfiguration => ({
  ...part,
  segment_id: segmentId,
  file_options: PART_FILE,
  id_field: field,
  siblings: part.siblings.map((sibling, n) => ({ ...sibling, id_field: siblings?.[n]?.field ?? sibling.id_field })),
});

/** A part after an edit of a person, who may have seen it with an earlier file. */
export const keepingFile = (edited: JobConfiguration, present: JobConfiguration): JobConfiguration => ({
  ...edited,
  segment_id: present.segment_id,
  id_field: present.id_field,
  siblings: edited.siblings.map((sibling, n) => ({
    ...sibling,
    id_field: present.siblings[n]?.id_field ?? sibling.id_field,
  })),
});

/** What a change of the split job changes in its parts too, unless they have their own. */
const SHARED = [
  'default_country',
  'ifa_format',
  'ifa_kind',
  'member_days',
  'max_shrink',
  'hold_out',
  'suppression_lists',
  'alerts',
] as const;
const SHARED_OF_SIBLINGS = ['default_country', 'ifa_format', 'ifa_kind'] as const;

/** A part after a change of its split job. What is still as it was before changes along, and what is its own stays. */
export const changedAlong = (
  part: JobConfiguration,
  before: JobConfiguration,
  after: JobConfiguration,
): JobConfiguration => ({
  ...part,
  ...merged(SHARED, part, before, after),
  siblings: part.siblings.map((sibling, n) => {
    const [was, is] = [before.siblings[n], after.siblings[n]];
    return was && is ? { ...sibling, ...merged(SHARED_OF_SIBLINGS, sibling, was, is) } : sibling;
  }),
});

function merged<Of extends object, Key extends keyof Of>(
  keys: readonly Key[],
  own: Of,
  before: Of,
  after: Of,
): Partial<Of> {
  const changed = keys.filter(
    (key) => isDeepStrictEqual(own[key], before[key]) && !isDeepStrictEqual(before[key], after[key]),
  );
  const result: Partial<Of> = {};
  for (const key of changed) result[key] = after[key];
  return result;
}

/** What a part may not change, because its split job decides it: where its members come from, and what they are. */
const GIVEN = [
  'file_options',
  'adaccount_id',
  'identifier_type',
  'id_field',
  'continuous_update',
  'run_frequency',
  'day_of_week',
  'time_of_day',
  'timezone',
  'cron_expressions',
  'trigger',
  'hash_in_database',
  'split',
] as const satisfies readonly (keyof JobConfiguration)[];
const GIVEN_OF_SIBLINGS = ['identifier_type', 'id_field', 'shares'] as const;

/** What a split job may not change once it has parts: their audiences are there. */
const FIXED = ['adaccount_id', 'identifier_type'] as const satisfies readonly (keyof JobConfiguration)[];
const FIXED_OF_SIBLINGS = ['identifier_type', 'shares'] as const;

/** The paths, within a configuration, of what a change of a part would change although its split job decides it. */
export const givenChanges = (before: JobConfiguration, after: JobConfiguration): string[] => [
  ...differing(GIVEN, before, after),
  ...differingSiblings(GIVEN_OF_SIBLINGS, before, after),
];

/** The same for a split job that has parts. */
export const fixedChanges = (before: JobConfiguration, after: JobConfiguration): string[] => [
  ...differing(FIXED, before, after),
  ...differingSiblings(FIXED_OF_SIBLINGS, before, after),
];

const differing = (
  keys: readonly (keyof JobConfiguration)[],
  before: JobConfiguration,
  after: JobConfiguration,
): string[] => keys.filter((key) => !isDeepStrictEqual(before[key] ?? null, after[key] ?? null));

function differingSiblings(
  keys: readonly (keyof JobConfiguration['siblings'][number])[],
  { siblings: before }: JobConfiguration,
  { siblings: after }: JobConfiguration,
): string[] {
  if (before.length !== after.length) return ['siblings'];
  return before.flatMap((sibling, n) =>
    keys
      .filter((key) => !isDeepStrictEqual(sibling[key] ?? null, after[n]![key] ?? null))
      .map((key) => `siblings.${n}.${key}`),
  );
}

/** A part is called as its split job, with its value. */
export function nameOfPart(splitJob: string, value: string): string {
  const ending = `: ${value}`;
  let name = '';
  // By characters, because half of one is not valid.
  for (const character of splitJob) {
    if (name.length + character.length + ending.length > 200) break;
    name += character;
  }
  return `${name.trimEnd()}${ending}`.trim();
}
