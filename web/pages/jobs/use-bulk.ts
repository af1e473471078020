/** Does something with many jobs, knows how far it is, and offers to undo a pause or a resumption. */
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { BulkOutcome } from '../../../src/contracts/bulk.ts';
import type { JobRow } from '../../../src/contracts/job-rows.ts';
import { type BulkWork, type Chosen, doInBulk } from '../../api/bulk.ts';
import { refresh } from '../../api/change.ts';
import { useToast } from '../../components/toast.ts';
import type { Undo } from '../../components/toasts.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import type { Result } from './bulk-result.tsx';
import { type Back, idsOf, undoOf } from './bulk-undo.ts';

interface Bulk {
  /** Those on the page. */
  readonly jobs: readonly JobRow[];
  readonly chosen: Chosen;
  /** @param left the ids of the jobs that were refused, or of which nobody knows */
  readonly onDone: (left: readonly string[]) => void;
}

export function useBulk({ jobs, chosen, onDone }: Bulk) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [progress, setProgress] = useState<{ done: number; count: number } | null>(null);
  const [result, setResult] = useState<(Result & { readonly onClose?: () => void }) | null>(null);
  const going = useRef<AbortController | null>(null);

  const perform = async (some: Chosen, work: BulkWork, all: number) => {
    const outcomes: BulkOutcome[] = [];
    const stopping = new AbortController();
    going.current = stopping;
    setProgress({ done: 0, count: all });
    try {
      const take = (outcome: BulkOutcome) => {
        outcomes.push(outcome);
        setProgress({ done: outcomes.length, count: all });
      };
      const isWhole = await doInBulk(some, work, take, stopping.signal);
      const told = new Set(outcomes.map(({ id }) => id));
      const unknown = isWhole ? [] : (some.ids ?? []).filter((id) => !told.has(id));
      return { work, outcomes, isWhole, left: [...idsOf(outcomes, 'refused'), ...unknown] };
    } finally {
      setProgress(null);
      going.current = null;
      void refresh(queries, 'jobs', 'runs');
    }
  };

  const start = async (work: BulkWork, all: number) => {
    const before = new Map(jobs.map((job) => [job.id, job]));
    const nameOf = (id: string) => before.get(id)?.name ?? id;
    const textOf = (some: BulkWork, count: number) =>
      t('action' in some ? `jobs.bulk.${some.action}` : 'jobs.bulk.changed', { count });
    const undo = async (back: Back, say: Parameters<Undo>[0]) => {
      const undone = await perform({ ids: back.ids }, { action: back.action }, back.ids.length);
      const many = idsOf(undone.outcomes, 'done').length;
      const refused = idsOf(undone.outcomes, 'refused').length;
      const title = many > 0 ? textOf({ action: back.action }, many) : t('jobs.bulk.none');
      if (refused === 0) say({ message: title });
      else say({ title, message: t('jobs.bulk.refused', { count: refused }) });
      if (undone.left.length === 0 && undone.isWhole) return;
      onDone(undone.left);
      setResult({ ...undone, nameOf });
    };
    try {
      const answer = await perform(chosen, work, all);
      onDone(answer.left);
      const refused = idsOf(answer.outcomes, 'refused').length;
      const back = undoOf('action' in work ? work.action : undefined, answer.outcomes, before);
      const tell = () => toast.done(textOf(work, answer.outcomes.length - refused), back && ((say) => undo(back, say)));
      if (refused === 0 && answer.isWhole) tell();
      // Whoever has read what was refused may want nothing of it.
      else setResult({ ...answer, nameOf, ...(back && { onClose: tell }) });
    } catch (error) {
      if ((error as Error).name !== 'AbortError') toast.failed(error as Error);
    }
  };
  const close = () => {
    setResult(null);
    result?.onClose?.();
  };
  return { start, stop: () => going.current?.abort(), progress, result, close };
}
