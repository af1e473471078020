/** Alert rules of jobs and of the workspace, and the alerts that they raise, in the HTTP API. */
import { z } from 'zod';
import { localizedShape } from '../text/localized.ts';
import { issueText } from '../text/sentence.ts';
import { knownId } from '../values/bounds.ts';
import { pageOf, pageQuery } from '../values/paging.ts';
import { alertBounds, alertRuleNames } from './alert-rules.ts';

export const alertRuleName = z.enum(alertRuleNames);

const within = ({ min, max }: { readonly min: number; readonly max: number }) => z.number().int().min(min).max(max);

const percent = within(alertBounds.percent);
const minutes = within(alertBounds.minutes);

const off = z.strictObject({ action: z.literal('off') });
const actionMissing = issueText`Choose the action: off or warn.`;
const actionOrStopMissing = issueText`Choose the action: off, warn or stop.`;
const warn = z.literal('warn');
/** `warn` raises an alert; `stop` also stops the run before the upload. */
const stops = z.enum(['warn', 'stop']);

const warning = <Values extends z.ZodRawShape>(values: Values) =>
  z.discriminatedUnion('action', [off, z.strictObject({ action: warn, ...values })], actionMissing);
const stopping = <Values extends z.ZodRawShape>(values: Values) =>
  z.discriminatedUnion('action', [off, z.strictObject({ action: stops, ...values })], actionOrStopMissing);

const shape = {
  /** More than `percent` of the values are missing or invalid. */
  skipped_share: stopping({ percent }),
  /** The list differs by more than `percent` from the mean of the last `runs` runs. */
  size_change: stopping({ percent: within(alertBounds.change), runs: within(alertBounds.runs) }),
  /** A run has not succeeded `minutes` after its slot. */
  late: warning({ minutes }),
  /** A run takes longer than `minutes`. */
  slow: warning({ minutes }),
  /** LINE's estimate is more than `percent` below the mean of earlier runs. */
  estimate_drop: warning({ percent }),
  /** The match rate is more than `percent` below the mean of earlier runs. */
  match_rate_drop: warning({ percent }),
  /** LINE has matched nobody for 24 hours. */
  no_match: warning({}),
} satisfies Record<(typeof alertRuleNames)[number], z.ZodType>;

/** Rules of a job, or the defaults of the workspace. For a job, a rule that is missing is that of the workspace. */
export const alertRules = z
  .strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? issueText`There is no such alert rule. The rules are skipped_share, size_change, late, slow, estimate_drop, match_rate_drop and no_match.`
        : undefined,
  })
  .partial();
export type AlertRules = z.infer<typeof alertRules>;

/** The rules that look at a result before it is sent, as a run keeps them. */
export const resultRules = z.object({
  skipped_share: z.object({ action: stops, percent: z.number() }).optional(),
  size_change: z.object({ action: stops, percent: z.number(), runs: z.number() }).optional(),
});

/** What a rule found. The unit is that of the rule: percent, minutes, or hours. */
export const alertFacts = {
  rule: alertRuleName,
  /** The limit of the rule. */
  threshold: z.number(),
  /** The measured value; for `size_change` with a sign. */
  measured: z.number(),
};

/** An alert is open from its begin to its end: `cleared_at`. A job has at most one open alert for each rule. */
export const alert = z.object({
  id: z.number().int(),
  job_id: z.string(),
  job_name: z.string(),
  ...alertFacts,
  /** What is unusual, as measured last. */
  ...localizedShape,
  /** The run with the measured value. */
  run_id: z.string().nullable(),
  raised_at: z.string(),
  cleared_at: z.string().nullable(),
});
export type Alert = z.infer<typeof alert>;

export const alertListQuery = pageQuery.extend({
  job_id: knownId.optional(),
  /** `true`: only open alerts · `false`: only past ones. */
  open: z.enum(['true', 'false']).optional(),
});
export type AlertListQuery = z.infer<typeof alertListQuery>;

export const alertPage = pageOf(alert);
export type AlertPage = z.infer<typeof alertPage>;
