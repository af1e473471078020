/**
 * A simulator of the Display Ads API of LY (LINEヤフー広告) for development and tests: consent and tokens, accounts,
 * audience lists of customer data, and uploads. It checks every request, enforces the limits, keeps lists with members
 * that age out, moves uploads through their states, and can produce every fault.
 */
import type { FastifyInstance } from 'fastify';
import { adminPath } from '../shared/admin.ts';
import { serveCore } from '../shared/carry.ts';
import { type Simulator, type StartOptions, startSimulator } from '../shared/simulator.ts';
import { grant, handlers, newCode } from './admin.ts';
import { answer } from './answer.ts';
import { addElsewhere, type Elsewhere } from './elsewhere.ts';
import { type Fault, faultKinds, readFault } from './faults.ts';
import type { Client } from './grants.ts';
import { type Inspection, inspect } from './inspect.ts';
import { apiPath, oauthPath } from './routes/table.ts';
import { readSettings, type Settings } from './settings.ts';
import type { RequestRecord, State } from './state.ts';
import { createWorld, serverTime, type World, type WorldOptions } from './world.ts';

export type LyAdsSimulatorOptions = WorldOptions & StartOptions<RequestRecord>;

/** `inspect` returns lists, jobs, requests and violations. `advance` moves uploads, ageing, tokens and rates. */
export interface LyAdsSimulator extends Simulator<Fault, Settings, Inspection, RequestRecord> {
  /** The base of both the consent and the API, e.g. `http://127.0.0.1:41234`. */
  readonly url: string;
  /** The first application. */
  readonly client: Client;
  /** Lists, uploads, requests, violations; `state.members(id)` has `size`, `has(value)` and iterates sorted values. */
  readonly state: State;
  /** Adds a list that was made elsewhere, and returns its id. Throws `SimulatorInputError`. */
  addList(given: Elsewhere): string;
  /** Tokens as if a person had just consented: by default the first person, for the first application. */
  grant(clientId?: string, businessId?: string): { readonly accessToken: string; readonly refreshToken: string };
  /** The code that a person gets who consents, by default to be entered. */
  code(redirectUri?: string, clientId?: string, businessId?: string): string;
}

const serve = (app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void =>
  serveCore(app, {
    prefixes: ['/api', '/oauth'],
    hint: `The API is below ${apiPath}, the consent below ${oauthPath}, the admin endpoint at ${adminPath}.`,
    answer: (incoming) => answer(world, incoming, onRequest),
  });

const lyAds = {
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
export async function startLyAdsSimulator(options: LyAdsSimulatorOptions = {}): Promise<LyAdsSimulator> {
  const { world, origin, simulator } = await startSimulator(lyAds, options);
  return {
    ...simulator,
    url: origin,
    client: [...world.clients.values()][0]!,
    get state() {
      return world.state;
    },
    addList: (given) => addElsewhere(world, given).id,
    grant: (clientId, businessId) => grant(world, clientId, businessId),
    code: (redirectUri, clientId, businessId) => newCode(world, redirectUri, clientId, businessId),
  };
}

export type { Fault } from './faults.ts';
