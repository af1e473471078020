/**
 * A simulator of the LINE Ads API for development and tests. It verifies every signature, enforces the
 * limits, keeps audiences with their members, processes upload jobs over time, and can produce every fault.
 */
import type { FastifyInstance } from 'fastify';
import { adminPath } from '../shared/admin.ts';
import { serveCore } from '../shared/carry.ts';
import { type Simulator, type StartOptions, startSimulator } from '../shared/simulator.ts';
import type { AccessKey } from './accounts.ts';
import { handlers, type Inspection, inspect } from './admin.ts';
import { answer, basePath } from './answer.ts';
import { addElsewhere, type Elsewhere } from './elsewhere.ts';
import { type Fault, faultKinds, readFault } from './faults.ts';
import { readSettings, type Settings } from './settings.ts';
import type { RequestRecord, State } from './state.ts';
import { createWorld, serverTime, type World, type WorldOptions } from './world.ts';

export type LineAdsSimulatorOptions = WorldOptions & StartOptions<RequestRecord>;

/** `inspect` returns audiences, jobs, requests and violations. `advance` moves jobs, matching and rates. */
export interface LineAdsSimulator extends Simulator<Fault, Settings, Inspection, RequestRecord> {
  /** Base URL of the API, e.g. `http://127.0.0.1:41234/api`. */
  readonly url: string;
  readonly groupId: string;
  readonly keys: readonly AccessKey[];
  /** Audiences, jobs, requests, violations; `state.members(id)` has `size`, `has(line)` and iterates sorted lines. */
  readonly state: State;
  /** Adds an audience that another tool has created, and returns its id. Throws `SimulatorInputError`. */
  addAudience(given: Elsewhere): string;
}

const serve = (app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void =>
  serveCore(app, {
    prefixes: [basePath],
    hint: `The API is below ${basePath}/v3, the admin endpoint at ${adminPath}.`,
    answer: (incoming) => answer(world, incoming, onRequest),
  });

const lineAds = {
  createWorld,
  time: serverTime,
  serve,
  inspect,
  readFault,
  faultKinds,
  readSettings,
  handlers,
};

/** Starts a simulator. @throws {SimulatorInputError} for invalid options */
export async function startLineAdsSimulator(options: LineAdsSimulatorOptions = {}): Promise<LineAdsSimulator> {
  const { world, origin, simulator } = await startSimulator(lineAds, options);
  return {
    ...simulator,
    url: `${origin}${basePath}`,
    groupId: world.groupId,
    keys: [...world.keys.values()],
    get state() {
      return world.state;
    },
    addAudience: (given) => addElsewhere(world, given).id,
  };
}

export { SimulatorInputError } from '../shared/input.ts';
export type { Fault } from './faults.ts';
