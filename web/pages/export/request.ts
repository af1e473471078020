/** What the export form sends. */

import type { NewJob } from '../../../src/contracts/jobs.ts';
import type { Preview, PreviewRequest, SampleRequest } from '../../../src/contracts/sources.ts';
import {
  experimentPattern,
  type HoldOut,
  largestShare,
  MAX_EXPERIMENT,
  smallestShare,
} from '../../../src/domain/audiences/hold-out.ts';
import type { FileOptions } from '../../../src/domain/files/file-options.ts';
import type { JobConfiguration } from '../../../src/domain/jobs/configuration.ts';
import { shareOf } from '../../lib/percent.ts';
import { audienceKeys, audienceName, type OwnAudience } from './own-audience.ts';
import { siblingInput } from './siblings/values.ts';
import { sentTrigger } from './triggers/values.ts';
import type { ExportValues, TypedHoldOut, TypedSplit } from './values.ts';

export const hasDay = ({ configuration: { continuous_update, run_frequency } }: ExportValues): boolean =>
  continuous_update && (run_frequency === 'weekly' || run_frequency === 'monthly');

export const isCustom = ({ configuration: { continuous_update, run_frequency } }: ExportValues): boolean =>
  continuous_update && run_frequency === 'custom';

export const isWhenReady = ({ configuration: { continuous_update, run_frequency } }: ExportValues): boolean =>
  continuous_update && run_frequency === 'when_ready';

const splitOf = ({ isOn, ...split }: TypedSplit): Pick<JobConfiguration, 'split'> =>
  isOn ? { split: { ...split, name_template: split.name_template.trim() } } : {};

/** The cron expressions that are sent: the rows that are filled in. */
export const filledIn = (rows: readonly string[]): string[] =>
  rows.map((row) => row.trim()).filter((row) => row !== '');

/** Of a file of which something was chosen. */
function optionsOf({ configuration: { file_options } }: ExportValues): { file_options?: FileOptions } {
  return Object.keys(file_options).length > 0 ? { file_options } : {};
}

/** Null while none is typed. */
function expressionsOf(rows: readonly string[]): string[] | null {
  const filled = filledIn(rows);
  return filled.length > 0 ? filled : null;
}

/** Null while nothing is typed. */
function holdOutOf({ share, experiment }: TypedHoldOut): HoldOut | null {
  const name = experiment.trim();
  if (share === '') return name === '' ? null : { share: Number.NaN, experiment: name };
  return { share, experiment: name };
}

/** The whole configuration, as the API takes it; only what applies is sent. */
function configurationOf(values: ExportValues, own: OwnAudience | null): JobConfiguration {
  const { file_options: _, trigger: __, split, alerts, ifa_kind, member_days, ...typed } = values.configuration;
  const isScheduled = typed.continuous_update;
  return {
    ...typed,
    segment_id: typed.segment_id.trim(),
    ...optionsOf(values),
    adaccount_id: typed.adaccount_id.trim(),
    ...audienceKeys(values, own),
    run_frequency: isScheduled ? typed.run_frequency : null,
    day_of_week: hasDay(values) ? typed.day_of_week : null,
    time_of_day: isScheduled && !isCustom(values) && !isWhenReady(values) ? typed.time_of_day || null : null,
    timezone: isScheduled ? typed.timezone || null : null,
    cron_expressions: isCustom(values) ? expressionsOf(typed.cron_expressions) : null,
    ...(isWhenReady(values) && sentTrigger(values.configuration.trigger)),
    default_country: typed.identifier_type === 'phone' ? typed.default_country || null : null,
    ifa_format: typed.identifier_type === 'ifa' ? typed.ifa_format : 'sha256',
    ...(typed.identifier_type === 'ifa' && ifa_kind !== '' && { ifa_kind }),
    ...(member_days !== '' && { member_days }),
    max_shrink: shareOf(typed.max_shrink),
    hold_out: holdOutOf(typed.hold_out),
    siblings: typed.siblings.map((sibling) => siblingInput(sibling, values, audienceName(values, own))),
    ...(Object.keys(alerts).length > 0 && { alerts }),
    ...splitOf(split),
  };
}

/** @param authorizationId where the form does not choose one */
export const inputOf = (
  values: ExportValues,
  authorizationId: string,
  own: OwnAudience | null = null,
): Omit<NewJob, 'type'> => ({
  name: values.name.trim(),
  description: values.description.trim(),
  authorization_id: values.authorization_id || authorizationId,
  source_authorization_id: values.source_authorization_id || null,
  configuration: configurationOf(values, own),
});

/** What shows the first values of the chosen field. */
export const sampleOf = (values: ExportValues): SampleRequest => ({
  source_authorization_id: values.source_authorization_id || null,
  segment_id: values.configuration.segment_id.trim(),
  ...optionsOf(values),
  id_field: values.configuration.id_field,
});

/** What the preview needs; null while it is not known. @param job_id of a saved job */
export function previewOf(values: ExportValues, type?: NewJob['type'], job_id?: string): PreviewRequest | null {
  const {
    identifier_type,
    ifa_format,
    default_country,
    hold_out,
    suppression_lists,
    hash_in_database,
    siblings,
    split,
  } = configurationOf(values, null);
  const sample = sampleOf(values);
  if (!sample.segment_id || !sample.id_field) return null;
  return {
    ...(type && { type }),
    job_id,
    ...sample,
    identifier_type,
    ifa_format,
    default_country,
    // While it is typed, the preview is that of a job without it.
    hold_out: hold_out && isWhole(hold_out) ? hold_out : null,
    suppression_lists,
    hash_in_database,
    ...(split?.column && { split: { column: split.column } }),
    siblings: siblings
      .filter((sibling) => sibling.id_field !== '')
      .map(({ audience_id: _, audience_name: __, shares: ___, ifa_kind: ____, ...sibling }) => sibling),
  };
}

/** Whether an export would send nothing. It sends nothing at all when one of its identifiers has no valid value. */
export const isEmptyPreview = ({ complete, counts, siblings = [] }: Preview): boolean =>
  complete && [counts, ...siblings.map((sibling) => sibling.counts)].some(({ unique }) => unique === 0);

export const isWhole = ({ share, experiment }: HoldOut): boolean =>
  share >= smallestShare &&
  share <= largestShare &&
  experiment.length <= MAX_EXPERIMENT &&
  experimentPattern.test(experiment);
