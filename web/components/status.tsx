/** The state of a thing as text with a dot. The colour only helps; the text says it. */
import type { ReactNode } from 'react';
import type { Authorization, AuthorizationHealth } from '../../src/contracts/authorizations.ts';
import type { RunSummary } from '../../src/contracts/runs.ts';
import { isHeldBack } from '../../src/domain/jobs/conditions.ts';
import type { ServiceRunStatus } from '../../src/domain/runs/run.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { LineTerm } from './line-term.tsx';

export type Tone = 'good' | 'busy' | 'idle' | 'care' | 'bad';

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

export function Status({ tone, live, children }: { tone: Tone; live?: boolean; children: ReactNode }) {
  return (
    <span
      className="status"
      style={{ '--status': `var(--lineup-${tone})` } as Record<string, string>}
      data-live={live || undefined}
    >
      <i />
      {/* An element of its own can be cut with "…". */}
      <span>{children}</span>
    </span>
  );
}

interface RunStatusProps extends Partial<Pick<RunSummary, 'stopping'>> {
  readonly status: ServiceRunStatus;
  readonly error?: { readonly code: string } | null;
}

/** A run that a guard stopped has done what it should: it is no fault. */
export function RunStatusMark({ status, stopping, error }: RunStatusProps) {
  const { t } = useTranslation();
  if (stopping) return <Stopping />;
  if (status === 'failed' && isHeldBack(error ?? null)) return <Status tone="care">{t('run.status.guarded')}</Status>;
  return (
    <Status tone={runTones[status]} live={status === 'running'}>
      {t(`run.status.${status}`)}
    </Status>
  );
}

/** Of a run that somebody has stopped, and of its job, until its worker has ended it. */
export function Stopping() {
  const { t } = useTranslation();
  return (
    <Status tone="care" live>
      {t('run.stopping')}
    </Status>
  );
}

export function HealthMark({
  authorization,
}: {
  authorization: Pick<Authorization, 'health' | 'enter_again' | 'connection'>;
}) {
  const { t } = useTranslation();
  const { connection } = authorization;
  if (connection && !connection.connected) return <Status tone="care">{t('health.notConnected')}</Status>;
  return (
    <Status tone={healthTones[authorization.health]}>
      {t(authorization.enter_again ? 'health.enterAgain' : `health.${authorization.health}`)}
    </Status>
  );
}

interface LineStatusProps {
  readonly status: string;
  /** The same in other words. */
  readonly word?: string | undefined;
  /** The constant is in the tooltip. */
  readonly isQuiet?: boolean;
}

/** The state of an audience or an upload job at LINE. */
export function LineStatus({ status, word, isQuiet }: LineStatusProps) {
  const tone: Tone =
    status === 'READY' || status === 'FINISHED' ? 'good' : status === 'FAILED' || status === 'EXPIRED' ? 'bad' : 'busy';
  return (
    <Status tone={tone}>
      <LineTerm constant={word ?? status} isQuiet={isQuiet} />
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
