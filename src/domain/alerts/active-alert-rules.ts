/** Which alert rules of a job are checked. */
import type { AlertRuleName } from './alert-rules.ts';
import type { AlertRules } from './alerts.ts';

type Active<Rule> = Exclude<Rule, undefined | { readonly action: 'off' }>;

/** The rules that are checked. */
export type ActiveAlertRules = { readonly [Name in AlertRuleName]?: Active<AlertRules[Name]> };
/** Those among them that look at a result before it is sent. Only these can stop a run. */
export type ActiveResultRules = Pick<ActiveAlertRules, 'skipped_share' | 'size_change'>;

/** The rules of a job that are checked: its own, else the defaults of the workspace. A rule that is off is left out. */
export function activeRules(defaults: AlertRules, own: AlertRules = {}): ActiveAlertRules {
  const all = Object.entries({ ...defaults, ...own });
  return Object.fromEntries(all.filter(([, rule]) => rule !== undefined && rule.action !== 'off'));
}

/** The part of the rules that looks at a result. Undefined when there is none. */
export function resultRulesOf({ skipped_share, size_change }: ActiveAlertRules): ActiveResultRules | undefined {
  if (!skipped_share && !size_change) return undefined;
  return { ...(skipped_share && { skipped_share }), ...(size_change && { size_change }) };
}
