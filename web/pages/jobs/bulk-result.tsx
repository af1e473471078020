/** What became of many jobs, when some were refused: how many were done, and the others by the reason. */
import { Button, Group, Stack, Text } from '@mantine/core';
import type { BulkOutcome } from '../../../src/contracts/bulk.ts';
import type { BulkWork } from '../../api/bulk.ts';
import { Dialog } from '../../components/dialog.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { grouped } from '../../lib/grouped.ts';

/** The number of names that a reason has room for. */
const NAMED = 5;

export interface Result {
  readonly work: BulkWork;
  readonly outcomes: readonly BulkOutcome[];
  /** False: it was stopped, or the connection broke. */
  readonly isWhole: boolean;
  readonly nameOf: (id: string) => string;
}

interface BulkResultProps {
  readonly result: Result;
  readonly onClose: () => void;
}

export function BulkResult({ result: { work, outcomes, isWhole, nameOf }, onClose }: BulkResultProps) {
  const { t, translate } = useTranslation();
  const refused = outcomes.filter(({ outcome }) => outcome === 'refused');
  const done = outcomes.length - refused.length;
  const reasons = grouped(refused, ({ error }) => (error ? translate(error) : ''));
  const key = 'action' in work ? (`jobs.bulk.${work.action}` as const) : 'jobs.bulk.changed';
  return (
    <Dialog title={done > 0 ? t(key, { count: done }) : t('jobs.bulk.none')} onClose={onClose}>
      <Stack gap="sm">
        {!isWhole && <Text fz="sm">{t('jobs.bulk.cutOff')}</Text>}
        {refused.length > 0 && (
          <Text fz="sm" fw={550}>
            {t('jobs.bulk.refused', { count: refused.length })}
          </Text>
        )}
        {[...reasons].map(([reason, jobs]) => (
          <div key={reason}>
            <Text fz="sm">{reason}</Text>
            <Text fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {jobs
                .slice(0, NAMED)
                .map(({ id }) => nameOf(id))
                .join(t('list.comma'))}{' '}
              {jobs.length > NAMED && t('jobs.bulk.more', { count: jobs.length - NAMED })}
            </Text>
          </div>
        ))}
        {refused.length > 0 && (
          <Text fz="sm" c="dimmed">
            {t('jobs.bulk.stillSelected')}
          </Text>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('action.close')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
