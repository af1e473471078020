/** Stops a running run. The dialog says what LINE will hold then, and what happens next. */
import { Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RunDetail } from '../../src/contracts/run-progress.ts';
import { scheduleOf } from '../../src/domain/schedule/schedule.ts';
import { useChange } from '../api/change.ts';
import { jobQuery, schedulePreviewQuery } from '../api/jobs.ts';
import { hasEnded, runQuery, runReportQuery, stopRun } from '../api/runs.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { useMe } from '../lib/me.ts';
import { Confirm } from './confirm.tsx';
import { useToast } from './toast.ts';

const POLL_MS = 1_000;

export function StopRun({ run, small }: { run: RunDetail; small?: boolean }) {
  const { t } = useTranslation();
  const { may } = useMe();
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const { id, job_id: jobId } = run;
  const stop = useChange(stopRun(id, jobId ?? ''), { onSuccess: () => toast.done(t('job.done.stop_run')) });
  if (jobId === null || hasEnded(run) || run.stopping || !may('jobs.act')) return null;
  return (
    <>
      <Button
        variant="default"
        size={small ? 'compact-sm' : undefined}
        c="var(--mantine-color-error)"
        aria-label={small ? t('run.stop.label', { name: run.job_name }) : undefined}
        onClick={() => setAsking(true)}
      >
        {small ? t('run.stop') : t('job.action.stop_run')}
      </Button>
      {asking && (
        <StopDialog runId={id} jobId={jobId} onClose={() => setAsking(false)} onStop={() => stop.mutateAsync()} />
      )}
    </>
  );
}

interface StopDialogProps {
  readonly runId: string;
  readonly jobId: string;
  readonly onClose: () => void;
  readonly onStop: () => Promise<unknown>;
}

export function StopDialog({ runId, jobId, onClose, onStop }: StopDialogProps) {
  const { t, format, language } = useTranslation();
  const job = useQuery(jobQuery(jobId)).data;
  const hasSchedule = job !== undefined && (scheduleOf(job.configuration) ?? job.trigger) !== undefined;
  const next = useQuery(schedulePreviewQuery(job?.configuration, language)).data?.times[0];
  return (
    <Confirm
      opened
      onClose={onClose}
      title={t('job.stop.title')}
      action={t('job.action.stop_run')}
      cancel={t('job.stop.keep')}
      onConfirm={onStop}
    >
      <Stack gap="sm">
        {job && (
          <Text fz="sm" c="dimmed">
            {job.name}
          </Text>
        )}
        <SentSoFar runId={runId} />
        <Text fz="sm">
          {job && !hasSchedule && t('job.stop.noSchedule')}
          {next && t('job.stop.next', { time: format.dateTime(next) })}
        </Text>
      </Stack>
    </Confirm>
  );
}

/** What LINE has accepted of the run so far, chunk by chunk. */
function SentSoFar({ runId }: { runId: string }) {
  const { t } = useTranslation();
  const run = useQuery({ ...runQuery(runId), refetchInterval: POLL_MS }).data;
  const report = useQuery({ ...runReportQuery(runId), refetchInterval: POLL_MS }).data;
  if (!run) return null;
  const { uploaded, unique: total, progress } = run;
  const sent = uploaded ?? 0;
  const onItsWay = progress?.stage === 'upload' ? progress.chunk : null;
  const withIt = (report?.chunks ?? [])
    .filter(({ index }) => onItsWay !== null && index <= onItsWay)
    .reduce((sum, { records }) => sum + records, 0);
  return (
    <>
      <Text fz="sm" fw={550} role="status">
        {total === null || sent === 0
          ? t('job.stop.none')
          : sent < total
            ? t('job.stop.part', { sent, total })
            : t('job.stop.all', { total })}
      </Text>
      {total !== null && onItsWay !== null && withIt > sent && (
        <Text fz="sm">{t('job.stop.onItsWay', { chunk: onItsWay, sent: withIt, total })}</Text>
      )}
      {total !== null && <Text fz="sm">{t('job.stop.goOn')}</Text>}
    </>
  );
}
