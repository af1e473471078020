/** The configuration of a job in groups, with the labels and in the order of its form. */
import { Anchor, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useId } from 'react';
import type { JobView } from '../../../src/contracts/jobs.ts';
import { type AlertRuleName, type AlertRules, alertRulesOf, withBuiltIn } from '../../../src/domain/alerts/alerts.ts';
import { uploadOfSegment } from '../../../src/domain/files/file-names.ts';
import { schedulePreviewQuery } from '../../api/jobs.ts';
import { useProviderOfJob } from '../../api/providers.ts';
import { Copyable } from '../../components/copyable.tsx';
import { Facts } from '../../components/facts.tsx';
import { AdsManager } from '../../components/outside.tsx';
import { daysOfWeek } from '../../forms/choices.build.ts';
import { weekdayName } from '../../i18n/format.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { accountLabel } from '../../lib/account-label.ts';
import { useAlertRuleText } from '../../lib/alert-rule-text.ts';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import { useReadingText } from '../../sources/file-text.ts';
import { useSourceAudienceName } from '../../sources/source-audience-name.ts';
import { ListsOfJob, useListsOfJob } from './suppression-lists.tsx';
import { Awaited, awaitedLabel } from './trigger-facts.tsx';

const laterParts = later(() => import('./parts.tsx'));

export function JobConfigurationFacts({ job }: { job: JobView }) {
  const { t, format, language } = useTranslation();
  const c = job.configuration;
  const audience = useSourceAudienceName(job.source_authorization_id, c.segment_id);
  const lists = useListsOfJob(job);
  const reading = useReadingText();
  const provider = useProviderOfJob(job.type);
  const { account, leaving, modes = [] } = provider?.destination ?? {};
  const byAge = leaving?.by === 'age';
  const parts = useLater(laterParts, Boolean(c.split));
  const isUpload = uploadOfSegment(c.segment_id) !== undefined;
  return (
    <div className="card fact-groups">
      <Group title={t('job.configuration.audience')}>
        {{
          [t('form.source')]: job.source_label ?? t('form.source.files'),
          [t('form.segment_id')]: isUpload ? audience : <Copyable text={c.segment_id}>{audience}</Copyable>,
          [t('form.file_format')]: reading(c.file_options ?? {}) || null,
          [t('form.identifier_type')]: t(`identifier.${c.identifier_type}`),
          [t('form.id_field')]: c.id_field,
          [t('form.default_country')]: c.default_country,
          [t('form.ifa_format')]: c.identifier_type === 'ifa' ? t(`form.ifa_format.${c.ifa_format}`) : null,
          [t('form.ifa_kind')]: c.ifa_kind ? t(`form.ifa_kind.${c.ifa_kind}`) : null,
          [t('form.siblings')]: c.siblings.length > 0 ? <SiblingFacts siblings={c.siblings} /> : null,
          [t('form.hash_in_database')]: c.hash_in_database ? t('form.yes') : null,
        }}
      </Group>
      <Group title={t('job.configuration.line')}>
        {{
          [t(accountLabel(account))]: <Copyable text={c.adaccount_id} />,
          [t('form.audience_name')]: c.split ? null : <AudienceAtLine job={job} />,
          [t('form.split')]: c.split ? parts && <parts.SplitFacts split={c.split} /> : null,
          [t('form.audience_id')]: job.audience_id && (
            <>
              <Copyable text={job.audience_id} /> {provider?.id === 'line_ads' && <AdsManager />}
            </>
          ),
          [t('form.member_days')]:
            c.member_days === undefined ? null : `${format.number(c.member_days)} ${t('form.member_days.unit')}`,
        }}
      </Group>
      <Group title={t('job.configuration.schedule')}>
        {{
          [t('form.continuous_update')]: c.continuous_update ? t('form.yes') : t('form.no'),
          [t('form.run_frequency')]: c.run_frequency && t(`frequency.${c.run_frequency}`),
          [t('form.day_of_week')]: c.day_of_week && weekdayName(daysOfWeek.indexOf(c.day_of_week), language),
          [t('form.time_of_day')]: c.time_of_day,
          [t('form.cron_expressions')]: c.cron_expressions && (
            <CronExpressions expressions={c.cron_expressions} job={job} />
          ),
          ...(c.trigger && { [t(awaitedLabel(c.trigger.kind))]: <Awaited job={job} kind={c.trigger.kind} /> }),
          [t('form.trigger.every')]: c.trigger && t('alerts.fact.minutes', { count: c.trigger.at_most_every_minutes }),
          [t('form.trigger.deadline')]: c.trigger?.deadline,
          [t('form.timezone')]: c.timezone,
        }}
      </Group>
      <Group title={t('job.configuration.safety')}>
        {{
          [t(byAge ? 'form.max_shrink.warns' : 'form.max_shrink')]:
            byAge || modes.includes('replace') ? format.percent(c.max_shrink) : null,
          [t('form.hold_out')]:
            c.hold_out &&
            t('form.hold_out.value', {
              share: format.percent(c.hold_out.share / 100),
              experiment: c.hold_out.experiment,
            }),
          [t('form.suppression_lists')]: lists.length > 0 ? <ListsOfJob lists={lists} job={job} /> : null,
          [t('alerts.rules')]: (
            <AlertRuleFacts
              own={c.alerts ?? {}}
              rules={alertRulesOf(leaving?.by ?? 'replace', Boolean(provider?.destination?.life_days))}
            />
          ),
        }}
      </Group>
    </div>
  );
}

