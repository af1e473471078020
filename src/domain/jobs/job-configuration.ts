/**
 * The configuration of a job: what it exports, to which audience, and when. The keys are those of the Lytics LINE Ads
 * export, in the order of its form, plus `file_options`, `cron_expressions`, `default_country`, `ifa_format`,
 * `max_shrink`, `hold_out`, `suppression_lists`, `alerts`, `hash_in_database` and `siblings`.
 */
import { z } from 'zod';
import { alertRules } from '../alerts/alerts.ts';
import { holdOut } from '../audiences/hold-out-rules.ts';
import { MAX_SIBLINGS } from '../audiences/requests.ts';
import { fileOptions } from '../files/file-options.ts';
import { identifierType, ifaFormat } from '../runs/run.ts';
import { cronExpressions } from '../schedule/cron-rules.ts';
import { dayOfWeek, runFrequency, timeOfDay, timeZone } from '../schedule/schedule.ts';
import { issueText } from '../text/sentence.ts';
import {
  adAccountId,
  chosenLists,
  countryCode,
  customAudienceId,
  fieldName,
  maxShrink,
  plainLine,
  segmentId,
} from '../values/bounds.ts';
import { MAX_AUDIENCE_NAME } from '../values/line-limits.ts';
import { brokenJobRules } from './job-rules.ts';

/** The audience of a delivery. */
const audience = {
  /** An existing Custom Audience. Null: the first run creates one with the name `audience_name`. */
  audience_id: customAudienceId.nullable().default(null),
  audience_name: plainLine(issueText`Enter a name.`).max(MAX_AUDIENCE_NAME).nullable().default(null),
};

/** A further identifier of the same members, for an audience of its own. */
export const siblingConfiguration = z.strictObject({
  ...audience,
  identifier_type: identifierType,
  id_field: fieldName,
  default_country: countryCode.nullable().default(null),
  ifa_format: ifaFormat.default('sha256'),
});

export const SIBLINGS = 'Further identifiers of the same members, each for a custom audience of its own.';

export const configurationFields = z.strictObject({
  /** The audience within its source: the id of a Lytics audience, a file, a table, a saved query. */
  segment_id: segmentId,
  /** How to read the file. Default: detect it from the file. */
  file_options: fileOptions.optional(),
  adaccount_id: adAccountId,
  ...audience,
  identifier_type: identifierType,
  id_field: fieldName.optional(),
  continuous_update: z.boolean().default(true),
  run_frequency: runFrequency.nullable().default(null),
  day_of_week: dayOfWeek.nullable().default(null),
  time_of_day: timeOfDay.nullable().default(null),
  timezone: timeZone.nullable().default(null),
  /** Of a custom schedule. */
  cron_expressions: cronExpressions.nullable().default(null),
  default_country: countryCode.nullable().default(null),
  ifa_format: ifaFormat.default('sha256'),
  max_shrink: maxShrink.default(0.5),
  /** Members that stay out of the audience, to measure what a campaign does. */
  hold_out: holdOut.nullable().default(null),
  /** The suppression lists that it chooses. Lists for all jobs apply in any case. */
  suppression_lists: chosenLists.default([]),
  /** Alert rules. One that is missing is that of the workspace. */
  alerts: alertRules.optional(),
  /** The database of the source judges and hashes the identifiers, so that none leaves it. */
  hash_in_database: z.boolean().default(false),
  siblings: z
    .array(siblingConfiguration)
    .max(MAX_SIBLINGS, issueText`A job can have at most five identifiers. Remove some.`)
    .default([])
    .describe(SIBLINGS),
});

/** The configuration. `id_field` defaults to the name of the identifier type (`email`, `phone`). */
export const jobConfiguration = configurationFields
  .superRefine(
    (value, context) => {
      if (typeof value !== 'object' || value === null) return;
      for (const { path, message } of brokenJobRules(value)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
    },
    // Also when a single field is wrong, to report all problems at once.
    { when: () => true },
  )
  .transform((value) => ({ ...value, id_field: value.id_field ?? value.identifier_type }));
export type JobConfiguration = z.infer<typeof jobConfiguration>;
