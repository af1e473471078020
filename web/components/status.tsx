/** The state of a thing as text with a dot. The colour only helps; the text says it. */
import type { ReactNode } from 'react';
import type { Authorization, AuthorizationHealth } from '../../src/contracts/authorizations.ts';
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
      {children}
    </span>
  );
}

export function RunStatusMark({ status }: { status: ServiceRunStatus }) {
  const { t } = useTranslation();
  return (
    <Status tone={runTones[status]} live={status === 'running'}>
      {t(`run.status.${status}`)}
    </Status>
  );
}

export function HealthMark({ authorization }: { authorization: Pick<Authorization, 'health' | 'enter_again'> }) {
  const { t } = useTranslation();
  return (
    <Status tone={healthTones[authorization.health]}>
      {t(authorization.enter_again ? 'health.enterAgain' : `health.${authorization.health}`)}
    </Status>
  );
}

/** The state of an audience or an upload job at LINE. @param word the same in other words */
export function LineStatus({ status, word }: { status: string; word?: string | undefined }) {
  const tone: Tone =
    status === 'READY' || status === 'FINISHED' ? 'good' : status === 'FAILED' || status === 'EXPIRED' ? 'bad' : 'busy';
  return (
    <Status tone={tone}>
      <LineTerm constant={word ?? status} />
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
