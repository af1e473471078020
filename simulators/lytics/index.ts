/**
 * A simulator of the part of the Lytics API that reads audiences, for development and tests. It pages through
 * audiences of any size, moves their members during a scan, and can produce every fault.
 */
import { type Simulator, type StartOptions, startSimulator } from '../shared/simulator.ts';
import { handlers, type Inspection, inspect } from './admin.ts';
import { serveApi } from './api.ts';
import { type Fault, faultKinds, readFault } from './faults.ts';
import type { Entity } from './fields.ts';
import { readSettings, type Settings } from './settings.ts';
import {
  createWorld,
  defaultToken,
  findSegment,
  powerlessToken,
  type RequestRecord,
  type World,
  type WorldOptions,
} from './world.ts';

export type LyticsSimulatorOptions = WorldOptions & StartOptions<RequestRecord>;

/** `inspect` returns settings, faults, audiences and requests. `advance` moves the age of cursors. */
export interface LyticsSimulator extends Simulator<Fault, Settings, Inspection, RequestRecord> {
  /** Replaces `https://api.lytics.io`, e.g. `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** A token that may read everything. */
  readonly token: string;
  /** A valid token whose role allows nothing. */
  readonly powerlessToken: string;
  /** The id of the audience with this slug. Throws for an unknown one. */
  segmentId(slug: string): string;
  /** The current members of the audience, with only these fields. Throws for an unknown slug. */
  members(slug: string, ...fields: string[]): Iterable<Entity>;
}

const lytics = {
  createWorld,
  time: ({ clock }: World) => clock.server(0),
  serve: serveApi,
  inspect,
  readFault,
  faultKinds,
  readSettings,
  handlers,
};

/** Starts a simulator. @throws {SimulatorInputError} for invalid options */
export async function startLyticsSimulator(options: LyticsSimulatorOptions = {}): Promise<LyticsSimulator> {
  const { world, origin, simulator } = await startSimulator(lytics, options);
  const segment = (slug: string) => {
    const found = findSegment(world, slug, true);
    if (!found) throw new Error(`There is no audience ${slug}.`);
    return found;
  };
  return {
    ...simulator,
    origin,
    token: options.token ?? defaultToken,
    powerlessToken,
    segmentId: (slug) => segment(slug).id,
    *members(slug, ...fields) {
      const found = segment(slug);
      for (let at = 0; at < found.size; at += 1) yield found.at(at, fields.length > 0 ? fields : undefined);
    },
  };
}

export type { Fault } from './faults.ts';
export type { Entity } from './fields.ts';
