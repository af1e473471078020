/**
 * Alert rules: when a number of a job is unusual. A broken rule raises an alert, and some rules may stop the run before
 * anything is sent. docs/alerts.md has each rule; checks.ts compares the numbers with them.
 */
import { z } from 'zod';
import { localizedShape } from '../text/localized.ts';
import { issueText } from '../text/sentence.ts';
import { knownId } from '../values/bounds.ts';
import { pageOf, pageQuery } from '../values/paging.ts';

/** All rules, in the order of the form. */
export const alertRuleNames = [
  'skipped_share',
  'size_change',
  'leaving_share',
  'late',
  'slow',
  'estimate_drop',
  'match_rate_drop',
  'no_match',
  'runs_empty',
  'audience_unusable',
  'audience_ends',
] as const;
export type AlertRuleName = (typeof alertRuleNames)[number];

/** The bounds of the values of rules. */
export const alertBounds = {
  percent: { min: 1, max: 100 },
  /** A list may grow to a multiple of its size. */
  change: { min: 1, max: 1_000 },
  runs: { min: 2, max: 30 },
  minutes: { min: 5, max: 10_080 },
  days: { min: 1, max: 60 },
} as const;

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
  /** More than `percent` of the members of the last run are not in this one. */
  leaving_share: stopping({ percent }),
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
  /** All members of a list leave in at most `days` days, and no run will send them again in time. */
  runs_empty: warning({ days: within(alertBounds.days) }),
  /** The destination takes nothing more into the audience. */
  audience_unusable: warning({}),
  /** In at most `days` days, a run fills another audience, because this one ends. */
  audience_ends: warning({ days: within(alertBounds.days) }),
} satisfies Record<(typeof alertRuleNames)[number], z.ZodType>;

/**
 * Rules of a job, or the defaults of the workspace. For a job, a rule that is missing is that of the workspace. For the
 * workspace, it is that of `builtInRules`, or off.
 */
export const alertRules = z
  .strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? issueText`There is no such alert rule. The rules are skipped_share, size_change, leaving_share, late, slow, estimate_drop, match_rate_drop, no_match, runs_empty, audience_unusable and audience_ends.`
        : undefined,
  })
  .partial();
export type AlertRules = z.infer<typeof alertRules>;

/**
 * Rules that are on until somebody switches them off. Who has not thought of them loses a whole audience, and they are
 * silent where that cannot happen.
 */
export const builtInRules = {
  runs_empty: { action: 'warn', days: 7 },
  audience_unusable: { action: 'warn' },
  audience_ends: { action: 'warn', days: 30 },
} as const satisfies AlertRules;

/**
 * The rules that can be broken for a job.
 * @param leaving how members leave its audiences (`DestinationTraits`)
 * @param ends whether its audiences end
 */
export const alertRulesOf = (leaving: 'replace' | 'never' | 'age', ends: boolean): readonly AlertRuleName[] =>
  alertRuleNames.filter((name) => {
    if (name === 'audience_ends') return ends;
    if (name === 'leaving_share') return leaving !== 'never';
    return leaving === 'age' || !Object.hasOwn(builtInRules, name);
  });

/** The rules of the workspace, with those that it has not chosen. */
export const withBuiltIn = (defaults: AlertRules): AlertRules => ({ ...builtInRules, ...defaults });

type Active<Rule> = Exclude<Rule, undefined | { readonly action: 'off' }>;

/** The rules that are checked. */
export type ActiveAlertRules = { readonly [Name in AlertRuleName]?: Active<AlertRules[Name]> };
/** Those among them that look at a result before it is sent. Only these can stop a run. */
export type ActiveResultRules = Pick<ActiveAlertRules, 'skipped_share' | 'size_change' | 'leaving_share'>;

/**
 * The rules of a job that are checked: its own, else the defaults of the workspace, else the built-in ones. A rule that
 * is off is left out.
 */
export function activeRules(defaults: AlertRules, own: AlertRules = {}): ActiveAlertRules {
  const all = Object.entries({ ...withBuiltIn(defaults), ...own });
  return Object.fromEntries(all.filter(([, rule]) => rule !== undefined && rule.action !== 'off'));
}

/** The part of the rules that looks at a result. Undefined when there is none. */
export function resultRulesOf(rules: ActiveAlertRules): ActiveResultRules | undefined {
  const { skipped_share, size_change, leaving_share } = rules;
  if (!skipped_share && !size_change && !leaving_share) return undefined;
  return {
    ...(skipped_share && { skipped_share }),
    ...(size_change && { size_change }),
    ...(leaving_share && { leaving_share }),
  };
}

/** The rules that look at a result before it is sent, as a run keeps them. */
export const resultRules = z.object({
  skipped_share: z.object({ action: stops, percent: z.number() }).optional(),
  size_change: z.object({ action: stops, percent: z.number(), runs: z.number() }).optional(),
  leaving_share: z.object({ action: stops, percent: z.number() }).optional(),
});

/** What a rule found. The unit is that of the rule: percent, minutes, hours, or days. */
export const alertFacts = {
  rule: alertRuleName,
  /** The limit of the rule. */
  threshold: z.number(),
  /** The measured value; for `size_change` with a sign. */
  measured: z.number(),
};

/** An alert of `late` that has no limit is that of a deadline: what the job waits for has not come. */
export const isOfDeadline = ({ rule, threshold }: { readonly rule: AlertRuleName; readonly threshold: number }) =>
  rule === 'late' && threshold === 0;

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
