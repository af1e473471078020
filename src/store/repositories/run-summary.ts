/** The columns of a run's row that its journal decides. */
import { atLineOf, describeRun, type RunState } from '../../contracts/run-state.ts';
import { json } from '../database/schema.ts';

export function summarise(state: RunState) {
  const { counts, chunks } = describeRun(state, new Date(state.endedAt ?? state.startedAt));
  return {
    status: state.status,
    started_at: state.startedAt,
    ended_at: state.endedAt,
    last_write_at: state.lastWriteAt,
    mode: state.request.mode,
    ad_account_id: state.request.adAccountId,
    audience_id: state.audienceId,
    audience_name: state.audienceName,
    scanned: counts?.scanned ?? null,
    missing: counts?.missing ?? null,
    invalid: counts && Object.values(counts.invalid).reduce((sum, count) => sum + count, 0),
    duplicates: counts?.duplicates ?? null,
    unique_count: counts?.unique ?? null,
    uploaded: counts?.uploaded ?? null,
    chunks: counts && chunks.length,
    at_line: atLineOf(state),
    warnings: state.warnings.length,
    error: state.error && json(state.error),
    // Only a run that goes on has progress to show.
    ...(state.endedAt !== null && { progress: null, progress_at: null }),
  };
}
