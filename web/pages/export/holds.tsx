/** What each section of the form holds, in a few words. Only a folded section shows it. */
import { useQuery } from '@tanstack/react-query';
import type { SuppressionList } from '../../../src/domain/audiences/suppression-lists.ts';
import { schedulePreviewQuery } from '../../api/jobs.ts';
import { daysOfWeek } from '../../forms/choices.build.ts';
import { weekdayName } from '../../i18n/format.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { shareOf } from '../../lib/percent.ts';
import { useSourceAudienceName } from '../../sources/source-audience-name.ts';
import { audienceName, filledAudience, type OwnAudience } from './own-audience.ts';
import { filledIn, isCustom } from './request.ts';
import type { ExportValues } from './values.ts';

const joined = (parts: readonly (string | false)[]): string =>
  parts.filter((part) => part !== false && part.trim() !== '').join(' · ');

interface HoldsProps {
  readonly values: ExportValues;
}

export function AudienceHolds({ values }: HoldsProps) {
  const { t } = useTranslation();
  const { segment_id } = values.configuration;
  const name = useSourceAudienceName(values.source_authorization_id || null, segment_id);
  return joined([values.name, segment_id === '' ? t('form.section.audience.none') : name]);
}

export function LineHolds({ values, own }: HoldsProps & { readonly own: OwnAudience | null }) {
  const { t } = useTranslation();
  const { adaccount_id, identifier_type, id_field, siblings } = values.configuration;
  const name = audienceName(values, own);
  const isNew = filledAudience(values, own) === '' && values.configuration.audience_name !== '';
  const type = t(`identifier.${identifier_type}`);
  return joined([
    adaccount_id,
    isNew ? t('form.section.line.new', { name }) : name,
    id_field === '' ? type : `${type} (${id_field})`,
    siblings.length > 0 && t('form.siblings.count', { count: siblings.length }),
  ]);
}

export function ScheduleHolds({ values }: HoldsProps) {
  const { t, language } = useTranslation();
  const { configuration } = values;
  const { continuous_update, run_frequency, day_of_week, time_of_day: time, timezone: zone } = configuration;
  const expressions = filledIn(configuration.cron_expressions);
  const { data } = useQuery({
    ...schedulePreviewQuery({ ...configuration, cron_expressions: expressions }, language),
    enabled: isCustom(values) && expressions.length > 0,
  });
  if (!continuous_update) return t('form.schedule.once');
  if (run_frequency === 'custom') return `${(data?.words ?? [t('frequency.custom')]).join(' · ')} (${zone})`;
  const day = weekdayName(daysOfWeek.indexOf(day_of_week), language);
  return `${t(`form.schedule.${run_frequency}`, { time, day })} (${zone})`;
}

interface SafetyHoldsProps extends HoldsProps {
  readonly lists: readonly SuppressionList[];
  readonly byAge: boolean;
  readonly shrinks: boolean;
}

export function SafetyHolds({ values, lists, byAge, shrinks }: SafetyHoldsProps) {
  const { t, format } = useTranslation();
  const { max_shrink, suppression_lists, hold_out, hash_in_database, alerts } = values.configuration;
  const applied = lists.filter(({ id, applies_to }) => applies_to === 'all_jobs' || suppression_lists.includes(id));
  const rules = Object.keys(alerts).length;
  return joined([
    shrinks &&
      max_shrink !== '' &&
      t(byAge ? 'form.section.safety.warns' : 'form.section.safety.shrink', {
        share: format.percent(shareOf(max_shrink)),
      }),
    applied.length > 0 && t('form.section.safety.lists', { count: applied.length }),
    hold_out.share !== '' && t('form.hold_out.short', { share: format.percent(hold_out.share / 100) }),
    hash_in_database && t('form.hash_in_database'),
    rules > 0 && t('alerts.rules.count', { count: rules }),
  ]);
}
