/** The values of the export form. Their paths are those of a job; a choice that is open is an empty text. */

import type { JobMove } from '../../../src/contracts/job-move.ts';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { type IfaKind, MAX_AUDIENCE_NAME, USUAL_MEMBER_DAYS } from '../../../src/domain/audiences/requests.ts';
import { ifaFormatsOf, typesOf } from '../../../src/domain/destinations/index.ts';
import type { DestinationTraits } from '../../../src/domain/destinations/traits.ts';
import type { JobConfiguration } from '../../../src/domain/jobs/configuration.ts';
import { percentOf } from '../../lib/percent.ts';
import {
  type SavedSibling,
  savedSiblings,
  type TypedSibling,
  typedSiblings,
  withoutAudience,
} from './siblings/values.ts';
import { blankTrigger, type TypedTrigger, typedTrigger } from './triggers/values.ts';

type Filled<Fields> = { readonly [Key in keyof Fields]-?: NonNullable<Fields[Key]> };

export interface TypedHoldOut {
  readonly share: number | '';
  readonly experiment: string;
}

/** An audience for each value of a column. What was typed stays while it is off. */
export interface TypedSplit extends NonNullable<JobConfiguration['split']> {
  readonly isOn: boolean;
}

/**
 * As a person types it. `audience_id` is empty for an audience that is to be made, and `id_field` for the field that
 * suits the type. `max_shrink` is a percentage. A number that nobody has typed is an empty text.
 */
interface TypedConfiguration
  extends Omit<
    Filled<JobConfiguration>,
    'max_shrink' | 'hold_out' | 'siblings' | 'ifa_kind' | 'member_days' | 'trigger' | 'split'
  > {
  readonly trigger: TypedTrigger;
  readonly split: TypedSplit;
  /** Empty while nobody has chosen. */
  readonly ifa_kind: IfaKind | '';
  readonly member_days: number | '';
  readonly max_shrink: number | '';
  readonly hold_out: TypedHoldOut;
  readonly siblings: readonly TypedSibling[];
}

/** What becomes of the audience that a job has at LINE; empty while nobody has chosen. */
export type AudienceChoice = 'keep' | 'another' | 'existing' | '';

export interface ExportValues {
  readonly name: string;
  readonly description: string;
  /** The LINE Ads authorization, where the form itself may change it; else empty. */
  readonly authorization_id: string;
  /** The source's authorization; empty for files. */
  readonly source_authorization_id: string;
  readonly configuration: TypedConfiguration;
  readonly another_audience: AudienceChoice;
  /** The name of the chosen audience of the source. */
  readonly segment_name: string;
  /** The name of the chosen audience at LINE. */
  readonly audience_label: string;
  /** The new name of the audience that is kept; null while its own stands. */
  readonly renamed: string | null;
  /** Of the name of an audience, in characters, as the destination has it. */
  readonly max_name_length: number;
  /** The further identifiers that the job has. */
  readonly saved_siblings: readonly SavedSibling[];
}

/** Some of the values. */
export interface ExportChange extends Partial<Omit<ExportValues, 'configuration'>> {
  readonly configuration?: Partial<TypedConfiguration>;
}

export const changed = (values: ExportValues, { configuration, ...part }: ExportChange): ExportValues => ({
  ...values,
  ...part,
  configuration: { ...values.configuration, ...configuration },
});

/** A form as it was left. What the service has saved may have changed since. */
export function withDraft(initial: ExportValues, draft: ExportChange): ExportValues {
  const { saved_siblings, max_name_length } = initial;
  const values = changed(initial, { ...draft, saved_siblings, max_name_length });
  const { hold_out } = values.configuration;
  // Up to version 0.2, a draft has -1 for a share that is not there yet.
  return Number(hold_out.share) < 0
    ? changed(values, { configuration: { hold_out: { ...hold_out, share: '' } } })
    : values;
}

export const blankValues = (timezone: string): ExportValues => ({
  name: '',
  description: '',
  authorization_id: '',
  source_authorization_id: '',
  configuration: {
    segment_id: '',
    file_options: {},
    adaccount_id: '',
    audience_id: '',
    audience_name: '',
    identifier_type: 'email',
    id_field: '',
    continuous_update: true,
    run_frequency: 'daily',
    day_of_week: 'monday',
    time_of_day: '09:00',
    timezone,
    cron_expressions: [''],
    trigger: blankTrigger,
    default_country: '',
    ifa_format: 'sha256',
    ifa_kind: '',
    member_days: '',
    max_shrink: 50,
    hold_out: { share: '', experiment: '' },
    suppression_lists: [],
    alerts: {},
    hash_in_database: false,
    siblings: [],
    split: { isOn: false, column: '', name_template: '', on_refusal: 'one' },
  },
  another_audience: 'keep',
  segment_name: '',
  audience_label: '',
  renamed: null,
  max_name_length: MAX_AUDIENCE_NAME,
  saved_siblings: [],
});

