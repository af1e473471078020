/** Jobs as the lines of a list. */
import type { JobRow } from '../../contracts/job-rows.ts';
import type { StoredJob } from '../../contracts/job-store.ts';
import { uploadOfSegment } from '../../domain/files/file-names.ts';
import { conditionOf } from '../../domain/jobs/conditions.ts';
import type { Db } from '../../store/database/database.ts';
import { openAlertCounts } from '../../store/repositories/alerts.ts';
import { listAuthorizations } from '../../store/repositories/authorizations.ts';
import { incompleteOf } from '../../store/repositories/incomplete-runs.ts';
import { countParts } from '../../store/repositories/job-parts.ts';
import { runsOfLines } from '../../store/repositories/run-list.ts';
import { shownStatus, stoppingOf } from '../../store/repositories/runs.ts';
import { namesOfUploads } from '../../store/repositories/uploads.ts';
import { asPart, nextRunOf, sizesOf } from './parts.ts';
import { jobsRunWhen } from './triggers/index.ts';

/** How many sizes a line shows. */
const RECENT = 6;

/** Characters of a text that is only searched. A query may be very long. */
const LONGEST = 120;

/** @param mayReadUploads whether jobs are found by the names of uploaded files */
export async function rowsOf(db: Db, jobs: readonly StoredJob[], mayReadUploads: boolean): Promise<JobRow[]> {
  const ids = jobs.map(({ id }) => id);
  const runs = await runsOfLines(db, ids, RECENT);
  const incomplete = await incompleteOf(db, ids);
  const openAlerts = await openAlertCounts(db, ids);
  const labels = new Map((await listAuthorizations(db)).map(({ id, label }) => [id, label]));
  const uploads = await namesOfUploads(db, mayReadUploads ? jobs.flatMap((job) => uploadOfJob(job) ?? []) : []);
  const splitJobs = jobs.filter(({ configuration }) => configuration.split).map(({ id }) => id);
  const parts = await countParts(db, splitJobs, new Map());
  const runsWhen = await jobsRunWhen(db, jobs);
  return jobs.map((job) => {
    const last = runs.get(job.id);
    const part = incomplete.get(job.id);
    const { configuration, state } = job;
    const upload = uploadOfJob(job);
    const next = nextRunOf(job);
    return {
      id: job.id,
      name: job.name,
      tags: job.tags,
      adaccount_id: configuration.adaccount_id,
      source_label: job.sourceAuthorizationId && (labels.get(job.sourceAuthorizationId) ?? null),
      siblings: configuration.siblings.map(({ identifier_type, audience_name }) => ({
        identifier_type,
        audience_name,
      })),
      ...(parts.has(job.id) && { parts: parts.get(job.id)!.total }),
      condition: conditionOf(state),
      error: state.error && { code: state.error.code },
      error_count: state.errors?.count ?? 0,
      incomplete_at_line: part ? asPart(part) : null,
      open_alerts: openAlerts.get(job.id) ?? 0,
      next_run_at: next && toSecond(new Date(next)),
      ...runsWhen(job),
      last_run: last ? { status: shownStatus(last), at: toSecond(last.at), ...stoppingOf(last) } : null,
      recent_sizes: sizesOf(job, last?.sizes.map(Number).reverse(), part, RECENT),
      found_by: foundBy(job, last?.audienceName, upload === undefined ? undefined : uploads.get(upload)),
      ...(job.damaged.length > 0 && { damaged: job.damaged }),
    };
  });
}

/** Milliseconds compress badly, and nobody sees them. */
const toSecond = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

/** The id of the upload that a job reads. */
const uploadOfJob = ({ sourceAuthorizationId, configuration }: StoredJob): string | undefined =>
  sourceAuthorizationId === null ? uploadOfSegment(configuration.segment_id) : undefined;

/** As the search of the server: `matchesSearch` in src/store/repositories/job-list.ts. */
function foundBy(
  { name, audienceId, siblingAudienceIds, configuration }: StoredJob,
  audienceThen: string | null | undefined,
  uploadName: string | undefined,
): string[] {
  const { segment_id, audience_id, audience_name, siblings } = configuration;
  const all = [
    segment_id,
    audience_name,
    audience_id,
    audienceId,
    ...siblingAudienceIds,
    ...siblings.map((sibling) => sibling.audience_name),
    audienceThen,
    uploadName,
  ].flatMap((text) => (text ? [text.slice(0, LONGEST)] : []));
  return [...new Set(all)].filter((text) => !name.includes(text));
}
