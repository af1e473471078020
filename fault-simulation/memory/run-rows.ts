/** The rows of runs in memory: that of a new run, and the columns that follow from a journal. */
import { summariseDelivery, summariseRun } from '../../src/domain/runs/run-document.ts';
import { deliveriesOf, type RunState } from '../../src/domain/runs/run-state.ts';
import type { RunRow } from './database.ts';

export const newRow: Omit<
  RunRow,
  'id' | 'job_id' | 'job_name' | 'trigger' | 'cause' | 'slot' | 'queued_at' | 'approval'
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
  suppressed: null,
  held_out: null,
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
  deliveries: [],
};

/** The columns that follow from a journal. */
export function columnsOf(state: RunState): Partial<RunRow> {
  const { ended_at, last_write_at, ...columns } = summariseRun(state);
  const deliveries = deliveriesOf(state).map((delivery) => ({
    delivery: delivery.delivery,
    identifier_type: delivery.request.identifierType,
    id_field: delivery.request.field,
    ...summariseDelivery(delivery),
    renews: delivery.renews?.audienceId ?? null,
  }));
  return { ...columns, ended_at: dateOf(ended_at), last_write_at: dateOf(last_write_at), deliveries };
}

const dateOf = (time: string | null): Date | null => (time === null ? null : new Date(time));
