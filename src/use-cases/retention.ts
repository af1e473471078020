/** Retention: what is kept no longer, by the settings. */
import { forgetAudit } from '../store/repositories/audit-log.ts';
import { forgetIdempotent } from '../store/repositories/idempotency.ts';
import { forgetNotifications } from '../store/repositories/outbox.ts';
import { forgetQuarantines } from '../store/repositories/quarantine.ts';
import { forgetRuns } from '../store/repositories/runs.ts';
import type { UseCaseDeps } from './deps.ts';
import { readSettings } from './settings.ts';

const DAY = 24 * 3_600_000;

export async function forgetOld({ db, now }: UseCaseDeps): Promise<void> {
  const { retention } = await readSettings(db);
  const ago = (days: number) => new Date(now().getTime() - days * DAY);
  await forgetRuns(db, ago(retention.runs_days));
  await forgetAudit(db, ago(retention.audit_days));
  await forgetIdempotent(db, ago(1));
  await forgetNotifications(db, ago(30));
  await forgetQuarantines(db, ago(30));
}
