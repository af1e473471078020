/**
 * The requests of a run to LINE in its trace. The span of a stage gets their number and the last status, and an event
 * for each attempt that failed. LINE itself is told nothing of the trace.
 */
import type { Tracer } from '../contracts/tracing.ts';

/** What the client of a destination tells of an attempt. */
interface Attempt {
  readonly method: string;
  /** None without an answer. */
  readonly status?: number | null;
  readonly attempt: number;
  /** None when it succeeded. */
  readonly error?: string | null;
}

/** @param log gets each request, too */
export const requestsIn =
  <Entry extends Attempt>(tracer: Tracer | undefined, log: (entry: Entry) => void) =>
  (entry: Entry): void => {
    log(entry);
    const span = tracer?.active;
    if (!span) return;
    const { method, status, attempt, error } = entry;
    const answer = { 'http.response.status_code': status, 'lineup.attempt': attempt };
    span.add('lineup.request.count', 1);
    span.set(answer);
    if (error) span.event('request_failed', { ...answer, 'http.request.method': method });
  };
