/** The alert rules of a job, or of the workspace: for each rule what happens, and its values. */
import { Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import {
  type AlertRuleName,
  type AlertRules,
  alertBounds,
  alertRuleNames,
  builtInRules,
  withBuiltIn,
} from '../../src/domain/alerts/alerts.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { useAlertRuleText } from '../lib/alert-rule-text.ts';
import { useMe } from '../lib/me.ts';
import { NumberField } from './number-field.tsx';
import { Select } from './select.tsx';

interface AlertFieldsProps {
  readonly value: AlertRules;
  readonly onChange: (value: AlertRules) => void;
  /** Where the rules stand in the request, with a dot at the end; empty for the request itself. */
  readonly prefix: string;
  readonly errors: Readonly<Record<string, ReactNode>>;
  /** Called when a person leaves a field. */
  readonly onVisit?: (path: string) => void;
  /** A job may leave a rule to the settings. */
  readonly hasDefaults?: boolean;
  /** @default all */
  readonly rules?: readonly AlertRuleName[];
}

/** The values of each rule, as a rule begins that is switched on. */
const beginnings = {
  skipped_share: { percent: 10 },
  size_change: { percent: 30, runs: 7 },
  leaving_share: { percent: 20 },
  late: { minutes: 120 },
  slow: { minutes: 60 },
  estimate_drop: { percent: 30 },
  match_rate_drop: { percent: 30 },
  no_match: {},
  runs_empty: { days: builtInRules.runs_empty.days },
  audience_unusable: {},
  audience_ends: { days: builtInRules.audience_ends.days },
} as const satisfies Record<AlertRuleName, Values>;

interface Values {
  readonly percent?: number;
  readonly runs?: number;
  readonly minutes?: number;
  readonly days?: number;
}
type ValueName = keyof Values;

type Action = 'default' | 'off' | 'warn' | 'stop';

const mayStop = (rule: AlertRuleName): boolean => ['skipped_share', 'size_change', 'leaving_share'].includes(rule);

const boundsOf = (rule: AlertRuleName, name: ValueName) =>
  alertBounds[rule === 'size_change' && name === 'percent' ? 'change' : name];

export function AlertFields({ value, onChange, rules = alertRuleNames, ...props }: AlertFieldsProps) {
  return (
    <Stack gap="md">
      {rules.map((rule) => (
        <RuleFields
          key={rule}
          rule={rule}
          value={value[rule]}
          onChange={(next) => {
            const { [rule]: _, ...others } = value;
            onChange(next ? { ...others, [rule]: next } : others);
          }}
          {...props}
        />
      ))}
    </Stack>
  );
}

interface RuleFieldsProps extends Omit<AlertFieldsProps, 'value' | 'onChange' | 'rules'> {
  readonly rule: AlertRuleName;
  readonly value: AlertRules[AlertRuleName];
  /** Undefined: the rule is left to the settings; in the settings, it is the built-in one, or off. */
  readonly onChange: (value: object | undefined) => void;
}

function RuleFields({ rule, value: given, onChange, prefix, errors, onVisit, hasDefaults }: RuleFieldsProps) {
  const { t } = useTranslation();
  const { alerts: defaults } = useMe();
  const textOf = useAlertRuleText();
  const isBuiltIn = Object.hasOwn(builtInRules, rule);
  const value = given ?? (hasDefaults ? undefined : withBuiltIn({})[rule]);
  const none = hasDefaults ? 'default' : 'off';
  const actions = [
    ...(hasDefaults ? (['default'] as const) : []),
    ...(['off', 'warn'] as const),
    ...(mayStop(rule) ? (['stop'] as const) : []),
  ];
  const action = value?.action ?? none;
  const values = (value && value.action !== 'off' ? value : {}) as Values;
  const change = (next: Action) => {
    // What is on by itself must be switched off.
    if (next === none && (hasDefaults || !isBuiltIn)) onChange(undefined);
    else onChange(next === 'off' ? { action: next } : { ...beginnings[rule], ...values, action: next });
  };
  const labelOf = (choice: Action) =>
    choice === 'default'
      ? t('alerts.action.default.is', { rule: textOf(withBuiltIn(defaults)[rule]) })
      : t(`alerts.action.${choice}`);
  const path = `${prefix}${rule}`;
  const number = (name: ValueName) => {
    const { max } = boundsOf(rule, name);
    const at = `${path}.${name}`;
    return (
      <NumberField
        key={name}
        label={t(`alerts.${name}`)}
        unit={name === 'percent' ? '%' : undefined}
        data-path={at}
        error={errors[at]}
        value={values[name] ?? ''}
        // 0 is refused rather than taken for the lowest value.
        min={0}
        max={max}
        onChange={(typed) => onChange({ ...value, [name]: typed })}
        onBlur={() => onVisit?.(at)}
      />
    );
  };
  const names = Object.keys(beginnings[rule]) as ValueName[];
  return (
    <div>
      <Select
        label={t(`alerts.rule.${rule}`)}
        allowDeselect={false}
        data-path={path}
        error={errors[path]}
        data={actions.map((choice) => ({ value: choice, label: labelOf(choice) }))}
        value={action}
        onChange={(next) => change((next ?? none) as Action)}
      />
      {value && value.action !== 'off' && names.length > 0 && (
        <Group grow align="flex-start" mt="xs" role="group" aria-label={t(`alerts.rule.${rule}`)}>
          {names.map(number)}
        </Group>
      )}
    </div>
  );
}
