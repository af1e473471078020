/**
 * A stand-in for the part of the Lytics API that reads audiences, for developing and testing against: it pages through
 * audiences of any size, moves their members while they are scanned, and breaks in every way on order.
 */
import { EventEmitter } from 'node:events';
import { adminPath } from '../shared/admin.ts';
import { listen } from '../shared/listen.ts';
import { type Fault, readFault } from './faults.ts';
import type { Entity } from './fields.ts';
import { type Inspection, inspect } from './inspect.ts';
import { createSimulatorServer } from './server.ts';
import { readSettings, type Settings } from './settings.ts';
import {
  createWorld,
  defaultToken,
  findSegment,
  powerlessToken,
  type RequestRecord,
  type WorldOptions,
} from './world.ts';

export interface LyticsSimulatorOptions extends WorldOptions {
  /** @default 0: any that is free */
  port?: number;
  /** @default 127.0.0.1 */
  host?: string;
  /** Told of every API request when it is over, answered or not. */
  log?: (record: RequestRecord) => void;
}

export interface LyticsSimulator {
  /** What stands for `https://api.lytics.io`, e.g. `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** The admin endpoint, e.g. `http://127.0.0.1:41234/__admin`. */
  readonly adminUrl: string;
  /** May read everything. */
  readonly token: string;
  /** Good, but its role does not allow anything. */
  readonly powerlessToken: string;
  /** Settings, faults, audiences and requests as plain data, as the admin endpoint gives them. */
  inspect(): Inspection;
  /** The id of the audience with that slug. Throws for an unknown one. */
  segmentId(slug: string): string;
  /** Who is in the audience now, each with just these fields. Throws for an unknown slug. */
  members(slug: string, ...fields: string[]): Iterable<Entity>;
  /** Orders a fault; gives its id. Throws `SimulatorInputError` for one that cannot be. */
  addFault(fault: Fault): number;
  clearFaults(): void;
  /** Changes settings while it runs. */
  configure(settings: Partial<Settings>): void;
  /** Moves the age of cursors forward in time. */
  advance(ms: number): void;
  /** Back to how it was started. */
  reset(): void;
  /** The next API request that fits, when it is over (answered, or reset on order). */
  nextRequest(fits?: (record: RequestRecord) => boolean): Promise<RequestRecord>;
  /** Stops at once; open connections are torn down. */
  close(): Promise<void>;
}

/** Starts a simulator. @throws {SimulatorInputError} for options that cannot be used */
export async function startLyticsSimulator(options: LyticsSimulatorOptions = {}): Promise<LyticsSimulator> {
  const { port = 0, host = '127.0.0.1', log, ...rest } = options;
  const closing = new AbortController();
  const world = createWorld(rest, closing.signal);
  const events = new EventEmitter<{ request: [RequestRecord] }>();
  const server = createSimulatorServer(world, (record) => {
    log?.(record);
    events.emit('request', record);
  });
  const { origin, close } = await listen(server, port, host);
  const segment = (slug: string) => {
    const found = findSegment(world, slug, true);
    if (!found) throw new Error(`There is no audience ${slug}.`);
    return found;
  };
  return {
    origin,
    adminUrl: `${origin}${adminPath}`,
    token: rest.token ?? defaultToken,
    powerlessToken,
    inspect: () => inspect(world),
    segmentId: (slug) => segment(slug).id,
    *members(slug, ...fields) {
      const found = segment(slug);
      for (let at = 0; at < found.size; at += 1) yield found.at(at, fields.length > 0 ? fields : undefined);
    },
    addFault: (fault) => world.faults.add(readFault(fault)),
    clearFaults: () => world.faults.clear(),
    configure: (settings) => void Object.assign(world.settings, readSettings(settings)),
    advance: (ms) => world.clock.advance(ms),
    reset: () => world.reset(),
    nextRequest: (fits = () => true) =>
      new Promise((resolve) => {
        events.on('request', function take(record) {
          if (!fits(record)) return;
          events.off('request', take);
          resolve(record);
        });
      }),
    async close() {
      closing.abort();
      await close();
    },
  };
}

export type { Fault } from './faults.ts';
export type { Entity } from './fields.ts';
