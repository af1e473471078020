/**
 * The flag `--alert <rule=values>`: an alert rule of a job, or of the workspace. Its values are those of the schema.
 */
import {
  type AlertRuleName,
  type AlertRules,
  alertRuleNames,
  alertRules,
  resultRules,
} from '../domain/alerts/alerts.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { issueSentence } from '../domain/text/localized.ts';
import { inEnglish } from '../domain/text/sentence.ts';

/** Null: the rule of the workspace applies again; in the workspace, the rule is off. */
export type GivenAlerts = { readonly [Name in AlertRuleName]?: AlertRules[Name] | null };

export const ALERT_FLAG = '--alert <rule=values>';
export const ALERT_HELP =
  'alert rule, e.g. skipped_share=10,stop size_change=30,7 leaving_share=20 late=90 slow=60 estimate_drop=30 match_rate_drop=30 no_match=warn runs_empty=7 audience_unusable=warn audience_ends=30; off switches a rule off, default leaves it to the settings; may be given several times';

/** The numbers of each rule, in their order. */
const numbers: Readonly<Record<AlertRuleName, readonly string[]>> = {
  skipped_share: ['percent'],
  size_change: ['percent', 'runs'],
  leaving_share: ['percent'],
  late: ['minutes'],
  slow: ['minutes'],
  estimate_drop: ['percent'],
  match_rate_drop: ['percent'],
  no_match: [],
  runs_empty: ['days'],
  audience_unusable: [],
  audience_ends: ['days'],
};

const isRule = (name: string): name is AlertRuleName => alertRuleNames.some((rule) => rule === name);

/** Reads one flag, and adds it to those before it. @throws {LineupError} `invalid_argument` */
export function oneMoreAlert(text: string, before: GivenAlerts = {}): GivenAlerts {
  const at = text.indexOf('=');
  const rule = text.slice(0, at < 0 ? undefined : at).trim();
  if (!isRule(rule)) {
    throw refused(`--alert: There is no alert rule "${rule}". The rules are ${alertRuleNames.join(', ')}.`);
  }
  if (Object.hasOwn(before, rule)) throw refused(`--alert: ${rule} is given more than once. Give it once.`);
  const values = text.slice(at + 1).trim();
  if (at < 0 || values === '') throw refused(`--alert: ${rule} has no values. ${exampleOf(rule)}`);
  if (values === 'default') return { ...before, [rule]: null };
  return { ...before, ...checked(rule, ruleOf(rule, values)) };
}

function ruleOf(rule: AlertRuleName, text: string): Record<string, unknown> {
  if (text === 'off') return { action: 'off' };
  const parts = text.split(',').map((part) => part.trim());
  const last = parts.at(-1) ?? '';
  const action = /^[a-z]+$/.test(last) ? last : 'warn';
  const given = action === last ? parts.slice(0, -1) : parts;
  const names = numbers[rule];
  if (given.length !== names.length || given.some((part) => !/^\d{1,9}$/.test(part))) {
    throw refused(`--alert: "${rule}=${text}" is not valid. ${exampleOf(rule)}`);
  }
  return { action, ...Object.fromEntries(names.map((name, index) => [name, Number(given[index])])) };
}

function checked(rule: AlertRuleName, value: Record<string, unknown>): AlertRules {
  const { data, error } = alertRules.safeParse({ [rule]: value });
  if (data) return data;
  const [issue] = error.issues;
  const name = String(issue?.path.at(-1) ?? rule);
  throw refused(`--alert: ${rule}, ${name}: ${issue ? inEnglish(issueSentence(issue)) : ''}`);
}

/** "Write size_change=<percent>,<runs>, with ,stop to stop the run, or size_change=off." */
function exampleOf(rule: AlertRuleName): string {
  const names = numbers[rule].map((name) => `<${name}>`).join(',') || 'warn';
  const mayStop = Object.hasOwn(resultRules.shape, rule);
  const stop = mayStop ? ', with ",stop" at the end to stop the run' : '';
  return `Write ${rule}=${names}${stop}, or ${rule}=off.`;
}

const refused = (message: string): LineupError => new LineupError('invalid_argument', message);

/** The rules after a change; undefined when none is left. */
export function withGiven(before: AlertRules | undefined, given: GivenAlerts): AlertRules | undefined {
  const all = Object.entries({ ...before, ...given }).filter(([, rule]) => rule !== null && rule !== undefined);
  return all.length === 0 ? undefined : Object.fromEntries(all);
}

/** "skipped_share=10,stop", as the flag takes it. */
export function describeRules(rules: AlertRules): string[] {
  return alertRuleNames.flatMap((name) => {
    const rule = rules[name];
    if (!rule) return [];
    const values = Object.entries(rule).flatMap(([key, value]) => (key === 'action' ? [] : [String(value)]));
    const action = rule.action === 'warn' && values.length > 0 ? [] : [rule.action];
    return [`${name}=${[...values, ...action].join(',')}`];
  });
}
