/** An action on all selected jobs. When some jobs refuse it, the others go on, and the refused ones are named. */
import { Button, Group, Text } from '@mantine/core';
import type { BulkAction, BulkResult, JobView } from '../../../src/contracts/jobs.ts';
import { useChange } from '../../api/change.ts';
import { actOnJobs } from '../../api/jobs.ts';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';

type Offered = Exclude<BulkAction, 'continue'>;
const actions: readonly Offered[] = ['run_now', 'pause', 'resume'];

/** The number of names that a toast has room for. */
const NAMED = 5;

export function BulkActions({ jobs, onClear }: { jobs: readonly JobView[]; onClear: () => void }) {
  const { t, translate } = useTranslation();
  const toast = useToast();
  const act = useChange(actOnJobs<Offered>(jobs.map(({ id }) => id)), {
    onSuccess: ({ results }, action) => {
      showResult(action, results);
      onClear();
    },
    onError: toast.failed,
  });
  const showResult = (action: Offered, results: BulkResult['results']) => {
    const refused = results.filter(({ done }) => !done);
    const done = t(`jobs.bulk.${action}`, { count: results.length - refused.length });
    if (refused.length === 0) return toast.done(done);
    const named = refused.slice(0, NAMED).map(({ id, error }) => {
      const name = jobs.find((job) => job.id === id)?.name ?? id;
      return error ? `${name}${t('list.colon')}${translate(error)}` : name;
    });
    const more = refused.length - named.length;
    const rest = more > 0 ? [t('jobs.bulk.more', { count: more })] : [];
    toast.warn(
      refused.length < results.length ? done : t('jobs.bulk.none'),
      [t('jobs.bulk.refused', { count: refused.length }), ...named, ...rest].join(' '),
    );
  };
  return (
    <Group gap="xs" role="group" aria-label={t('jobs.bulk')}>
      <Text fz="sm" fw={550} role="status">
        {t('jobs.selected', { count: jobs.length })}
      </Text>
      {actions.map((action) => (
        <Button
          key={action}
          size="xs"
          variant="default"
          loading={act.isPending && act.variables === action}
          disabled={act.isPending}
          onClick={() => act.mutate(action)}
        >
          {t(`job.action.${action}`)}
        </Button>
      ))}
      <Button size="xs" variant="subtle" color="gray" onClick={onClear}>
        {t('jobs.clearSelection')}
      </Button>
    </Group>
  );
}
