/**
 * A person approves what the last run of a job was stopped with. The approval counts only for what the person saw: that
 * run, this revision of the job, the source as it was, every reason, and the size of each audience. It waives no guard:
 * the export compares the result with it (domain/jobs/approvals.ts), with its exact numbers: whoever is told them
 * in tens confirms these, of one judgement.
 */
import { isDeepStrictEqual } from 'node:util';
import type { StoredJob } from '../contracts/job-store.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { openApproval, type SeenJudgement, seenOf } from '../domain/jobs/approvals.ts';
import type { Role } from '../domain/people/people.ts';
import { answerForRole, leavesOut } from '../domain/runs/left-out.ts';
import { joinSentences, type Sentence, sentence } from '../domain/text/sentence.ts';
import { sentencesIn } from '../domain/text/sentences-in.ts';
import { type ActContext, actOn } from './act.ts';
import { approvableOf } from './approvable.ts';

/**
 * @param seen what the person saw
 * @param role of the person
 * @returns the changed job
 * @throws {LineupError} `not_found`; `changed_meanwhile` when something else is true now; `action_not_allowed`
 */
export async function approve(context: ActContext, jobId: string, seen: SeenJudgement, role: Role): Promise<StoredJob> {
  const { tx, now } = context;
  const job = await tx.lockJob(jobId);
  const last = await tx.lastRun(jobId);
  if (last?.id !== seen.run_id)
    throw otherwise(sentence`The job has run again since you looked at it, so nothing was approved.`);
  if (job.revision !== seen.revision)
    throw otherwise(sentence`The job was changed since you looked at it, so nothing was approved.`);
  const sourceRevision = await tx.sourceRevision(job.sourceAuthorizationId);
  const open = approvableOf(last, sourceRevision, now);
  const shown = open && answerForRole(role, open, sentencesIn(openApproval), leavesOut(last.summary));
  if (shown && !isDeepStrictEqual(seenOf(shown, job.revision), seen))
    throw otherwise(sentence`The run was judged with other numbers, so nothing was approved.`);
  // The states refuse when there is nothing to approve, and say why.
  const approval = {
    audiences: open?.audiences ?? [],
    sourceRevision,
    jobRevision: job.revision,
    at: now.toISOString(),
  };
  return actOn(context, job, { type: 'run_anyway', approval });
}

const otherwise = (reason: Sentence): LineupError =>
  new LineupError(
    'changed_meanwhile',
    joinSentences(reason, sentence`Look at the job again, and decide about its present numbers.`),
  );
