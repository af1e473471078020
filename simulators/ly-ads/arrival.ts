import type { Body, Incoming } from '../shared/incoming.ts';
import type { RequestRecord } from './state.ts';

/** A request of which everything but the body has arrived. */
export interface Arrival {
  readonly incoming: Incoming;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Body;
  /** The whole header. Empty when there is no body. */
  readonly contentType: string;
  readonly startedAt: number;
  readonly record: RequestRecord;
  /** How many values the answer has if all of them fail. */
  operands: number;
}
