/** A state as a word with a dot: the colour helps, the word tells. */
import type { ReactNode } from 'react';
import type { AuthorizationHealth } from '../../src/contracts/authorizations.ts';
import type { JobStatus } from '../../src/contracts/jobs.ts';
import type { ServiceRunStatus } from '../../src/contracts/runs.ts';
import { useSpeech } from '../i18n/provider.tsx';

type Tone = 'good' | 'busy' | 'idle' | 'care' | 'bad';

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

export function JobStatusMark({ status }: { status: JobStatus }) {
  const { t } = useSpeech();
  return (
    <Status tone={jobTones[status]} live={status === 'runnable'}>
      {t(`job.status.${status}`)}
    </Status>
  );
}

export function RunStatusMark({ status }: { status: ServiceRunStatus }) {
  const { t } = useSpeech();
  return (
    <Status tone={runTones[status]} live={status === 'running'}>
      {t(`run.status.${status}`)}
    </Status>
  );
}

export function HealthMark({ health }: { health: AuthorizationHealth }) {
  const { t } = useSpeech();
  return <Status tone={healthTones[health]}>{t(`health.${health}`)}</Status>;
}

/** LINE's own word for the state of an audience or an upload job, as it is. */
export function LineStatus({ status }: { status: string }) {
  const tone: Tone =
    status === 'READY' || status === 'FINISHED'
      ? 'good'
      : status === 'FAILED' || status === 'EXPIRED'
        ? 'bad'
        : 'busy';
  return <Status tone={tone}>{status}</Status>;
}
