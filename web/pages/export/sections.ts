/** The four sections of the export form, and the fields of each by their paths. */
import type { ExportValues } from './values.ts';

export const sections = {
  audience: [
    'name',
    'description',
    'source_authorization_id',
    'configuration.segment_id',
    'configuration.file_options',
  ],
  line: [
    'authorization_id',
    'another_audience',
    'configuration.adaccount_id',
    'configuration.audience_id',
    'configuration.audience_name',
    'configuration.identifier_type',
    'configuration.id_field',
    'configuration.default_country',
    'configuration.ifa_format',
    'configuration.ifa_kind',
    'configuration.member_days',
    'configuration.siblings',
    'configuration.split',
  ],
  schedule: [
    'configuration.continuous_update',
    'configuration.run_frequency',
    'configuration.day_of_week',
    'configuration.time_of_day',
    'configuration.timezone',
    'configuration.cron_expressions',
    'configuration.trigger',
  ],
  safety: [
    'configuration.max_shrink',
    'configuration.suppression_lists',
    'configuration.hold_out',
    'configuration.hash_in_database',
    'configuration.alerts',
  ],
} as const;

export type SectionName = keyof typeof sections;

/** Whether something in the section is wrong, so that it must be in sight. */
export const hasError = (name: SectionName, errors: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(errors).some(
    (path) => errors[path] && sections[name].some((start) => `${path}.`.startsWith(`${start}.`)),
  );

/** Whether a job differs from a plain one in what protects its audience. Lists for all jobs are not the job's own. */
export const hasOwnSafety = ({
  configuration: { suppression_lists, hold_out, hash_in_database, alerts },
}: ExportValues): boolean =>
  suppression_lists.length > 0 ||
  hold_out.share !== '' ||
  hold_out.experiment !== '' ||
  hash_in_database ||
  Object.keys(alerts).length > 0;
