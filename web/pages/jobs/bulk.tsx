/**
 * The bar of the selected jobs: what can be done with all of them, how far it is, and what became of them. It is loaded
 * with the first selection.
 */
import { Button, Group, Progress, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { BulkOutcome } from '../../../src/contracts/bulk.ts';
import type { JobRow } from '../../../src/contracts/job-rows.ts';
import { type BulkWork, type Chosen, doInBulk } from '../../api/bulk.ts';
import { refresh } from '../../api/change.ts';
import { Confirm } from '../../components/confirm.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { BulkResult, type Result } from './bulk-result.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { TagsDialog } from './tags-dialog.tsx';

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
      {result && <BulkResult result={result} nameOf={result.nameOf} onClose={close} />}
    </>
  );
}

/** Does the work, and knows how far it is. */
function useBulk({ jobs, chosen, onDone }: Pick<BulkActionsProps, 'jobs' | 'chosen' | 'onDone'>) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [progress, setProgress] = useState<{ done: number; count: number } | null>(null);
  const [result, setResult] = useState<(Result & { nameOf: (id: string) => string }) | null>(null);
  const going = useRef<AbortController | null>(null);
  const start = async (work: BulkWork, all: number) => {
    const names = new Map(jobs.map(({ id, name }) => [id, name]));
    const outcomes: BulkOutcome[] = [];
    const stopping = new AbortController();
    going.current = stopping;
    setProgress({ done: 0, count: all });
    try {
      const take = (outcome: BulkOutcome) => {
        outcomes.push(outcome);
        setProgress({ done: outcomes.length, count: all });
      };
      const isWhole = await doInBulk(chosen, work, take, stopping.signal);
      const refused = outcomes.filter(({ outcome }) => outcome === 'refused').map(({ id }) => id);
      const told = new Set(outcomes.map(({ id }) => id));
      onDone([...refused, ...(isWhole ? [] : (chosen.ids ?? []).filter((id) => !told.has(id)))]);
      const nameOf = (id: string) => names.get(id) ?? id;
      if (refused.length > 0 || !isWhole) setResult({ work, outcomes, isWhole, nameOf });
      else toast.done(textOf(work, outcomes.length));
    } catch (error) {
      if (!stopping.signal.aborted) toast.failed(error as Error);
    } finally {
      setProgress(null);
      going.current = null;
      await refresh(queries, 'jobs', 'runs');
    }
  };
  const textOf = (work: BulkWork, many: number) =>
    t('action' in work ? `jobs.bulk.${work.action}` : 'jobs.bulk.changed', { count: many });
  return { start, stop: () => going.current?.abort(), progress, result, close: () => setResult(null) };
}
