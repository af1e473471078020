/** The parts of a running simulator, passed to whatever handles a request. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../shared/clock.ts';
import type { AccessKey } from './accounts.ts';
import type { Faults } from './faults.ts';
import type { RateMeter } from './rate.ts';
import type { Settings } from './settings.ts';
import type { RequestRecord, State } from './state.ts';
import type { ViolationCode } from './violations.ts';

export interface World {
  readonly groupId: string;
  readonly groupName: string;
  readonly keys: ReadonlyMap<string, AccessKey>;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly rate: RateMeter;
  /** Changed in place by the admin endpoint. */
  readonly settings: Settings;
  /** Replaced as a whole by a reset. */
  readonly state: State;
  /** Ends when the simulator closes, and with it every wait. */
  readonly closing: AbortSignal;
  /** Back to how it was started: state, settings, faults, rate. The clock goes on. */
  reset(): void;
}

/** A request whose signature and rate were found right. */
export interface Call {
  readonly world: World;
  readonly state: State;
  readonly key: AccessKey;
  readonly incoming: IncomingMessage;
  /** Values of the `:name` segments of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON body, or nothing when the endpoint has none. */
  readonly body: unknown;
  /** When it arrived, in virtual time: an upload is judged by what went on then. */
  readonly startedAt: number;
  readonly record: RequestRecord;
}

/** LINE's clock now. */
export function serverTime(world: World): number {
  return world.clock.server(world.settings.clockSkewMs);
}

/** Writes down what a well-made client would not have done. */
export function flag(call: Pick<Call, 'state' | 'record'>, code: ViolationCode, message: string): void {
  call.state.violations.push({ code, time: call.record.time, request: call.record.number, message });
}
