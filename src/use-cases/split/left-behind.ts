/**
 * Ends the parts that a version without parts has left behind: it has terminated or deleted their split job, and knew
 * nothing of them. The same becomes of them as when this version does it. No rule of the database does that, because a
 * part whose run is in progress must first stop.
 */
import { system } from '../../domain/people/people.ts';
import { isActive } from '../../domain/runs/run-state.ts';
import { act } from '../../jobs/act.ts';
import { within } from '../../jobs/context.ts';
import { type Tx, transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { partsLeftBehind } from '../../store/repositories/job-parts.ts';
import { deleteJob, lockJobs } from '../../store/repositories/jobs.ts';
import { lastRun } from '../../store/repositories/runs.ts';
import { auditEntries } from '../audit-log.ts';
import type { UseCaseDeps } from '../deps.ts';

type Deps = Pick<UseCaseDeps, 'db' | 'jobs' | 'now'>;

export async function endPartsLeftBehind(deps: Deps, signal: AbortSignal): Promise<void> {
  for (const { id, isOwned } of await partsLeftBehind(deps.db)) {
    signal.throwIfAborted();
    await transaction(deps.db, (tx) => endPart(deps, tx, id, isOwned));
  }
}

/** @param isOwned its split job is there, and terminated */
async function endPart({ jobs, now }: Deps, tx: Tx, id: string, isOwned: boolean): Promise<void> {
  const part = (await lockJobs(tx, [id])).get(id);
  if (!part) return;
  if (part.state.status !== 'killed') await act(within(jobs, jobs.store.within(tx)), id, { type: 'terminate' });
  if (isOwned) return;
  const last = await lastRun(tx, id);
  // It is deleted the next time.
  if (last && isActive(last)) return;
  await deleteJob(tx, id);
  await recordAudit(tx, system, audit('delete', id, { name: part.name }), now());
}

const audit = auditEntries('job');
