/** The condition of a job, and the statuses of its log. */
import { useEffect, useState } from 'react';
import type { JobTransition, JobView } from '../../src/contracts/jobs.ts';
import type { JobCondition, JobStatus } from '../../src/domain/jobs/conditions.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { useFailureText } from '../lib/failure-text.ts';
import { Status, Stopping, type Tone } from './status.tsx';

const conditionTones: Record<JobCondition, Tone> = {
  running: 'busy',
  scheduled: 'good',
  retrying: 'care',
  waiting: 'care',
  needs_approval: 'care',
  paused: 'care',
  completed: 'good',
  failed: 'bad',
  terminated: 'idle',
};
/** For a line of the job's log by a version without conditions. */
const jobTones: Record<JobStatus, Tone> = {
  runnable: 'busy',
  sleeping: 'good',
  paused: 'care',
  completed: 'good',
  failed: 'bad',
  killed: 'idle',
};

type Marked = Pick<JobView, 'condition' | 'incomplete_at_line' | 'error_count' | 'next_run_at'> &
  Partial<Pick<JobView, 'open_alerts'>> & {
    readonly error: { readonly code: string } | null;
    readonly last_run?: { readonly stopping?: boolean | undefined } | null;
  };

/** The condition of a job, whether LINE holds only a part of its audience, and its open alerts. */
export function JobStatusMark({ job }: { job: Marked }) {
  const { t } = useTranslation();
  const { condition, incomplete_at_line: incomplete, open_alerts: alerts = 0 } = job;
  // A waiting job with an incomplete audience is not shown as good.
  const tone = incomplete && conditionTones[condition] === 'good' ? 'idle' : conditionTones[condition];
  return (
    <span className="statuses">
      {job.last_run?.stopping ? (
        <Stopping />
      ) : (
        <Status tone={tone} live={condition === 'running'}>
          {condition === 'retrying' ? <NextTry job={job} /> : t(`job.condition.${condition}`)}
        </Status>
      )}
      {incomplete && <Status tone="bad">{t('job.incomplete')}</Status>}
      {alerts > 0 && <Status tone="care">{t('job.openAlerts', { count: alerts })}</Status>}
    </span>
  );
}

/** "Retrying, 3rd try in 4 min: LINE has a fault" */
function NextTry({ job: { error, error_count, next_run_at } }: { job: Marked }) {
  const { t, format } = useTranslation();
  const failureText = useFailureText();
  const now = useNow();
  if (!error || !next_run_at) return t('job.condition.retrying');
  const values = {
    nth: format.ordinal(error_count + 1),
    reason: failureText({ message: '', reason: null, ...error }).title,
  };
  return (
    <span className="status-words">
      {Date.parse(next_run_at) > now
        ? t('job.retrying', { ...values, time: format.until(next_run_at, now) })
        : t('job.retrying.due', values)}
    </span>
  );
}

/** What a job changed to, in its log. */
export function PastJobStatus({ line: { to_status: status, to_condition } }: { line: JobTransition }) {
  const { t } = useTranslation();
  if (to_condition) return <Status tone={conditionTones[to_condition]}>{t(`job.condition.${to_condition}`)}</Status>;
  return <Status tone={jobTones[status]}>{t(`job.status.${status}`)}</Status>;
}

/** The current time, updated regularly: for texts such as "in 4 min". */
function useNow(everyMs = 10_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
