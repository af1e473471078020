/**
 * The health of authorizations: whether their credentials worked at the last use. All code that learns about it calls
 * `keepHealth`, so this is the only place where jobs that wait for a key are woken.
 */
import type { Authorization, AuthorizationHealth } from '../contracts/authorizations.ts';
import type { DomainEvent } from '../contracts/domain-events.ts';
import type { Clock } from '../contracts/ports.ts';
import { type LocalizedText, localized, sentenceOf } from '../domain/text/sentence.ts';
import type { Tx } from '../store/database/database.ts';
import { recordHealth } from '../store/repositories/authorizations.ts';
import { wakeWaitingJobs } from '../store/repositories/jobs.ts';

export interface HealthContext {
  /** Puts an event into the outbox of notifications, in the same transaction. */
  readonly publish: (tx: Tx, event: DomainEvent) => Promise<void>;
  readonly now: Clock['now'];
}

export interface FoundHealth {
  readonly health: AuthorizationHealth;
  /** Why it is not healthy, or a remark on a healthy one; null without either. */
  readonly reason: LocalizedText | null;
  /** The ad account for which LINE accepted the key. */
  readonly adAccountId?: string;
}

/**
 * Stores the health, unless the authorization was changed after the check. A healthy result wakes the jobs that wait
 * for it. The change to unhealthy publishes an event for notifications.
 */
export async function keepHealth(
  { publish, now }: HealthContext,
  tx: Tx,
  checked: Pick<Authorization, 'id' | 'revision'>,
  found: FoundHealth,
): Promise<void> {
  const at = now();
  const kept = await recordHealth(tx, checked, found, at);
  if (kept && found.health === 'healthy') await wakeWaitingJobs(tx, checked.id, at);
  if (!kept || found.health !== 'unhealthy' || kept.before === 'unhealthy' || !found.reason) return;
  await publish(tx, {
    type: 'authorization_unhealthy',
    at: at.toISOString(),
    authorizationId: checked.id,
    authorizationLabel: kept.label,
    ...localized(sentenceOf(found.reason)),
  });
}
