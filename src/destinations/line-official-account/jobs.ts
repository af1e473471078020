/** LINE's upload jobs as those of the port, and which of them is that of an upload. Pure. */
import { asId, asList, asObject, asText, type JsonObject } from '../../../packages/client-core/src/validation.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { hasEnded, type Sent, type UploadJob, type UploadJobState } from '../destination.ts';
import { timeOf } from './audiences.ts';

const states: Readonly<Record<string, UploadJobState>> = {
  QUEUED: 'QUEUED',
  WORKING: 'WORKING',
  FINISHED: 'FINISHED',
  FAILED: 'FAILED',
};

/** The same file would fail in the same way. */
const INSUFFICIENT = 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT';

const meanings: Readonly<Record<string, Sentence>> = {
  INTERNAL_ERROR: sentence`LINE could not take in the file because of an error on its side. The file can be sent again.`,
  [INSUFFICIENT]: sentence`LINE knows too few of the people in the file.`,
};

/** So many jobs of an audience LINE shows: the last ones. */
const SHOWN = 50;

/** Those that `get` shows, oldest first. LINE describes no order. */
export function jobsOf(answer: JsonObject): UploadJob[] {
  // Without it, this is no answer about an audience, which would seem to have no jobs.
  asObject(answer['audienceGroup'], 'audienceGroup');
  return asList(answer['jobs'] ?? [], 'jobs', uploadJobOf).sort(
    (a, b) => a.created.localeCompare(b.created) || Number(a.id) - Number(b.id),
  );
}

function uploadJobOf(job: JsonObject): UploadJob {
  const word = asText(job['jobStatus']) || 'UNKNOWN';
  // A word that LINE has added since is none of an ended job.
  const state = states[word] ?? 'WORKING';
  const remark = state === 'FAILED' ? asText(job['failedType']) || 'FAILED' : null;
  return {
    id: asId(job['audienceGroupJobId'], 'audienceGroupJobId'),
    state,
    word,
    isUnknown: states[word] === undefined,
    fileName: asText(job['description']),
    // LINE has one type. Another one does something that this version does not know.
    action: (asText(job['type']) || 'DIFF_ADD') === 'DIFF_ADD' ? 'ADD' : null,
    remark,
    meaning: remark === null ? null : (meanings[remark] ?? null),
    count: null,
    // Also for a reason that LINE does not tell, or has added since: sending again does no harm.
    again: remark !== null && remark !== INSUFFICIENT,
    created: timeOf(job['created']),
  };
}

/**
 * The job with the name of the file, of those that may be its own. A file that was sent twice has two. One that has not
 * ended goes first, because nothing else may be sent before. One that has failed comes last: the members are there.
 */
export function jobOf(
  jobs: readonly UploadJob[],
  { fileName, otherJobIds }: Pick<Sent, 'fileName' | 'otherJobIds'>,
): UploadJob | undefined {
  const own = jobs.filter((job) => job.fileName === fileName && !otherJobIds.includes(job.id));
  return own.findLast((job) => !hasEnded(job)) ?? own.findLast(({ state }) => state === 'FINISHED') ?? own.at(-1);
}

/**
 * What stands for a job that LINE shows no more, because many others came after it. Nobody can tell what became of it,
 * and sending the file again does no harm. Undefined while it may still appear.
 */
export function pushedOut(
  jobs: readonly UploadJob[],
  { fileName, since }: Pick<Sent, 'fileName' | 'since'>,
): UploadJob | undefined {
  if (jobs.length < SHOWN || jobs.some(({ created }) => created <= since)) return undefined;
  return {
    id: `not-shown-since-${since}`,
    state: 'FAILED',
    word: 'NOT_SHOWN',
    fileName,
    action: 'ADD',
    remark: 'NOT_SHOWN',
    meaning: sentence`LINE shows the last 50 uploads to an audience, and this one is none of them any more. The file can be sent again.`,
    count: null,
    again: true,
    created: since,
  };
}
