/** Asks before a run is stopped: what LINE will hold then, as of this moment, and what happens next. */
import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { JobConfiguration, JobView } from '../../../src/contracts/jobs.ts';
import type { Schedule } from '../../../src/contracts/schedule.ts';
import { nextTimesQuery, runQuery, runReportQuery } from '../../api/queries.ts';
import { Confirm } from '../../components/confirm.tsx';
import { useSpeech } from '../../i18n/provider.tsx';

const OFTEN_MS = 1_000;

interface StopRunProps {
  readonly job: JobView;
  readonly onClose: () => void;
  readonly onStop: () => Promise<unknown>;
}

export function StopRun({ job, onClose, onStop }: StopRunProps) {
  const { t, format } = useSpeech();
  const schedule = scheduleOf(job.configuration);
  const next = useQuery(nextTimesQuery(schedule)).data?.[0];
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
        {job.last_run && <Held runId={job.last_run.id} />}
        <Text fz="sm">
          {schedule === null
            ? t('job.stop.noSchedule')
            : next && t('job.stop.next', { time: format.dateTime(next) })}
        </Text>
      </Stack>
    </Confirm>
  );
}

/** What LINE has taken of the run so far, chunk by chunk. */
function Held({ runId }: { runId: string }) {
  const { t } = useSpeech();
  const run = useQuery({ ...runQuery(runId), refetchInterval: OFTEN_MS }).data;
  const report = useQuery({ ...runReportQuery(runId), refetchInterval: OFTEN_MS }).data;
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

function scheduleOf(of: JobConfiguration): Schedule | null {
  const { continuous_update, run_frequency, day_of_week, time_of_day, timezone } = of;
  if (!continuous_update || !run_frequency || !time_of_day || !timezone) return null;
  if (run_frequency === 'daily') return { run_frequency, time_of_day, timezone };
  return day_of_week && { run_frequency, day_of_week, time_of_day, timezone };
}