/** A null value is left out. */
function Group({ title, children }: { title: string; children: Readonly<Record<string, ReactNode>> }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <Facts isPart facts={children} />
    </section>
  );
}

/** The name of the audience: a link to it among those of its ad account. */
function AudienceAtLine({ job }: { job: JobView }) {
  const { audience_name, adaccount_id } = job.configuration;
  const name = audience_name ?? job.last_run?.audience_name ?? job.audience_id;
  if (name === null || job.audience_id === null) return name;
  const search = { authorization: job.authorization_id, account: adaccount_id, search: audience_name ?? undefined };
  return (
    <Anchor fz="inherit" renderRoot={(props) => <Link to="/audiences" search={search} {...props} />}>
      {name}
    </Anchor>
  );
}

/** Each with its field and its options. Its audience is shown above. */
function SiblingFacts({ siblings }: Pick<JobView['configuration'], 'siblings'>) {
  const { t } = useTranslation();
  return (
    <Stack gap={4}>
      {siblings.map(({ identifier_type, id_field, default_country, ifa_format, ifa_kind, shares }) => (
        <div key={id_field}>
          {[
            t(`identifier.${identifier_type}`),
            id_field,
            default_country,
            identifier_type === 'ifa' && t(`form.ifa_format.${ifa_format}`),
            ifa_kind && t(`form.ifa_kind.${ifa_kind}`),
            shares && t('form.siblings.shares'),
          ]
            .filter(Boolean)
            .join(' · ')}
        </div>
      ))}
    </Stack>
  );
}

/** The rules that are checked, one on each line: those of the job, and those of the settings. */
function AlertRuleFacts({ own, rules }: { own: AlertRules; rules: readonly AlertRuleName[] }) {
  const { t } = useTranslation();
  const { alerts } = useMe();
  const defaults = withBuiltIn(alerts);
  const textOf = useAlertRuleText();
  const isOn = (name: AlertRuleName) => (own[name] ?? defaults[name] ?? { action: 'off' }).action !== 'off';
  const named = rules.filter((name) => own[name] !== undefined || isOn(name));
  if (named.length === 0) return t('alerts.action.off');
  return (
    <Stack gap={4}>
      {named.map((name) => (
        <div key={name}>
          {t(`alerts.rule.${name}`)}
          {t('list.colon')}
          {own[name] ? textOf(own[name]) : t('alerts.action.default.is', { rule: textOf(defaults[name]) })}
        </div>
      ))}
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
