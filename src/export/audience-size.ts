/**
 * How many members an audience holds before it is replaced. The guard compares the new result with this
 * number. LINE does not give the number of members, so we use the best known value, in this order:
 *
 * 1. **Our last good replace**: the number of members that it sent. Later uploads of others (or of appending
 *    runs) count as far as LINE's upload jobs prove them: a later REPLACE with the ADDs after it, or else the
 *    largest later ADD. Only the largest, because ADDs overlap: a daily ADD of the same list must not make
 *    the number grow until a normal replace stops. The larger of both numbers is used. So an upload that
 *    stopped half-way, or a smaller REPLACE of somebody else, never makes the number smaller: people want the
 *    last good state back.
 * 2. **LINE's upload jobs**: the sum of `audienceCount` of the last FINISHED REPLACE and of the FINISHED ADDs
 *    after it; without a REPLACE, of all ADDs. This is an upper bound, because ADDs overlap. LINE's estimate
 *    is used instead when it is larger and the matching has ended: then there are members that no listed job
 *    explains.
 * 3. **LINE's estimate**: a number is a lower bound, because it counts only the people whom LINE knows. `100
 *    or fewer` means at most 100.
 * 4. **Nothing**: there is no such run, no job with a count, and the estimate is `-`. Then only a person can
 *    decide that nothing important gets lost.
 *
 * These jobs do not count: FAILED ones, unfinished ones, removals, and unknown types. Two kinds of FINISHED
 * jobs show that something happened, but not how much: a job without a count, and a REPLACE with the count 0
 * (LINE gives it for "too few to use"). With one of them, the jobs are only a lower bound and are not enough
 * alone. An audience that we created, and to which no upload has ever finished, holds nobody.
 */

import type { RunHistory } from '../contracts/ports.ts';
import type { Audience, UploadJob } from '../destinations/destination.ts';
import { isUpperBound, readEstimate } from '../domain/audiences/size.ts';
import type { AudienceBefore } from '../domain/runs/run.ts';
import { uploadOf, uploadsOf } from './context.ts';

/** What LINE reports about the audience. */
export interface AtLine {
  readonly audience: Pick<Audience, 'status' | 'size'>;
  readonly uploads: readonly UploadJob[];
}

export interface Known {
  readonly lastReplace: { readonly runId: string; readonly unique: number; readonly at: string } | undefined;
  /** One of our runs created the audience. */
  readonly made: boolean;
  /** Undefined when LINE was not asked. */
  readonly line: AtLine | undefined;
}

/** The comment at the top of this file has the rules; docs/export.md explains them for people. */
export function sizeBefore({ lastReplace, made, line }: Known): AudienceBefore {
  const finished = inOrder(line?.uploads ?? []).filter(({ state }) => state === 'FINISHED');
  if (lastReplace) {
    const since = provenSince(finished, lastReplace);
    if (since > lastReplace.unique) return by('upload_jobs', since);
    const { runId, unique, at } = lastReplace;
    return { size: unique, basis: 'last_replace', runId, at };
  }
  const held = heldBy(finished);
  const estimate = readEstimate(line?.audience.size)?.size ?? 0;
  if (held.isWhole && held.members > 0) {
    const hasMore = line?.audience.status !== 'IN_PROGRESS' && estimate > held.members && !isUpperBound(estimate);
    return hasMore ? by('estimate', estimate) : by('upload_jobs', held.members);
  }
  if (estimate > 0) {
    return held.members > estimate ? by('upload_jobs', held.members) : by('estimate', estimate);
  }
  if (made && finished.length === 0) return by('upload_jobs', 0);
  return { size: null, basis: 'unknown', runId: null, at: null };
}

const by = (basis: 'upload_jobs' | 'estimate', size: number): AudienceBefore => ({
  size,
  basis,
  runId: null,
  at: null,
});

const isReplace = ({ action }: UploadJob): boolean => action === 'REPLACE';
const isAdd = ({ action }: UploadJob): boolean => action === 'ADD';

/**
 * Oldest first. LINE does not document the order of its list. Its times have a precision of seconds, and its
 * ids grow.
 */
function inOrder(jobs: readonly UploadJob[]): UploadJob[] {
  const byId = (a: string, b: string) => a.length - b.length || a.localeCompare(b);
  return jobs.toSorted((a, b) => Date.parse(a.created) - Date.parse(b.created) || 0 || byId(a.id, b.id));
}

/** The members from the last REPLACE and the ADDs after it. `isWhole` is false when a count is missing. */
function heldBy(finished: readonly UploadJob[]): { members: number; isWhole: boolean } {
  const from = Math.max(0, finished.findLastIndex(isReplace));
  const counted = finished.slice(from).filter((job) => isReplace(job) || isAdd(job));
  return {
    members: counted.reduce((sum, { count }) => sum + (count ?? 0), 0),
    isWhole: counted.every((job) => (isAdd(job) ? job.count !== null : job.count)),
  };
}

/** The least number of members that uploads after our last good replace prove. */
function provenSince(finished: readonly UploadJob[], { runId, at }: NonNullable<Known['lastReplace']>): number {
  const last = finished.findLastIndex(({ fileName }) => fileName.startsWith(uploadsOf(runId)));
  // LINE may no longer list our jobs. Then the time shows which jobs are later.
  const later =
    last >= 0 ? finished.slice(last + 1) : finished.filter(({ created }) => Date.parse(created) > Date.parse(at));
  if (later.some(isReplace)) return heldBy(later).members;
  const added = new Map<string, number>();
  for (const { fileName, id, count } of later.filter(isAdd)) {
    // The chunks of one run have different members. Other files may overlap.
    const upload = uploadOf(fileName) ?? id;
    added.set(upload, (added.get(upload) ?? 0) + (count ?? 0));
  }
  return Math.max(0, ...added.values());
}

/**
 * Finds out what an audience holds before it is replaced. Only reads.
 * @param line what LINE reports; undefined when it was not asked
 */
export async function lookUpSize(
  history: Pick<RunHistory, 'lastReplace' | 'made'>,
  adAccountId: string,
  audienceId: string,
  line: AtLine | undefined,
): Promise<AudienceBefore> {
  const lastReplace = await history.lastReplace(adAccountId, audienceId);
  const made = lastReplace !== undefined || (await history.made(adAccountId, audienceId));
  return sizeBefore({ lastReplace, made, line });
}
