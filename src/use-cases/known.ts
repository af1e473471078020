/**
 * Whether this version knows what a run needs beside its job. A newer version may have added providers and kinds of
 * lists.
 */
import type { StoredJob } from '../contracts/job-store.ts';
import { findMethod } from '../contracts/providers/index.ts';
import type { Db } from '../store/database/database.ts';
import { listAuthorizations } from '../store/repositories/authorizations.ts';
import { listSuppressionLists } from '../store/repositories/suppression-lists.ts';

/** False: a worker of this version leaves the run of this job to another version. */
export async function knowsParts(db: Db, job: StoredJob): Promise<boolean> {
  const lists = (await listSuppressionLists(db)).filter(
    ({ id, applies_to }) => applies_to === 'all_jobs' || job.configuration.suppression_lists.includes(id),
  );
  if (lists.some(({ damaged }) => damaged)) return false;
  const used = new Set([
    job.authorizationId,
    job.sourceAuthorizationId,
    ...lists.map(({ source_authorization_id }) => source_authorization_id),
  ]);
  return (await listAuthorizations(db)).every(
    ({ id, provider, method }) => !used.has(id) || findMethod(provider, method) !== undefined,
  );
}
