/** Retention: what is kept no longer, by the settings. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { forgetAudit } from '../store/audit-log.ts';
import { forgetIdempotent } from '../store/idempotency.ts';
import { forgetNotifications } from '../store/outbox.ts';
import { forgetRuns, withoutUseOfStaged } from '../store/runs.ts';
import type { ServiceDeps } from './deps.ts';
import { readSettings } from './settings.ts';

const DAY = 24 * 3_600_000;

export async function forgetOld({ db, now, stagingRoot }: ServiceDeps): Promise<void> {
  const { retention } = await readSettings(db);
  const ago = (days: number) => new Date(now().getTime() - days * DAY);
  await forgetRuns(db, ago(retention.runs_days));
  await forgetAudit(db, ago(retention.audit_days));
  await forgetIdempotent(db, ago(1));
  await forgetNotifications(db, ago(30));
  await discardStaged({ db, stagingRoot });
}

/** Staged chunks on this machine whose run has ended for good, or is known no more. */
async function discardStaged({ db, stagingRoot }: Pick<ServiceDeps, 'db' | 'stagingRoot'>): Promise<void> {
  // A directory that is not there yet holds nothing. A preview removes its own.
  const names = (await readdir(stagingRoot).catch(() => [])).filter((name) => !name.startsWith('preview-'));
  for (const runId of await withoutUseOfStaged(db, names)) {
    await rm(join(stagingRoot, runId), { recursive: true, force: true });
  }
}
