/** Jobs that wait for a signed webhook. */
import type { StoredJob } from '../../../contracts/job-store.ts';
import { triggerOf } from '../../../domain/schedule/triggers/index.ts';
import { fieldError } from '../../../domain/text/localized.ts';
import { sentence } from '../../../domain/text/sentence.ts';
import type { Db } from '../../../store/database/database.ts';
import { webhookSecretTimes } from '../../../store/repositories/webhooks.ts';
import type { Triggered } from './kind.ts';

/** What is known of their secrets. */
export async function awaitedWebhooks(
  db: Db,
  jobs: readonly StoredJob[],
  now: Date,
): Promise<(id: string) => Triggered> {
  const ids = jobs.filter(({ configuration }) => triggerOf(configuration)?.kind === 'webhook').map(({ id }) => id);
  const secrets = await webhookSecretTimes(db, ids, now);
  return (id) => {
    const times = secrets.get(id);
    return {
      view: {
        webhook: {
          secret_made_at: times?.madeAt.toISOString() ?? null,
          old_secret_valid_until: times?.oldUntil?.toISOString() ?? null,
        },
      },
      warnings: times ? [] : [fieldError('configuration.trigger', WITHOUT_SECRET)],
    };
  };
}

const WITHOUT_SECRET = sentence`This job waits for a webhook but has no signing secret, so nobody can send one. Make a secret on its page.`;
