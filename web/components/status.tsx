/** A state as a word with a dot: the colour helps, the word tells. */
import type { ReactNode } from 'react';
import type { AuthorizationHealth } from '../../src/contracts/authorizations.ts';
import type { JobCondition, JobStatus } from '../../src/contracts/job-display.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { ServiceRunStatus } from '../../src/contracts/runs.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { useFailureText } from '../lib/failure-text.ts';
import { useNow } from '../lib/use-now.ts';
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
/** Of a line of a job's log, which tells what was, and calls for nothing. */
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

/** How a job is, and whether LINE holds its audience whole. */
export function JobStatusMark({ job }: { job: Marked }) {
  const { t } = useTranslation();
  const { condition, incomplete_at_line: incomplete } = job;
  // What waits with a half-filled audience is not well.
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
  const failureWords = useFailureText();
  const now = useNow();
  if (!error || !next_run_at) return t('job.condition.retrying');
  const words = { nth: format.ordinal(error_count + 1), reason: failureWords(error).title };
  return (
    <span className="status-words">
      {Date.parse(next_run_at) > now
        ? t('job.retrying', { ...words, time: format.until(next_run_at, now) })
        : t('job.retrying.due', words)}
    </span>
  );
}

/** What a job's status became, in its log. */
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