/** The form in the terms of a destination. */
export function ofDestination(
  values: ExportValues,
  { name, leaving, identifiers }: Pick<DestinationTraits, 'name' | 'leaving' | 'identifiers'>,
): ExportValues {
  const { configuration } = values;
  const types = typesOf({ identifiers });
  const isTaken = types.includes(configuration.identifier_type);
  const days = leaving.by === 'age' ? configuration.member_days || USUAL_MEMBER_DAYS : '';
  // Where a destination takes advertising ids in one form alone, nobody has to choose it.
  const [only, another] = ifaFormatsOf({ identifiers });
  const ifa_format = only && !another ? only : configuration.ifa_format;
  const taken = configuration.siblings.filter((sibling) => types.includes(sibling.identifier_type));
  const siblings = taken.map((sibling) => ({
    ...sibling,
    ifa_format: only && !another ? only : sibling.ifa_format,
  }));
  return changed(values, {
    max_name_length: name.maxLength,
    configuration: {
      ...(!isTaken && types[0] && { identifier_type: types[0], id_field: '' }),
      member_days: days,
      ifa_format,
      siblings,
    },
  });
}

/** What is read now has other fields: none is chosen. */
export const withoutFields = ({ configuration }: ExportValues) => ({
  id_field: '',
  split: { ...configuration.split, column: '' },
  siblings: configuration.siblings.map((sibling) => ({ ...sibling, id_field: '' })),
});

/**
 * Another source: nothing of the one before applies, except that identifiers which must not leave their database stay
 * there.
 * @param source its authorization; empty for files
 * @param canHash whether it can hash the values itself
 */
export const ofSource = (values: ExportValues, source: string, canHash = false): ExportChange => ({
  source_authorization_id: source,
  segment_name: '',
  configuration: {
    segment_id: '',
    file_options: {},
    hash_in_database: canHash && values.configuration.hash_in_database,
    ...withoutFields(values),
  },
});

/** @param blank what stands for a value that is not there */
function filled<Values extends object>(
  given: { readonly [Key in keyof Values]?: Values[Key] | null | undefined },
  blank: Values,
): Values {
  const values = { ...blank };
  for (const key of Object.keys(given) as (keyof Values)[]) values[key] = given[key] ?? blank[key];
  return values;
}

type SavedJob = Pick<
  JobView,
  | 'name'
  | 'description'
  | 'authorization_id'
  | 'source_authorization_id'
  | 'configuration'
  | 'audience_id'
  | 'sibling_audience_ids'
>;

/** A saved job in the form. */
export function valuesOf(job: SavedJob): ExportValues {
  const { name, description, authorization_id, source_authorization_id, configuration } = job;
  const { siblings: _, trigger, split, ...saved } = configuration;
  const blank = blankValues(configuration.timezone ?? 'UTC');
  return changed(blank, {
    name,
    description,
    authorization_id,
    source_authorization_id: source_authorization_id ?? '',
    segment_name: configuration.segment_id,
    saved_siblings: savedSiblings(job),
    configuration: {
      ...filled(saved, blank.configuration),
      // The audience that a job has is told apart from the one that is typed or chosen in its place.
      audience_id: '',
      audience_name: (job.audience_id === null && configuration.audience_name) || '',
      max_shrink: percentOf(configuration.max_shrink),
      siblings: typedSiblings(job),
      trigger: typedTrigger(trigger),
      ...(split && { split: { ...split, isOn: true } }),
    },
  });
}

/** A copy of a job: it makes an audience of its own, for two jobs on one would undo each other's work. */
export function copyOf(job: JobView, name: string): ExportValues {
  const values = valuesOf(job);
  const siblings = values.configuration.siblings.map(withoutAudience);
  return changed(values, { name, saved_siblings: [], configuration: { audience_name: '', siblings } });
}

/** What a moved job becomes: it makes the audiences that it names. */
export function movedValues({ job }: JobMove): ExportValues {
  const values = valuesOf({ ...job, audience_id: null, sibling_audience_ids: [] });
  const siblings = values.configuration.siblings.map((sibling) => ({ ...sibling, saved: null }));
  return changed(values, { saved_siblings: [], configuration: { siblings } });
}
