/**
 * A simulator of the audiences of LINE Official Accounts (Messaging API) for development and tests: tokens, audiences
 * of user ids and advertising ids, uploads, and what Business Manager shares. It checks every request, enforces the
 * limits, keeps audiences with their members, moves uploads through their states, and can produce every fault.
 */
import type { FastifyInstance } from 'fastify';
import { adminPath } from '../shared/admin.ts';
import { serveCore } from '../shared/carry.ts';
import { type Simulator, type StartOptions, startSimulator } from '../shared/simulator.ts';
import { handlers } from './admin.ts';
import { answer } from './answer.ts';
import { type GivenChannel, registerKey } from './channels.ts';
import { addElsewhere, type Elsewhere } from './elsewhere.ts';
import { type Fault, faultKinds, readFault } from './faults.ts';
import { type Inspection, inspect } from './inspect.ts';
import { basePath, tokenPath } from './routes/table.ts';
import { readSettings, type Settings } from './settings.ts';
import type { RequestRecord, State } from './state.ts';
import { createWorld, serverTime, type World, type WorldOptions } from './world.ts';

export type LineOfficialAccountSimulatorOptions = WorldOptions & StartOptions<RequestRecord>;

/** `inspect` returns audiences, jobs, requests and violations. `advance` moves uploads, tokens, ends and rates. */
export interface LineOfficialAccountSimulator extends Simulator<Fault, Settings, Inspection, RequestRecord> {
  /** The base of both hosts, e.g. `http://127.0.0.1:41234`. */
  readonly url: string;
  /** The first channel. */
  readonly channel: GivenChannel;
  /** Audiences, uploads, requests, violations; `state.members(id)` has `size`, `has(id)` and iterates sorted ids. */
  readonly state: State;
  /** Adds an audience that was made elsewhere, and returns its id. Throws `SimulatorInputError`. */
  addAudience(given: Elsewhere): string;
  /** A token without asking for it, by default of the first channel. */
  token(channelId?: string): string;
  /** Registers a key of the first channel, and returns its private key as PEM. */
  newKey(kid: string): string;
}

const serve = (app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void =>
  serveCore(app, {
    prefixes: ['/v2', '/oauth2'],
    hint: `The API is below ${basePath}, tokens are at ${tokenPath}, the admin endpoint at ${adminPath}.`,
    answer: (incoming) => answer(world, incoming, onRequest),
  });

const lineOfficialAccount = {
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
export async function startLineOfficialAccountSimulator(
  options: LineOfficialAccountSimulatorOptions = {},
): Promise<LineOfficialAccountSimulator> {
  const { world, origin, simulator } = await startSimulator(lineOfficialAccount, options);
  const { channelId: first } = world.first;
  return {
    ...simulator,
    url: origin,
    channel: world.first,
    get state() {
      return world.state;
    },
    addAudience: (given) => addElsewhere(world, given).id,
    token: (channelId = first) => world.state.tokens.issue(channelId, world.settings.tokenMs),
    newKey: (kid) => registerKey(world.state.channels.get(first)!, kid)!,
  };
}

export type { Fault } from './faults.ts';
