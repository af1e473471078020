/** Two jobs never fill one audience: they would undo each other's work. */
import type { FieldError } from '../contracts/errors.ts';
import type { JobReads, JobTransaction } from '../contracts/job-store.ts';
import { fieldError, wrongValues } from '../contracts/localized.ts';
import { sentence } from '../contracts/sentence.ts';

/**
 * Reserves the audience for the job that `tx` saves. If two jobs are saved at the same time, only one gets the audience.
 * @param own the job's id; undefined for a new job
 * @throws {LineupError} `invalid_argument`
 */
export async function claimAudience(
  tx: JobTransaction,
  audienceId: string | null,
  own?: string,
): Promise<void> {
  if (audienceId === null) return;
  await tx.lockAudience(audienceId);
  const problems = await otherFillers(tx, audienceId, own);
  if (problems.length > 0) throw wrongValues(problems);
}

/** The problem that another job fills the audience, if one does. */
export async function otherFillers(
  store: Pick<JobReads, 'jobsOfAudiences'>,
  audienceId: string,
  own: string | undefined,
): Promise<FieldError[]> {
  const [other] = (await store.jobsOfAudiences([audienceId])).filter(({ id }) => id !== own);
  if (!other) return [];
  return [
    fieldError(
      'configuration.audience_id',
      sentence`The job "${other.name}" already updates this audience. Two jobs would overwrite each other. Choose another audience.`,
    ),
  ];
}
