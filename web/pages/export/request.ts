/** What the export form sends. */
import type { JobConfiguration } from '../../../src/contracts/job-configuration.ts';
import type { JobChange, NewJob } from '../../../src/contracts/jobs.ts';
import type { Schedule } from '../../../src/contracts/schedule.ts';
import type { FileOptions, PreviewRequest, SampleRequest } from '../../../src/contracts/sources.ts';
import { audienceKeys, choiceOf, type OwnAudience } from './own-audience.ts';
import type { ExportValues } from './values.ts';

export const hasDay = ({ configuration }: ExportValues): boolean =>
  configuration.continuous_update && configuration.run_frequency !== 'daily';

/** When it would run; null while that is not complete, and for a single run. */
export function scheduleOf({ configuration }: ExportValues): Schedule | null {
  const { continuous_update, run_frequency, day_of_week, time_of_day, timezone } = configuration;
  if (!continuous_update || !time_of_day || !timezone) return null;
  return run_frequency === 'daily'
    ? { run_frequency, time_of_day, timezone }
    : { run_frequency, day_of_week, time_of_day, timezone };
}

/** Of a file of which something was chosen. */
function optionsOf({ source_authorization_id, configuration }: ExportValues): { file_options?: FileOptions } {
  const { file_options } = configuration;
  return source_authorization_id === '' && Object.keys(file_options).length > 0 ? { file_options } : {};
}

/** The whole configuration, as the API takes it; only what applies is sent. */
function configurationOf(values: ExportValues, own: OwnAudience | null): JobConfiguration {
  const { file_options: _, ...typed } = values.configuration;
  const isScheduled = typed.continuous_update;
  return {
    ...typed,
    segment_id: typed.segment_id.trim(),
    ...optionsOf(values),
    adaccount_id: typed.adaccount_id.trim(),
    ...audienceKeys(values, own),
    run_frequency: isScheduled ? typed.run_frequency : null,
    day_of_week: hasDay(values) ? typed.day_of_week : null,
    time_of_day: isScheduled ? typed.time_of_day || null : null,
    timezone: isScheduled ? typed.timezone || null : null,
    default_country: typed.identifier_type === 'phone' ? typed.default_country || null : null,
    ifa_format: typed.identifier_type === 'ifa' ? typed.ifa_format : 'sha256',
    max_shrink: typed.max_shrink / 100,
  };
}

/** @param authorizationId where the form does not choose one */
export const inputOf = (
  values: ExportValues,
  authorizationId: string,
  own: OwnAudience | null = null,
): NewJob => ({
  type: 'line_ads_audience_export',
  name: values.name.trim(),
  description: values.description.trim(),
  authorization_id: values.authorization_id || authorizationId,
  source_authorization_id: values.source_authorization_id || null,
  configuration: configurationOf(values, own),
});

/** A saved job's edit, as the API takes it. */
export function changeOf(values: ExportValues, own: OwnAudience | null): JobChange {
  const { type: _, ...change } = inputOf(values, '', own);
  return { ...change, another_audience: own !== null && choiceOf(values, own) === 'another' };
}

/** What shows the first values of the chosen field. */
export const sampleOf = (values: ExportValues): SampleRequest => ({
  source_authorization_id: values.source_authorization_id || null,
  segment_id: values.configuration.segment_id.trim(),
  ...optionsOf(values),
  id_field: values.configuration.id_field,
});

/** What the preview needs; null while it is not known. */
export function previewOf(values: ExportValues): PreviewRequest | null {
  const { identifier_type, ifa_format, default_country } = configurationOf(values, null);
  const sample = sampleOf(values);
  if (!sample.segment_id || !sample.id_field) return null;
  return { ...sample, identifier_type, ifa_format, default_country };
}
