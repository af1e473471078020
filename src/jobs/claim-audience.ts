/** Two jobs never fill one audience: they would undo each other's work. */

import type { JobReads, JobTransaction } from '../contracts/job-store.ts';
import type { FieldError } from '../domain/errors/errors.ts';
import { type DeliveryAfter, pathOfAudienceId } from '../domain/jobs/audiences.ts';
import { fieldError, wrongValues } from '../domain/text/localized.ts';
import { sentence } from '../domain/text/sentence.ts';

/** An audience of the job that is saved, and where its configuration names it. */
type Claim = Pick<DeliveryAfter, 'path' | 'audience'>;

const idsOf = (claims: readonly Claim[]): string[] =>
  claims.map(({ audience }) => audience.id).filter((id) => id !== null);

/**
 * Reserves the audiences for the job that `tx` saves. If two jobs are saved at the same time, only one gets an
 * audience.
 * @param own the job's id; undefined for a new job
 * @throws {LineupError} `invalid_argument`
 */
export async function claimAudiences(tx: JobTransaction, claims: readonly Claim[], own?: string): Promise<void> {
  // In the same order in all transactions, because another order would cause a deadlock.
  for (const id of [...new Set(idsOf(claims))].sort()) await tx.lockAudience(id);
  const problems = await otherFillers(tx, claims, own);
  if (problems.length > 0) throw wrongValues(problems);
}

/** The problem that another job fills the audience, for each audience that one fills. */
export async function otherFillers(
  store: Pick<JobReads, 'jobsOfAudiences'>,
  claims: readonly Claim[],
  own: string | undefined,
): Promise<FieldError[]> {
  const ids = idsOf(claims);
  if (ids.length === 0) return [];
  const others = (await store.jobsOfAudiences(ids)).filter(({ id }) => id !== own);
  return claims.flatMap((claim) => {
    const other = others.find(({ audienceId }) => audienceId === claim.audience.id);
    if (!other) return [];
    return [
      fieldError(
        pathOfAudienceId(claim),
        sentence`The job "${other.name}" already updates this audience. Two jobs would overwrite each other. Choose another audience.`,
      ),
    ];
  });
}
