/** Stops a run that goes on, when a person has read what LINE will hold then. */
import { Button, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { RunDetail } from '../../../src/contracts/run-progress.ts';
import { get, post } from '../../api/client.ts';
import { Confirm } from '../../components/confirm.tsx';
import { useMe } from '../../components/signed-in.tsx';
import { useSpeech } from '../../i18n/provider.tsx';
import { hasEnded } from './follow.ts';

export function StopRun({ run, small }: { run: RunDetail; small?: boolean }) {
  const { t } = useSpeech();
  const { may } = useMe();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { id, job_id: jobId } = run;
  if (jobId === null || hasEnded(run) || !may('jobs.act')) return null;
  const stop = async () => {
    // Another run of the job may have begun since this one was looked at last: that one nobody wants to stop.
    const now = await get<RunDetail>(`/runs/${id}`);
    if (!hasEnded(now)) await post(`/jobs/${jobId}/actions/stop_run`);
    await queries.invalidateQueries({ queryKey: ['runs'] });
    await queries.invalidateQueries({ queryKey: ['jobs'] });
  };
  return (
    <>
      <Button
        variant="default"
        size={small ? 'compact-sm' : undefined}
        c="var(--mantine-color-error)"
        aria-label={small ? t('run.stop.label', { name: run.job_name }) : undefined}
        onClick={() => setAsking(true)}
      >
        {t('run.stop')}
      </Button>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('run.stop.title')}
        action={t('run.stop')}
        onConfirm={stop}
      >
        <Text fz="sm">{run.job_name}</Text>
        <Text fz="sm" mt="xs">
          <WhatLineHolds run={run} />
        </Text>
      </Confirm>
    </>
  );
}

/** What of this run LINE has taken so far, and may take yet. */
function WhatLineHolds({ run: { uploaded, unique, mode, progress } }: { run: RunDetail }) {
  const { t } = useSpeech();
  const sending = progress?.stage === 'upload';
  if (!uploaded || unique === null) {
    if (!sending || unique === null) return t('run.stop.untouched');
    return mode === 'append' ? t('run.stop.firstAdded') : t('run.stop.first', { total: unique });
  }
  if (uploaded >= unique) return t('run.stop.whole', { total: unique });
  const counts = { sent: uploaded, total: unique };
  return (
    <>
      {mode === 'append' ? t('run.stop.added', counts) : t('run.stop.replaced', counts)}
      {sending && ` ${t('run.stop.sending')}`}
    </>
  );
}
