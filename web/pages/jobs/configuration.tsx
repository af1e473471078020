/** The configuration of a job, with the labels and in the order of its form. */
import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { type AlertRules, alertRuleNames } from '../../../src/domain/alerts/alerts.ts';
import { schedulePreviewQuery } from '../../api/jobs.ts';
import { Facts } from '../../components/facts.tsx';
import { daysOfWeek } from '../../forms/choices.build.ts';
import { weekdayName } from '../../i18n/format.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useReadingText } from '../../sources/file-text.ts';
import { useSourceAudienceName } from '../../sources/source-audience-name.ts';
import { ListsOfJob, useListsOfJob } from './suppression-lists.tsx';

export function JobConfigurationFacts({ job }: { job: JobView }) {
  const { t, format, language } = useTranslation();
  const c = job.configuration;
  const audience = useSourceAudienceName(job.source_authorization_id, c.segment_id);
  const lists = useListsOfJob(job);
  const reading = useReadingText();
  const facts: Readonly<Record<string, ReactNode>> = {
    [t('form.source')]: job.source_label ?? t('form.source.files'),
    [t('form.segment_id')]: audience,
    [t('form.file_format')]: reading(c.file_options ?? {}) || null,
    [t('form.adaccount_id')]: c.adaccount_id,
    [t('form.audience_id')]: job.audience_id,
    [t('form.audience_name')]: c.audience_name,
    [t('form.identifier_type')]: t(`identifier.${c.identifier_type}`),
    [t('form.id_field')]: c.id_field,
    [t('form.default_country')]: c.default_country,
    [t('form.ifa_format')]: c.identifier_type === 'ifa' ? t(`form.ifa_format.${c.ifa_format}`) : null,
    [t('form.siblings')]: c.siblings.length > 0 ? <SiblingFacts siblings={c.siblings} /> : null,
    [t('form.continuous_update')]: c.continuous_update ? t('form.yes') : t('form.no'),
    [t('form.run_frequency')]: c.run_frequency && t(`frequency.${c.run_frequency}`),
    [t('form.day_of_week')]: c.day_of_week && weekdayName(daysOfWeek.indexOf(c.day_of_week), language),
    [t('form.time_of_day')]: c.time_of_day,
    [t('form.cron_expressions')]: c.cron_expressions && <CronExpressions expressions={c.cron_expressions} job={job} />,
    [t('form.timezone')]: c.timezone,
    [t('form.max_shrink')]: format.percent(c.max_shrink),
    [t('form.hold_out')]:
      c.hold_out &&
      t('form.hold_out.value', {
        share: format.percent(c.hold_out.share / 100),
        experiment: c.hold_out.experiment,
      }),
    [t('form.hash_in_database')]: c.hash_in_database ? t('form.yes') : null,
    [t('form.suppression_lists')]: lists.length > 0 ? <ListsOfJob lists={lists} job={job} /> : null,
    [t('alerts.rules')]: c.alerts ? <AlertRuleFacts rules={c.alerts} /> : null,
  };
  return <Facts facts={facts} />;
}

/** Each with its field and its options. Its audience is shown above. */
function SiblingFacts({ siblings }: Pick<JobView['configuration'], 'siblings'>) {
  const { t } = useTranslation();
  return (
    <Stack gap={4}>
      {siblings.map(({ identifier_type, id_field, default_country, ifa_format }) => (
        <div key={id_field}>
          {[
            t(`identifier.${identifier_type}`),
            id_field,
            default_country,
            identifier_type === 'ifa' && t(`form.ifa_format.${ifa_format}`),
          ]
            .filter(Boolean)
            .join(' · ')}
        </div>
      ))}
    </Stack>
  );
}

/** The rules of the job itself, one on each line. */
function AlertRuleFacts({ rules }: { rules: AlertRules }) {
  const { t, format } = useTranslation();
  return (
    <Stack gap={4}>
      {alertRuleNames.flatMap((name) => {
        const rule = rules[name];
        if (!rule) return [];
        const values = [
          'percent' in rule && format.percent(rule.percent / 100),
          'runs' in rule && t('alerts.fact.runs', { count: rule.runs }),
          'minutes' in rule && t('alerts.fact.minutes', { count: rule.minutes }),
          t(`alerts.action.${rule.action}`),
        ];
        return (
          <div key={name}>
            {t(`alerts.rule.${name}`)}
            {t('list.colon')}
            {values.filter(Boolean).join(' · ')}
          </div>
        );
      })}
    </Stack>
  );
}

/** Each with its meaning in words. */
function CronExpressions({ expressions, job }: { expressions: readonly string[]; job: JobView }) {
  const { language } = useTranslation();
  const { data } = useQuery(schedulePreviewQuery(job.configuration, language));
  return (
    <Stack gap={4}>
      {expressions.map((expression, index) => (
        <div key={expression}>
          <code>{expression}</code>
          <Text fz="sm" c="dimmed">
            {data?.words[index]}
          </Text>
        </div>
      ))}
    </Stack>
  );
}
