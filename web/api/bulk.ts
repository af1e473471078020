/** One request for many jobs. The answer is a stream, which tells what became of each while the server works. */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { BulkOutcome, BulkUpdate } from '../../src/contracts/bulk.ts';
import type { BulkAction } from '../../src/contracts/jobs.ts';
import { ApiError, answered, type BodyOf, requested } from './client.ts';

/** Which jobs. */
export type Chosen = BodyOf<'POST /jobs/bulk/changes'>['jobs'];
export type Change = BodyOf<'POST /jobs/bulk/changes'>['change'];

/** What to do with the jobs: an action, or a change. */
export type BulkWork = { readonly action: BulkAction } | { readonly change: Change };

/**
 * @param onOutcome called for each job. @returns whether the server has told about all jobs: when `signal` was aborted
 * or the connection broke, the rest may be done or not
 * @throws {ApiError} when nothing was begun
 */
export async function doInBulk(
  jobs: Chosen,
  work: BulkWork,
  onOutcome: (outcome: BulkOutcome) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const response =
    'action' in work
      ? await requested('POST /jobs/bulk/actions/:action', {
          params: { action: work.action },
          body: { jobs },
          signal,
        })
      : await requested('POST /jobs/bulk/changes', { body: { jobs, change: work.change }, signal });
  if (!response.ok || !response.body) {
    answered(response.status, await response.json().catch(() => undefined));
    throw new ApiError();
  }
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await events.read();
      if (done) return false;
      if (value.event === 'end') return true;
      const update: BulkUpdate = JSON.parse(value.data);
      if (update.type === 'job') onOutcome(update);
    }
  } catch {
    return false;
  }
}
