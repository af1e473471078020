/**
 * What few exports need, at the end of the form, folded: further identifiers, suppression lists, a hold-out group,
 * hashing in the database, alert rules.
 */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { SuppressionList } from '../../../src/domain/audiences/suppression-lists.ts';
import { suppressionListsQuery } from '../../api/suppression-lists.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { useMe } from '../../lib/me.ts';
import type { SiblingFieldsProps } from './siblings/props.ts';
import type { ExportForm } from './use-export-form.ts';
import type { ExportValues } from './values.ts';

const laterFields = later(() => import('./more-fields.tsx'));

const paths = ['siblings', 'suppression_lists', 'hold_out', 'hash_in_database', 'alerts'].map(
  (name) => `configuration.${name}`,
);

const hasError = ({ errors }: ExportForm): boolean =>
  Object.keys(errors).some((path) => errors[path] && paths.some((start) => `${path}.`.startsWith(`${start}.`)));

/** Lists for all jobs are not the job's own. */
const hasOwnValue = ({
  configuration: { siblings, suppression_lists, hold_out, hash_in_database, alerts },
}: ExportValues): boolean =>
  siblings.length > 0 ||
  suppression_lists.length > 0 ||
  isHeldOut(hold_out) ||
  hash_in_database ||
  Object.keys(alerts).length > 0;

const isHeldOut = ({ share, experiment }: ExportValues['configuration']['hold_out']): boolean =>
  share !== '' || experiment !== '';

export function MoreOptions(props: SiblingFieldsProps) {
  const { form } = props;
  const { t } = useTranslation();
  const { may } = useMe();
  const lists = useQuery({ ...suppressionListsQuery, enabled: may('suppression_lists.read') });
  const [isUnfolded, setUnfolded] = useState(() => hasOwnValue(form.values));
  const isWrong = hasError(form);
  const isOpen = isUnfolded || isWrong;
  // Once shown, the fields stay in the page: an error of the server opens the fold again.
  const [isShown, setShown] = useState(isOpen);
  if (isOpen && !isShown) setShown(true);
  const fields = useLater(laterFields, isShown);
  const summary = useSummary(form.values, lists.data ?? []);
  return (
    <details
      className="fold"
      // The server may refuse lists for all jobs, too, while their field is not shown yet.
      data-path="configuration.suppression_lists"
      open={isOpen}
      onToggle={(event) => setUnfolded(event.currentTarget.open)}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button. What is wrong stays in sight. */}
      <summary onClick={(event) => isWrong && event.preventDefault()}>
        {t('form.more')}
        {!isOpen && summary.length > 0 && (
          <Text span fz="sm" fw={400} c="dimmed">
            {['', ...summary].join(' · ')}
          </Text>
        )}
      </summary>
      {fields && !lists.isLoading && <fields.MoreFields {...props} lists={lists} />}
    </details>
  );
}

/** What is set, in a few words. */
function useSummary({ configuration }: ExportValues, lists: readonly SuppressionList[]): string[] {
  const { t, format } = useTranslation();
  const { siblings, suppression_lists: chosen, hold_out, hash_in_database, alerts } = configuration;
  const rules = Object.keys(alerts).length;
  return [
    ...(siblings.length > 0 ? [t('form.siblings.count', { count: siblings.length })] : []),
    ...lists.filter(({ id, applies_to }) => applies_to === 'all_jobs' || chosen.includes(id)).map(({ name }) => name),
    ...(hold_out.share !== '' ? [t('form.hold_out.short', { share: format.percent(hold_out.share / 100) })] : []),
    ...(hash_in_database ? [t('form.hash_in_database')] : []),
    ...(rules > 0 ? [t('alerts.rules.count', { count: rules })] : []),
  ];
}
