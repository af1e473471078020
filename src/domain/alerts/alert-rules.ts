/**
 * Alert rules: when a number of a job is unusual. A broken rule raises an alert, and some rules may stop the run before
 * anything is sent. docs/alerts.md has each rule. Without Zod: the web app imports these values.
 */

/** All rules, in the order of the form. */
export const alertRuleNames = [
  'skipped_share',
  'size_change',
  'late',
  'slow',
  'estimate_drop',
  'match_rate_drop',
  'no_match',
] as const;
export type AlertRuleName = (typeof alertRuleNames)[number];

/** The bounds of the values of rules. */
export const alertBounds = {
  percent: { min: 1, max: 100 },
  /** A list may grow to a multiple of its size. */
  change: { min: 1, max: 1_000 },
  runs: { min: 2, max: 30 },
  minutes: { min: 5, max: 10_080 },
} as const;
