/**
 * A stand-in for the LINE Ads API, for developing and testing against: it verifies every signature, enforces the
 * limits, holds audiences with their members, runs upload jobs over time and breaks in every way on order.
 */
import { EventEmitter } from 'node:events';
import { adminPath } from '../shared/admin.ts';
import { listen } from '../shared/listen.ts';
import type { AccessKey } from './accounts.ts';
import { basePath } from './api.ts';
import { createWorld, type WorldOptions } from './create-world.ts';
import { type Fault, readFault } from './faults.ts';
import { type Inspection, inspect } from './inspect.ts';
import { createSimulatorServer } from './server.ts';
import { readSettings, type Settings } from './settings.ts';
import type { RequestRecord, State } from './state.ts';

export interface LineAdsSimulatorOptions extends WorldOptions {
  /** @default 0: any that is free */
  port?: number;
  /** @default 127.0.0.1 */
  host?: string;
  /** Told of every API request when it is over, answered or not. */
  log?: (record: RequestRecord) => void;
}

export interface LineAdsSimulator {
  /** Base URL of the API, e.g. `http://127.0.0.1:41234/api`. */
  readonly url: string;
  /** The admin endpoint, e.g. `http://127.0.0.1:41234/__admin`. */
  readonly adminUrl: string;
  readonly groupId: string;
  readonly keys: readonly AccessKey[];
  /** Audiences, jobs, requests, violations; `state.members(id)` has `size`, `has(line)` and iterates sorted lines. */
  readonly state: State;
  /** All of that as plain data, as the admin endpoint gives it. */
  inspect(): Inspection;
  /** Orders a fault; gives its id. Throws `SimulatorInputError` for one that cannot be. */
  addFault(fault: Fault): number;
  clearFaults(): void;
  /** Changes settings while it runs. */
  configure(settings: Partial<Settings>): void;
  /** Moves jobs, matching and rates forward in time. */
  advance(ms: number): void;
  /** Back to how it was started. */
  reset(): void;
  /** The next API request that fits, when it is over (answered, or reset on order). */
  nextRequest(fits?: (record: RequestRecord) => boolean): Promise<RequestRecord>;
  /** Stops at once; open connections are torn down. */
  close(): Promise<void>;
}

/** Starts a simulator. @throws {SimulatorInputError} for options that cannot be used */
export async function startLineAdsSimulator(
  options: LineAdsSimulatorOptions = {},
): Promise<LineAdsSimulator> {
  const { port = 0, host = '127.0.0.1', log, ...rest } = options;
  const closing = new AbortController();
  const world = createWorld(rest, closing.signal);
  const events = new EventEmitter<{ request: [RequestRecord] }>();
  const server = createSimulatorServer(world, (record) => {
    log?.(record);
    events.emit('request', record);
  });
  const listening = await listen(server, port, host);
  const { origin } = listening;
  return {
    url: `${origin}${basePath}`,
    adminUrl: `${origin}${adminPath}`,
    groupId: world.groupId,
    keys: [...world.keys.values()],
    get state() {
      return world.state;
    },
    inspect: () => inspect(world),
    addFault: (fault) => world.faults.add(readFault(fault)),
    clearFaults: () => world.faults.clear(),
    configure: (settings) => void Object.assign(world.settings, readSettings(settings)),
    advance: (ms) => world.clock.advance(ms),
    reset: () => world.reset(),
    nextRequest: (fits = () => true) =>
      new Promise((resolve) => {
        events.on('request', function listen(record) {
          if (!fits(record)) return;
          events.off('request', listen);
          resolve(record);
        });
      }),
    async close() {
      closing.abort();
      await listening.close();
    },
  };
}

export { SimulatorInputError } from '../shared/input.ts';
export type { Fault } from './faults.ts';
