/** The rows of runs in memory: that of a new run, and the columns that follow from a journal. */
import { atLineOf, describeRun, type RunState } from '../../src/contracts/run-state.ts';
import type { RunRow } from './database.ts';

export const newRow: Omit<
  RunRow,
  'id' | 'job_id' | 'job_name' | 'trigger' | 'slot' | 'queued_at' | 'waives_guard'
> = {
  status: 'queued',
  mode: null,
  started_at: null,
  ended_at: null,
  last_write_at: null,
  ad_account_id: null,
  audience_id: null,
  audience_name: null,
  scanned: null,
  missing: null,
  invalid: null,
  duplicates: null,
  unique: null,
  uploaded: null,
  chunks: null,
  warnings: 0,
  error: null,
  matching_status: null,
  matching_size: null,
  matching_at: null,
  stop_requested: null,
  forbidden: false,
  events: 0,
  at_line: 'nothing',
};

/** What a run's row has of its journal, as `summarise` in `src/store/repositories/runs.ts`. */
export function summarise(state: RunState): Partial<RunRow> {
  const { counts, chunks } = describeRun(state, new Date(state.endedAt ?? state.startedAt));
  return {
    status: state.status,
    started_at: state.startedAt,
    ended_at: state.endedAt === null ? null : new Date(state.endedAt),
    last_write_at: state.lastWriteAt === null ? null : new Date(state.lastWriteAt),
    mode: state.request.mode,
    ad_account_id: state.request.adAccountId,
    audience_id: state.audienceId,
    audience_name: state.audienceName,
    scanned: counts?.scanned ?? null,
    missing: counts?.missing ?? null,
    invalid: counts && Object.values(counts.invalid).reduce((sum, count) => sum + count, 0),
    duplicates: counts?.duplicates ?? null,
    unique: counts?.unique ?? null,
    uploaded: counts?.uploaded ?? null,
    chunks: counts && chunks.length,
    at_line: atLineOf(state),
    warnings: state.warnings.length,
    error: state.error,
  };
}
