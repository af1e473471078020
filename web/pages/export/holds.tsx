/** What each section of the form holds, in a few words. Only a folded section shows it. */
import type { SuppressionList } from '../../../src/domain/audiences/suppression-lists.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { shareOf } from '../../lib/percent.ts';
import { useSourceAudienceName } from '../../sources/source-audience-name.ts';
import { audienceName, filledAudience, type OwnAudience } from './own-audience.ts';
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
  const { adaccount_id, identifier_type, id_field, siblings, split } = values.configuration;
  const name = audienceName(values, own);
  const isNew = filledAudience(values, own) === '' && values.configuration.audience_name !== '';
  const type = t(`identifier.${identifier_type}`);
  return joined([
    adaccount_id,
    split.isOn ? t('split.holds', { column: split.column }) : isNew ? t('form.section.line.new', { name }) : name,
    id_field === '' ? type : `${type} (${id_field})`,
    siblings.length > 0 && t('form.siblings.count', { count: siblings.length }),
  ]);
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
