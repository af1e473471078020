/**
 * The bar of the selected jobs: what can be done with all of them, how far it is, and what became of them. It is loaded
 * with the first selection.
 */
import { Button, Group, Progress, Text } from '@mantine/core';
import { useState } from 'react';
import type { JobRow } from '../../../src/contracts/job-rows.ts';
import type { BulkWork, Chosen } from '../../api/bulk.ts';
import { Confirm } from '../../components/confirm.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { BulkResult } from './bulk-result.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { TagsDialog } from './tags-dialog.tsx';
import { useBulk } from './use-bulk.ts';

const actions = ['run_now', 'pause', 'resume', 'continue'] as const;
type Offered = (typeof actions)[number];

/** So many runs at once are asked about. */
const MANY = 20;
const starting: readonly Offered[] = ['run_now', 'continue'];

interface BulkActionsProps {
  /** Those on the page. */
  readonly jobs: readonly JobRow[];
  readonly chosen: Chosen;
  readonly count: number;
  /** Selects all jobs that match, also those on other pages. */
  readonly onEverything: (() => void) | undefined;
  readonly total: number;
  /** @param left the ids of the jobs that were refused, or of which nobody knows */
  readonly onDone: (left: readonly string[]) => void;
}

export function BulkActions({ jobs, chosen, count, onEverything, total, onDone }: BulkActionsProps) {
  const { t } = useTranslation();
  const { may } = useMe();
  const [asking, setAsking] = useState<'tags' | 'move' | Offered | null>(null);
  const { start, stop, progress, result, close } = useBulk({ jobs, chosen, onDone });
  const begin = (action: Offered) =>
    starting.includes(action) && count > MANY ? setAsking(action) : void start({ action }, count);
  const change = (change: Extract<BulkWork, { change: unknown }>['change']) => {
    setAsking(null);
    void start({ change }, count);
  };
  return (
    <>
      {(count > 0 || progress !== null) && (
        <Group gap="xs" role="group" aria-label={t('jobs.bulk')} className="card bulk-bar">
          {progress === null ? (
            <>
              <Text fz="sm" fw={550} role="status">
                {t('jobs.selected', { count })}
              </Text>
              <div className="bulk-actions">
                {onEverything && (
                  <Button size="xs" variant="subtle" onClick={onEverything}>
                    {t('jobs.selectMatching', { count: total })}
                  </Button>
                )}
                {actions.map((action) => (
                  <Button key={action} size="xs" variant="default" onClick={() => begin(action)}>
                    {t(`job.action.${action}`)}
                  </Button>
                ))}
                {may('jobs.write') && (
                  <>
                    <Button size="xs" variant="default" onClick={() => setAsking('tags')}>
                      {t('jobs.bulk.tags')}
                    </Button>
                    <Button size="xs" variant="default" onClick={() => setAsking('move')}>
                      {t('jobs.bulk.move')}
                    </Button>
                  </>
                )}
              </div>
              <Button size="xs" variant="subtle" color="gray" onClick={() => onDone([])}>
                {t('jobs.clearSelection')}
              </Button>
            </>
          ) : (
            <>
              <Progress
                aria-label={t('jobs.bulk.progress')}
                value={(progress.done / progress.count) * 100}
                style={{ flex: '1 1 120px' }}
              />
              <Text fz="sm" className="numbers">
                {t('jobs.bulk.part', { done: progress.done, count: progress.count })}
              </Text>
              <Button size="xs" variant="default" onClick={stop}>
                {t('jobs.bulk.stop')}
              </Button>
            </>
          )}
        </Group>
      )}
      {asking === 'tags' && <TagsDialog jobs={jobs} count={count} onClose={() => setAsking(null)} onChange={change} />}
      {asking === 'move' && <MoveDialog count={count} onClose={() => setAsking(null)} onChange={change} />}
      {asking !== null && asking !== 'tags' && asking !== 'move' && (
        <Confirm
          opened
          title={t('jobs.bulk.sure', { count })}
          action={t(`job.action.${asking}`)}
          onClose={() => setAsking(null)}
          onConfirm={async () => void start({ action: asking }, count)}
        >
          {t('jobs.bulk.sure.detail')}
        </Confirm>
      )}
      {result && <BulkResult result={result} onClose={close} />}
    </>
  );
}
