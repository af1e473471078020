/** An alert rule in a few words: "Warn · more than 10% · 7 runs". */
import type { AlertRuleName, AlertRules } from '../../src/domain/alerts/alerts.ts';
import { useTranslation } from '../i18n/provider.tsx';

type Rule = AlertRules[AlertRuleName];

/** @returns the words; of a rule that is missing, those of one that is off */
export function useAlertRuleText(): (rule: Rule) => string {
  const { t, format } = useTranslation();
  return (rule) =>
    [
      t(`alerts.action.${rule?.action ?? 'off'}`),
      rule && 'percent' in rule && t('alerts.fact.percent', { share: format.percent(rule.percent / 100) }),
      rule && 'runs' in rule && t('alerts.fact.runs', { count: rule.runs }),
      rule && 'minutes' in rule && t('alerts.fact.minutes', { count: rule.minutes }),
      rule && 'days' in rule && t('alerts.fact.days', { count: rule.days }),
    ]
      .filter(Boolean)
      .join(' · ');
}
