/**
 * What an audience holds before it is replaced: the base of the guard. LINE tells no number of members, so it is the best that
 * is known, in this order:
 *
 * 1. **Our last good replace**, as many as it sent. What others (or appending runs) have put there since counts as far as LINE's
 *    upload jobs prove it: a later REPLACE with the ADDs behind it, or the largest later ADD. Only the largest: ADDs overlap, and
 *    a daily ADD of the same list must not grow the base until a normal replace stops. The larger number wins, so an upload
 *    that stopped half-way, or a smaller REPLACE of somebody else, never lowers the base: what a person wants back is the last
 *    good one.
 * 2. **LINE's upload jobs**: the `audienceCount` of the last FINISHED REPLACE and of the FINISHED ADDs after it; without a
 *    REPLACE, of all ADDs. An upper bound, because ADDs overlap. LINE's estimate wins when it is larger and matching has ended:
 *    then there are members that no listed job tells of.
 * 3. **LINE's estimate**: a number is a lower bound (it counts those whom LINE knows), `100 or fewer` is 100 at most.
 * 4. **Nothing**: no such run, no counted job, and `-` as the estimate. Then only a person can say that nothing of worth is lost.
 *
 * Jobs that FAILED, go on, remove members or are of an unknown type count for nothing. A FINISHED one without a count, or a
 * REPLACE with a count of 0 (LINE gives that for "too few to use"), tells that something happened but not how much: the jobs then
 * only give a lower bound, and cannot stand alone. An audience that we made ourselves and into which no upload has ever finished
 * holds nobody.
 */
import type { CustomAudience, CustomAudienceUploadJob } from '../../packages/line-ads/src/index.ts';
import { SMALLEST_SIZE } from '../contracts/line-limits.ts';
import type { RunHistory } from '../contracts/ports.ts';
import type { AudienceBefore } from '../contracts/run.ts';

/** What LINE says of the audience. */
export interface AtLine {
  readonly audience: Pick<CustomAudience, 'status' | 'estimatedAudienceSize'>;
  readonly jobs: readonly CustomAudienceUploadJob[];
}

export interface Known {
  readonly lastReplace: { readonly runId: string; readonly unique: number; readonly at: string } | undefined;
  /** One of our runs made the audience. */
  readonly made: boolean;
  /** Undefined when LINE was not asked. */
  readonly line: AtLine | undefined;
}

/** The rules are told at the head of this file and, for people, in docs/export.md. */
export function sizeBefore({ lastReplace, made, line }: Known): AudienceBefore {
  const finished = inOrder(line?.jobs ?? []).filter(({ jobStatus }) => jobStatus === 'FINISHED');
  if (lastReplace) {
    const since = provenSince(finished, lastReplace);
    if (since > lastReplace.unique) return by('upload_jobs', since);
    const { runId, unique, at } = lastReplace;
    return { size: unique, basis: 'last_replace', runId, at };
  }
  const held = heldBy(finished);
  const estimate = estimated(line?.audience);
  if (held.isWhole && held.members > 0) {
    const hasMore =
      line?.audience.status !== 'IN_PROGRESS' && estimate > Math.max(held.members, SMALLEST_SIZE);
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

const isReplace = ({ type }: CustomAudienceUploadJob): boolean => type === 'DIFF_REPLACE';
const isAdd = ({ type }: CustomAudienceUploadJob): boolean => type === 'DIFF_ADD' || type === 'DIFF_AUTO_ADD';

/** Oldest first. In which order LINE lists them is not documented; its times have seconds, and its ids grow. */
function inOrder(jobs: readonly CustomAudienceUploadJob[]): CustomAudienceUploadJob[] {
  const byId = (a: string, b: string) => a.length - b.length || a.localeCompare(b);
  return jobs.toSorted(
    (a, b) =>
      Date.parse(a.created) - Date.parse(b.created) || 0 || byId(a.audienceGroupJobId, b.audienceGroupJobId),
  );
}

/** What the last REPLACE and the ADDs behind it have brought; `isWhole` unless the count of one of them is missing. */
function heldBy(finished: readonly CustomAudienceUploadJob[]): { members: number; isWhole: boolean } {
  const from = Math.max(0, finished.findLastIndex(isReplace));
  const counted = finished.slice(from).filter((job) => isReplace(job) || isAdd(job));
  return {
    members: counted.reduce((sum, { audienceCount = 0 }) => sum + audienceCount, 0),
    isWhole: counted.every((job) => (isAdd(job) ? job.audienceCount !== undefined : job.audienceCount)),
  };
}

/** How many members are proven to be there after our last good replace, by what was uploaded since. */
function provenSince(
  finished: readonly CustomAudienceUploadJob[],
  { runId, at }: NonNullable<Known['lastReplace']>,
): number {
  const last = finished.findLastIndex(({ name }) => name.startsWith(`lineup-${runId}-`));
  // LINE may have forgotten our jobs; then those that it still has are told apart by their time.
  const later =
    last >= 0
      ? finished.slice(last + 1)
      : finished.filter(({ created }) => Date.parse(created) > Date.parse(at));
  if (later.some(isReplace)) return heldBy(later).members;
  const added = new Map<string, number>();
  for (const { name, audienceGroupJobId, audienceCount = 0 } of later.filter(isAdd)) {
    // The chunks of one run hold different members; of other files nobody knows.
    const upload = /^lineup-(.+)-\d+\.txt$/.exec(name)?.[1] ?? audienceGroupJobId;
    added.set(upload, (added.get(upload) ?? 0) + audienceCount);
  }
  return Math.max(0, ...added.values());
}

/** LINE's estimate as a number; 0 when it tells nothing. */
function estimated(audience: AtLine['audience'] | undefined): number {
  const size = audience?.estimatedAudienceSize ?? '-';
  if (size === '100 or fewer') return SMALLEST_SIZE;
  return /^\d{1,15}$/.test(size) ? Number(size) : 0;
}

/**
 * Looks up what an audience holds before it is replaced. Reads only.
 * @param line what LINE says; undefined when it was not asked
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
