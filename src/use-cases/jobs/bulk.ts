/**
 * One request for many jobs. Each is done on its own, as if a person did it alone: a refusal is its result, and the
 * others go on. Whoever repeats the request after a lost answer does only the rest.
 */
import type { BulkChange, BulkOutcome, BulkUpdate, ChosenJobs } from '../../contracts/bulk.ts';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { JobChange } from '../../contracts/jobs.ts';
import { destinationOfJob } from '../../domain/destinations/index.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { changedTags, MAX_ROWS, MAX_TAGS } from '../../domain/jobs/lists.ts';
import { type Caller, mayDo } from '../../domain/people/people.ts';
import { wrongValue } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { idsOfJobs } from '../../store/repositories/job-list.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import type { UseCaseDeps } from '../deps.ts';
import { changeTo } from './change.ts';

/** Jobs at the same time, so that others get their turn: at the database, at LINE, and at the readers of sources. */
const AT_ONCE = 4;

/** How often a job is edited again when somebody else has edited it meanwhile. */
const TRIES = 3;

/** @param work on one job; whether it changed anything */
export async function forChosen(
  deps: UseCaseDeps,
  chosen: ChosenJobs,
  caller: Caller,
  signal: AbortSignal,
  work: (id: string) => Promise<boolean>,
): Promise<AsyncIterable<BulkUpdate>> {
  const ids = chosen.ids ?? (await matchingAsSeen(deps, chosen, caller));
  return (async function* () {
    yield { type: 'jobs', count: ids.length };
    for (let from = 0; from < ids.length && !signal.aborted; from += AT_ONCE) {
      const some = ids.slice(from, from + AT_ONCE);
      yield* await Promise.all(some.map((id) => outcomeOf(id, work)));
    }
  })();
}

/** @throws {LineupError} `changed_meanwhile` */
async function matchingAsSeen(
  { db }: UseCaseDeps,
  { filter = {}, count = 0 }: ChosenJobs,
  { role }: Caller,
): Promise<string[]> {
  const ids = await idsOfJobs(db, filter, { uploadNames: mayDo(role, 'uploads.read'), most: MAX_ROWS + 1 });
  if (ids.length === count) return ids;
  throw new LineupError(
    'changed_meanwhile',
    sentence`The number of jobs that match is not ${count} any more, so nothing was done. Look at the list again.`,
  );
}

async function outcomeOf(id: string, work: (id: string) => Promise<boolean>): Promise<BulkOutcome> {
  try {
    return { type: 'job', id, outcome: (await work(id)) ? 'done' : 'unchanged', error: null };
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    const { code, message, sentence } = error;
    return { type: 'job', id, outcome: 'refused', error: { code, message, sentence } };
  }
}

/**
 * The edit of one of many jobs.
 * @returns whether it changed anything
 * @throws {LineupError} `not_found` for an unknown authorization
 */
export async function bulkEdit(
  deps: UseCaseDeps,
  wanted: BulkChange,
  actor: Caller,
): Promise<(id: string) => Promise<boolean>> {
  const { authorization_id: moved } = wanted;
  const provider = moved && (await deps.authorizations.providerOf(moved));
  const changeOf = async (job: StoredJob): Promise<JobChange> => ({
    ...tagsOf(job, wanted),
    ...(moved && provider && (await authorizationOf(deps, job, moved, provider))),
  });
  return async (id) => {
    for (let tried = 1; ; tried += 1) {
      const job = await getJob(deps.db, id);
      const change = await changeOf(job);
      if (Object.keys(change).length === 0) return false;
      try {
        await changeTo(deps, { id, revision: job.revision, change, actor, letIn: undefined });
        return true;
      } catch (error) {
        // Nobody has looked at the old revision, so the change is made to the new one.
        const again = error instanceof LineupError && error.code === 'changed_meanwhile' && tried < TRIES;
        if (!again) throw error;
      }
    }
  };
}

/** @throws {LineupError} `invalid_argument` for too many tags */
function tagsOf(job: StoredJob, { add_tags = [], remove_tags = [] }: BulkChange): Pick<JobChange, 'tags'> {
  const all = changedTags(job.tags, add_tags, remove_tags);
  if (all.join() === job.tags.join()) return {};
  if (all.length > MAX_TAGS) throw wrongValue('tags', sentence`A job has at most ${MAX_TAGS} tags. Remove one first.`);
  return { tags: all };
}

/** @throws {LineupError} `action_not_allowed` when the job uses nothing of this provider */
async function authorizationOf(
  deps: UseCaseDeps,
  { type, authorizationId, sourceAuthorizationId }: StoredJob,
  moved: string,
  provider: string,
): Promise<Pick<JobChange, 'authorization_id' | 'source_authorization_id'>> {
  if (destinationOfJob(type).id === provider) return authorizationId === moved ? {} : { authorization_id: moved };
  if (sourceAuthorizationId === moved) return {};
  const own = sourceAuthorizationId && (await deps.authorizations.providerOf(sourceAuthorizationId));
  if (own === provider) return { source_authorization_id: moved };
  throw new LineupError(
    'action_not_allowed',
    sentence`This job uses no authorization of this kind, so it was not changed.`,
  );
}
