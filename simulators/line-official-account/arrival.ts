import type { Body, Incoming } from '../shared/incoming.ts';
import type { Route } from './routes/table.ts';
import type { RequestRecord } from './state.ts';

/** A request of which everything but the body has arrived. */
export interface Arrival {
  readonly incoming: Incoming;
  readonly route: Route | undefined;
  /** The id in the path. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: Body;
  /** The whole header. Empty when there is no body. */
  readonly contentType: string;
  readonly startedAt: number;
  readonly record: RequestRecord;
}
