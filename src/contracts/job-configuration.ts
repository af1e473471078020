/**
 * The configuration of a job: what it exports, to which audience, and when. The keys are those of the Lytics LINE Ads export, in
 * the order of its form, plus `file_options`, `cron_expressions`, `default_country`, `ifa_format`, `max_shrink`, `hold_out`,
 * `suppression_lists`, `alerts` and `siblings`.
 *
 * Also what a change of it means for the job's audience at LINE. Campaigns target that audience, so a job keeps it until a person
 * confirms that the job gets another one.
 */
import { z } from 'zod';
import { alertRules } from './alerts.ts';
import {
  adAccountId,
  chosenLists,
  countryCode,
  customAudienceId,
  fieldName,
  maxShrink,
  plainLine,
  segmentId,
} from './bounds.ts';
import { cronExpressions } from './cron-rules.ts';
import { holdOut } from './hold-out-rules.ts';
import { brokenJobRules } from './job-rules.ts';
import { MAX_AUDIENCE_NAME } from './line-limits.ts';
import { MOST_SIBLINGS } from './requests.ts';
import { identifierType, ifaFormat } from './run.ts';
import { dayOfWeek, runFrequency, timeOfDay, timeZone } from './schedule.ts';
import { issueText } from './sentence.ts';
import { fileOptions } from './sources.ts';

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
  /** Further identifiers of the same members. One scan reads them all. */
  siblings: z
    .array(siblingConfiguration)
    .max(MOST_SIBLINGS, issueText`A job has at most five identifiers.`)
    .default([]),
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

/** The keys of a configuration that decide which audience the job fills. */
type AudienceKeys = Pick<
  JobConfiguration,
  'adaccount_id' | 'audience_id' | 'audience_name' | 'identifier_type'
>;

/** Whether two configurations create the same audience: the same name, ad account and identifier type. */
export const requestsSameAudience = (a: AudienceKeys, b: AudienceKeys): boolean =>
  a.audience_name === b.audience_name &&
  a.adaccount_id === b.adaccount_id &&
  a.identifier_type === b.identifier_type;

export interface AudienceBefore {
  /** LINE's id; null before the first run has created the audience. */
  readonly audienceId: string | null;
  readonly configuration: AudienceKeys;
}

export type AudienceAfter =
  /** Null: the next run creates it. */
  | { readonly kind: 'kept'; readonly id: string | null }
  | { readonly kind: 'renamed'; readonly id: string; readonly name: string }
  /** An audience that exists at LINE. */
  | { readonly kind: 'chosen'; readonly id: string }
  /** The next run creates it. The audience `left` stays at LINE unchanged. */
  | { readonly kind: 'another'; readonly id: null; readonly left: string }
  /** The change does not fit `left`, and nobody has confirmed another audience. */
  | { readonly kind: 'unconfirmed'; readonly id: null; readonly left: string };

/** @param another whether a person has confirmed another audience */
export function audienceAfter(
  { audienceId, configuration: before }: AudienceBefore,
  after: AudienceKeys,
  another: boolean,
): AudienceAfter {
  if (after.audience_id !== null) {
    return after.audience_id === audienceId
      ? { kind: 'kept', id: audienceId }
      : { kind: 'chosen', id: after.audience_id };
  }
  if (audienceId === null) return { kind: 'kept', id: null };
  if (another) return { kind: 'another', id: null, left: audienceId };
  const fits = before.adaccount_id === after.adaccount_id && before.identifier_type === after.identifier_type;
  if (!fits) return { kind: 'unconfirmed', id: null, left: audienceId };
  return after.audience_name === null || after.audience_name === before.audience_name
    ? { kind: 'kept', id: audienceId }
    : { kind: 'renamed', id: audienceId, name: after.audience_name };
}
