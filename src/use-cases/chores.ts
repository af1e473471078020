/** The regular chores of the service. Each chore reads from the database what is due. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LineupError } from '../domain/errors/errors.ts';
import type { RunJournals } from '../jobs/run-journals.ts';
import type { Chore } from '../jobs/scheduler.ts';
import { purgeLeases } from '../store/coordination/lease-table.ts';
import { purgeAlerts } from '../store/repositories/alerts.ts';
import { purgeAudit } from '../store/repositories/audit-streams.ts';
import { uncheckedFor } from '../store/repositories/authorizations.ts';
import { purgeIdempotent } from '../store/repositories/idempotency.ts';
import { purgeNotifications } from '../store/repositories/outbox.ts';
import { purgeQuarantines } from '../store/repositories/quarantine.ts';
import { earlierClock, purgeRuns } from '../store/repositories/run-history.ts';
import { lookTable } from '../store/repositories/trigger-looks.ts';
import { purgeWebhooks } from '../store/repositories/webhooks.ts';
import { purgeStagingKeys, withoutStagingKey } from '../store/secrets/staging-keys.ts';
import { watchAlerts } from './alerts.ts';
import type { ChoreDeps, UseCaseDeps } from './deps.ts';
import { watchEmptying } from './emptying.ts';
import { watchEnding } from './ending.ts';
import { tidyFingerprints } from './fingerprints.ts';
import { lookAtSources } from './jobs/triggers/look.ts';
import { watchMatching } from './matching.ts';
import { putWeeklyDigest } from './notifications/digest.ts';
import { emptyOutbox } from './notifications/outbox.ts';
import { readSettings } from './settings.ts';
import { deleteOldAttempts } from './sign-in-attempts.ts';
import { recheckPeople } from './single-sign-on/recheck.ts';
import { endPartsLeftBehind } from './split/left-behind.ts';
import { emptyIfMissing, sweepUploads, tidyUploads } from './uploads/tidy.ts';
import { verifyAuthorization } from './verification.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Entries of the audit log stay so much longer when a stream has not delivered them. */
const UNSENT_DAYS = 90;

export const choresOf = (deps: ChoreDeps): readonly Chore[] => [
  // Every time the scheduler looks for due work.
  { name: 'notifications', everyMs: 0, run: (signal) => emptyOutbox(deps, signal) },
  { name: 'weekly-digest', everyMs: MINUTE, run: () => putWeeklyDigest(deps) },
  { name: 'uploads', everyMs: 0, run: () => tidyUploads(deps) },
  { name: 'staging-keys', everyMs: 0, run: () => purgeStagingKeys(deps.db, deps.now()) },
  { name: 'fingerprints', everyMs: 10 * MINUTE, run: () => tidyFingerprints(deps) },
  { name: 'leases', everyMs: MINUTE, run: () => purgeLeases(deps.db) },
  { name: 'matching', everyMs: 5 * MINUTE, run: (signal) => watchMatching(deps, signal) },
  {
    name: 'looks',
    everyMs: 30_000,
    run: (signal, leave) => lookAtSources({ ...deps, looks: lookTable(deps.db) }, signal, leave),
  },
  { name: 'alerts', everyMs: MINUTE, run: (signal) => watchAlerts(deps, signal) },
  { name: 'emptying', everyMs: 10 * MINUTE, run: (signal) => watchEmptying(deps, signal) },
  { name: 'ending', everyMs: 10 * MINUTE, run: (signal) => watchEnding(deps, signal) },
  { name: 'health', everyMs: 60 * MINUTE, run: (signal) => checkHealth(deps, signal) },
  { name: 'retention', everyMs: 60 * MINUTE, run: (signal) => forgetOld(deps, signal) },
  { name: 'parts', everyMs: 10 * MINUTE, run: (signal) => endPartsLeftBehind(deps, signal) },
  { name: 'webhooks', everyMs: 10 * MINUTE, run: () => purgeWebhooks(deps.db, deps.now()) },
  { name: 'sign-in-attempts', everyMs: MINUTE, run: () => deleteOldAttempts(deps) },
  ...recheckOf(deps),
  { name: 'staged', everyMs: 10 * MINUTE, everywhere: true, run: () => discardStaged(deps) },
  { name: 'upload-files', everyMs: 60 * MINUTE, run: () => sweepUploads(deps) },
];

const recheckOf = (deps: ChoreDeps): readonly Chore[] =>
  deps.signOn ? [{ name: 'people', everyMs: MINUTE, run: (signal) => recheckPeople(deps, deps.signOn!, signal) }] : [];

/** Verifies each authorization once a day. */
async function checkHealth(deps: UseCaseDeps, signal: AbortSignal): Promise<void> {
  for (const id of await uncheckedFor(deps.db, DAY, deps.now())) {
    try {
      await verifyAuthorization(deps, id, { by: 'service' }, signal);
    } catch (error) {
      // No job uses the authorization, or it was just deleted: there is nothing to verify.
      if (!(error instanceof LineupError) || signal.aborted) throw error;
    }
  }
}

/** Deletes what is older than the retention settings allow. */
export async function forgetOld(
  { db, now, log }: Pick<UseCaseDeps, 'db' | 'now' | 'log'>,
  signal?: AbortSignal,
): Promise<void> {
  const { retention } = await readSettings(db);
  const present = await earlierClock(db, now());
  const ago = (days: number) => new Date(present.getTime() - days * DAY);
  await purgeRuns(db, ago(retention.runs_days), signal);
  await purgeAlerts(db, ago(retention.runs_days));
  const lost = await purgeAudit(db, ago(retention.audit_days), ago(retention.audit_days + UNSENT_DAYS), now());
  if (lost > 0) log.record('audit.entries_lost', { records: lost });
  await purgeIdempotent(db, ago(1));
  await purgeNotifications(db, ago(30));
  await purgeQuarantines(db, ago(30));
}

/**
 * Deletes staged chunks on this machine that nobody can decrypt any more. A run gets its key before its directory. It
 * may get both while this looks, so the directory of a run goes only while nobody has the run.
 */
export async function discardStaged({
  db,
  stagingRoot,
  journals,
}: Pick<ChoreDeps, 'db' | 'stagingRoot'> & {
  readonly journals: Pick<RunJournals, 'whileNobodyHolds'>;
}): Promise<void> {
  const names = await readdir(stagingRoot).catch(emptyIfMissing);
  const failed: unknown[] = [];
  for (const name of await withoutStagingKey(db, names)) {
    await journals
      .whileNobodyHolds(name, async () => {
        const [stillWithout] = await withoutStagingKey(db, [name]);
        if (stillWithout) await rm(join(stagingRoot, name), { recursive: true, force: true });
      })
      // One directory that cannot be deleted must not keep the others.
      .catch((error: unknown) => failed.push(error));
  }
  if (failed.length > 0) throw failed[0];
}
