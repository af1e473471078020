/** LINE's upload jobs as those of the port, and which of them is that of an upload. Pure. */
import { asId, asList, asText, type JsonObject, optionalNumber } from '../../../packages/client-core/src/validation.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Sent, UploadJob, UploadJobState } from '../destination.ts';

const states: Readonly<Record<string, UploadJobState>> = {
  QUEUED: 'QUEUED',
  WORKING: 'WORKING',
  FINISHED: 'FINISHED',
  FAILED: 'FAILED',
};

const meanings: Readonly<Record<string, Sentence>> = {
  INTERNAL_ERROR: sentence`LINE could not take in the file because of an error on its side. The file can be sent again.`,
  AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT: sentence`LINE knows too few of the people in the file.`,
};

/** Those that `get` shows, oldest first. LINE describes no order. */
export const jobsOf = (answer: JsonObject): UploadJob[] =>
  asList(answer['jobs'] ?? [], 'jobs', uploadJobOf).sort(
    (a, b) => a.created.localeCompare(b.created) || Number(a.id) - Number(b.id),
  );

function uploadJobOf(job: JsonObject): UploadJob {
  const word = asText(job['jobStatus']) || 'UNKNOWN';
  // A word that LINE has added since is none of an ended job.
  const state = states[word] ?? 'WORKING';
  const remark = state === 'FAILED' ? asText(job['failedType']) || 'FAILED' : null;
  const created = optionalNumber(job['created']);
  return {
    id: asId(job['audienceGroupJobId'], 'audienceGroupJobId'),
    state,
    word,
    fileName: asText(job['description']),
    action: 'ADD',
    remark,
    meaning: remark === null ? null : (meanings[remark] ?? null),
    count: null,
    again: remark === 'INTERNAL_ERROR',
    created: created === undefined ? '' : new Date(created * 1_000).toISOString(),
  };
}

/** The newest job with the name of the file, of those that may be its own. */
export const jobOf = (jobs: readonly UploadJob[], { fileName, otherJobIds }: Pick<Sent, 'fileName' | 'otherJobIds'>) =>
  jobs.findLast((job) => job.fileName === fileName && !otherJobIds.includes(job.id));
