/**
 * The health of authorizations: what was found when their credentials were used. Everything that finds something goes through
 * `keepHealth`, so that whoever waits for a key to work again has one place to look at.
 */
import type { Authorization, AuthorizationHealth } from '../contracts/authorizations.ts';
import { type LocalizedText, localized, sentenceOf } from '../contracts/sentence.ts';
import type { JobsContext } from '../jobs/context.ts';
import type { Tx } from '../store/database/database.ts';
import { recordHealth } from '../store/repositories/authorizations.ts';
import { lookAgain } from '../store/repositories/jobs.ts';

export interface FoundHealth {
  readonly health: AuthorizationHealth;
  /** Why it is not healthy, or what is worth knowing of one that is; null when there is nothing to say. */
  readonly reason: LocalizedText | null;
  /** The ad account that LINE accepted the key with. */
  readonly adAccountId?: string;
}

/**
 * Keeps it, unless the authorization was changed since it was tried. Jobs that wait for one that is healthy look again; people are
 * told when it is unhealthy from now on.
 */
export async function keepHealth(
  { publish, now }: Pick<JobsContext, 'publish' | 'now'>,
  tx: Tx,
  checked: Pick<Authorization, 'id' | 'revision'>,
  found: FoundHealth,
): Promise<void> {
  const at = now();
  const kept = await recordHealth(tx, checked, found, at);
  if (kept && found.health === 'healthy') await lookAgain(tx, checked.id, at);
  if (!kept || found.health !== 'unhealthy' || kept.before === 'unhealthy' || !found.reason) return;
  await publish(tx, {
    type: 'authorization_unhealthy',
    at: at.toISOString(),
    authorizationId: checked.id,
    authorizationLabel: kept.label,
    ...localized(sentenceOf(found.reason)),
  });
}
