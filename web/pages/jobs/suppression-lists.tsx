/** The suppression lists of a job, and those of them that keep nobody out. */
import { Anchor, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import type { SuppressionList } from '../../../src/domain/audiences/suppression-lists.ts';
import { suppressionListsQuery } from '../../api/suppression-lists.ts';
import { MissingFields } from '../../components/missing-fields.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { typesOf } from '../../lib/missing-types.ts';

/** Empty until they are loaded. */
export function useListsOfJob({ configuration }: JobView): readonly SuppressionList[] {
  const { may } = useMe();
  const all = useQuery({ ...suppressionListsQuery, enabled: may('suppression_lists.read') });
  const chosen = configuration.suppression_lists;
  return all.data?.filter(({ id, applies_to }) => applies_to === 'all_jobs' || chosen.includes(id)) ?? [];
}

interface ListsOfJobProps {
  readonly lists: readonly SuppressionList[];
  readonly job: JobView;
}

export function ListsOfJob({ lists, job }: ListsOfJobProps) {
  const { t } = useTranslation();
  const { longest_stay_days: days } = job;
  return (
    <Stack gap={4}>
      {lists.map((list) => (
        <div key={list.id}>
          <Anchor
            fz="inherit"
            renderRoot={(props) => <Link to="/suppression-lists/$id" params={{ id: list.id }} {...props} />}
          >
            {list.name}
          </Anchor>
          <MissingFields list={list} types={typesOf(job.configuration)} />
        </div>
      ))}
      {days !== null && (
        <Text fz="xs" c="dimmed">
          {t('suppression.stay', { count: days })}
        </Text>
      )}
    </Stack>
  );
}
