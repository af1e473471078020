/** The state of a thing as text with a dot. The colour only helps; the text says it. */
import { type ReactNode, useEffect, useState } from 'react';
import type { AuthorizationHealth } from '../../src/contracts/authorizations.ts';
import type { JobCondition, JobStatus } from '../../src/contracts/job-display.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { ServiceRunStatus } from '../../src/contracts/runs.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { useFailureText } from '../lib/failure-text.ts';
import { LineTerm } from './line-term.tsx';

type Tone = 'good' | 'busy' | 'idle' | 'care' | 'bad';

const conditionTones: Record<JobCondition, Tone> = {
  running: 'busy',
  scheduled: 'good',
  retrying: 'care',
  waiting: 'care',
  needs_approval: 'bad',
  paused: 'care',
  completed: 'good',
  failed: 'bad',
  terminated: 'idle',
};
/** For a line of the job's log. It is about the past, and asks for no action. */
const jobTones: Record<JobStatus, Tone> = {
  runnable: 'busy',
  sleeping: 'good',
  paused: 'care',
  completed: 'good',
  failed: 'bad',
  killed: 'idle',
};
const runTones: Record<ServiceRunStatus, Tone> = {
  queued: 'idle',
  running: 'busy',
  succeeded: 'good',
  failed: 'bad',
  interrupted: 'care',
  stopped: 'care',
  dry_run: 'idle',
};
const healthTones: Record<AuthorizationHealth, Tone> = { healthy: 'good', unhealthy: 'bad', unknown: 'idle' };

function Status({ tone, live, children }: { tone: Tone; live?: boolean; children: ReactNode }) {
  return (
    <span
      className="status"
      style={{ '--status': `var(--lineup-${tone})` } as Record<string, string>}
      data-live={live || undefined}
    >
      <i />
      {children}
    </span>
  );
}

type Marked = Pick<JobView, 'condition' | 'incomplete_at_line' | 'error' | 'error_count' | 'next_run_at'>;

/** The condition of a job, and whether LINE holds only a part of its audience. */
export function JobStatusMark({ job }: { job: Marked }) {
  const { t } = useTranslation();
  const { condition, incomplete_at_line: incomplete } = job;
  // A waiting job with an incomplete audience is not shown as good.
  const tone = incomplete && conditionTones[condition] === 'good' ? 'idle' : conditionTones[condition];
  return (
    <span className="statuses">
      <Status tone={tone} live={condition === 'running'}>
        {condition === 'retrying' ? <NextTry job={job} /> : t(`job.condition.${condition}`)}
      </Status>
      {incomplete && <Status tone="bad">{t('job.incomplete')}</Status>}
    </span>
  );
}

/** "Retrying, 3rd try in 4 min: LINE has a fault" */
function NextTry({ job: { error, error_count, next_run_at } }: { job: Marked }) {
  const { t, format } = useTranslation();
  const failureText = useFailureText();
  const now = useNow();
  if (!error || !next_run_at) return t('job.condition.retrying');
  const values = { nth: format.ordinal(error_count + 1), reason: failureText(error).title };
  return (
    <span className="status-words">
      {Date.parse(next_run_at) > now
        ? t('job.retrying', { ...values, time: format.until(next_run_at, now) })
        : t('job.retrying.due', values)}
    </span>
  );
}

/** The status that a job changed to, in its log. */
export function PastJobStatus({ status }: { status: JobStatus }) {
  const { t } = useTranslation();
  return <Status tone={jobTones[status]}>{t(`job.status.${status}`)}</Status>;
}

export function RunStatusMark({ status }: { status: ServiceRunStatus }) {
  const { t } = useTranslation();
  return (
    <Status tone={runTones[status]} live={status === 'running'}>
      {t(`run.status.${status}`)}
    </Status>
  );
}

export function HealthMark({ health }: { health: AuthorizationHealth }) {
  const { t } = useTranslation();
  return <Status tone={healthTones[health]}>{t(`health.${health}`)}</Status>;
}

/** The state of an audience or an upload job at LINE. */
export function LineStatus({ status }: { status: string }) {
  const tone: Tone =
    status === 'READY' || status === 'FINISHED'
      ? 'good'
      : status === 'FAILED' || status === 'EXPIRED'
        ? 'bad'
        : 'busy';
  return (
    <Status tone={tone}>
      <LineTerm constant={status} />
    </Status>
  );
}

export function TagList({ tags }: { tags: readonly string[] }) {
  return (
    <span className="tags">
      {tags.map((tag) => (
        <span key={tag} className="tag">
          {tag}
        </span>
      ))}
    </span>
  );
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
