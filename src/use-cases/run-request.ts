/** What a run of a job asks for: its configuration in the words of the export. */
import { chunkLimits } from '../contracts/line-limits.ts';
import type { RunRequest } from '../contracts/run.ts';
import type { StoredJob } from '../store/repositories/jobs.ts';
import { sourceRefOf, writeSourceRef } from './sources/source-ref.ts';

/** A job's audience is its own from its first run on: that one made it by name, and every later one replaces it by id. */
export function runRequestOf(job: StoredJob, chunkRecords: number): RunRequest {
  const { configuration: asked, audienceId } = job;
  return {
    source: writeSourceRef(sourceRefOf(job)),
    field: asked.id_field,
    identifierType: asked.identifier_type,
    ifaFormat: asked.ifa_format,
    defaultCountry: asked.default_country,
    adAccountId: asked.adaccount_id,
    audienceId,
    audienceName: audienceId === null ? asked.audience_name : null,
    mode: 'replace',
    maxShrink: asked.max_shrink,
    chunkRecords,
    chunkBytes: chunkLimits.defaultBytes,
    dryRun: false,
  };
}
