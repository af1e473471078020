/**
 * The configuration of a job: what it exports, to which audience, and when. The keys are those of the Lytics LINE Ads export, in
 * the order of its form, plus `file_options`, `default_country`, `ifa_format` and `max_shrink`.
 */
import { z } from 'zod';
import {
  adAccountId,
  countryCode,
  customAudienceId,
  fieldName,
  maxShrink,
  plainLine,
  segmentId,
} from './bounds.ts';
import { brokenJobRules } from './job-rules.ts';
import { MAX_AUDIENCE_NAME } from './line-limits.ts';
import { identifierType, ifaFormat } from './run.ts';
import { dayOfWeek, runFrequency, type Schedule, timeOfDay, timeZone } from './schedule.ts';
import { issueText } from './sentence.ts';
import { fileOptions } from './sources.ts';

export const configurationFields = z.strictObject({
  /** The audience within its source: the id of a Lytics audience, a file, a table, a saved query. */
  segment_id: segmentId,
  /** How to read the file. Default: detect it from the file. */
  file_options: fileOptions.optional(),
  adaccount_id: adAccountId,
  /** An existing Custom Audience. Null: the first run creates one with the name `audience_name`. */
  audience_id: customAudienceId.nullable().default(null),
  audience_name: plainLine(issueText`Enter a name.`).max(MAX_AUDIENCE_NAME).nullable().default(null),
  identifier_type: identifierType,
  id_field: fieldName.optional(),
  continuous_update: z.boolean().default(true),
  run_frequency: runFrequency.nullable().default(null),
  day_of_week: dayOfWeek.nullable().default(null),
  time_of_day: timeOfDay.nullable().default(null),
  timezone: timeZone.nullable().default(null),
  default_country: countryCode.nullable().default(null),
  ifa_format: ifaFormat.default('sha256'),
  max_shrink: maxShrink.default(0.5),
});

/** The configuration. `id_field` defaults to the name of the identifier type (`email`, `phone`). */
export const jobConfiguration = configurationFields
  .superRefine(
    (value, context) => {
      if (typeof value !== 'object' || value === null) return;
      for (const { key, message } of brokenJobRules(value)) {
        context.addIssue({ code: 'custom', path: [key], message });
      }
    },
    // Also when a single field is wrong, to report all problems at once.
    { when: () => true },
  )
  .transform((value) => ({ ...value, id_field: value.id_field ?? value.identifier_type }));
export type JobConfiguration = z.infer<typeof jobConfiguration>;

/** The schedule of a configuration; undefined for a job that runs once. */
export function scheduleOf(configuration: JobConfiguration): Schedule | undefined {
  const { continuous_update, run_frequency, day_of_week, time_of_day, timezone } = configuration;
  if (!continuous_update || !run_frequency || !time_of_day || !timezone) return undefined;
  if (run_frequency === 'daily') return { run_frequency, time_of_day, timezone };
  return day_of_week ? { run_frequency, day_of_week, time_of_day, timezone } : undefined;
}
