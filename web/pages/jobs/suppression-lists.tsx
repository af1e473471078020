/** The suppression lists of a job, and those of them that keep nobody out. */
import { Anchor, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JobView } from '../../../src/contracts/jobs.ts';
import type { SuppressionList } from '../../../src/contracts/suppression-lists.ts';
import { suppressionListsQuery } from '../../api/suppression-lists.ts';
import { useMe } from '../../lib/me.ts';
import { hasFieldFor, NoField } from '../suppression-lists/no-field.tsx';

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
  const { identifier_type, siblings } = job.configuration;
  const types = [...new Set([identifier_type, ...siblings.map((one) => one.identifier_type)])];
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
          {types
            .filter((type) => !hasFieldFor(list, type))
            .map((type) => (
              <NoField key={type} type={type} />
            ))}
        </div>
      ))}
    </Stack>
  );
}
