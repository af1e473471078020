/** What the service does by itself now and then; each chore finds out from the database what is due. */
import { LineupError } from '../contracts/errors.ts';
import type { Chore } from '../jobs/scheduler.ts';
import { forgetLeases } from '../store/coordination/leases.ts';
import { uncheckedSince } from '../store/repositories/authorizations.ts';
import { forgetStagingKeys } from '../store/secrets/staging-keys.ts';
import type { ChoreDeps, UseCaseDeps } from './deps.ts';
import { discardStaged } from './discard-staged.ts';
import { watchMatching } from './matching.ts';
import { emptyOutbox } from './notifications/outbox.ts';
import { forgetOld } from './retention.ts';
import { tidyAttempts } from './sign-in/attempts.ts';
import { sweepUploads, tidyUploads } from './uploads/tidy.ts';
import { verifyAuthorization } from './verification.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const choresOf = (deps: ChoreDeps): readonly Chore[] => [
  // At every look of the scheduler.
  { name: 'notifications', everyMs: 0, run: (signal) => emptyOutbox(deps, signal) },
  { name: 'uploads', everyMs: 0, run: () => tidyUploads(deps) },
  { name: 'staging-keys', everyMs: 0, run: () => forgetStagingKeys(deps.db) },
  { name: 'leases', everyMs: MINUTE, run: () => forgetLeases(deps.db) },
  { name: 'matching', everyMs: 5 * MINUTE, run: (signal) => watchMatching(deps, signal) },
  { name: 'health', everyMs: 60 * MINUTE, run: (signal) => checkHealth(deps, signal) },
  { name: 'retention', everyMs: 60 * MINUTE, run: () => forgetOld(deps) },
  { name: 'sign-in-attempts', everyMs: MINUTE, run: () => tidyAttempts(deps) },
  { name: 'staged', everyMs: 60 * MINUTE, everywhere: true, run: () => discardStaged(deps) },
  { name: 'upload-files', everyMs: 60 * MINUTE, run: () => sweepUploads(deps) },
];

/** Each authorization is tried once a day. */
async function checkHealth(deps: UseCaseDeps, signal: AbortSignal): Promise<void> {
  const before = new Date(deps.now().getTime() - DAY);
  for (const id of await uncheckedSince(deps.db, before)) {
    try {
      await verifyAuthorization(deps, id, { by: 'service' }, signal);
    } catch (error) {
      // One that no job uses, or that was deleted a moment ago: there is nothing to try.
      if (!(error instanceof LineupError) || signal.aborted) throw error;
    }
  }
}
