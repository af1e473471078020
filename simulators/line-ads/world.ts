/** The parts of a running simulator, how they are created, and what a handler gets with a request. */
import { type HeldWorld, holdWorld, type TimeOptions, withOwn } from '../shared/held-world.ts';
import type { Body } from '../shared/incoming.ts';
import { SimulatorInputError } from '../shared/input.ts';
import { type AccessKey, type AdAccount, defaultAdAccounts, newAdAccount } from './accounts.ts';
import { type Fault, type Faults, newFaults, readFault } from './faults.ts';
import { type Settings, settingsOf } from './settings.ts';
import { type RequestRecord, State } from './state.ts';

export interface World extends HeldWorld<Settings, Faults, State> {
  readonly groupId: string;
  readonly groupName: string;
  readonly keys: ReadonlyMap<string, AccessKey>;
  /** Aborts when the simulator closes, and so ends every wait. */
  readonly closing: AbortSignal;
}

/** A request with a valid signature, within the rate. */
export interface Call {
  readonly world: World;
  readonly state: State;
  readonly key: AccessKey;
  /** An endpoint that takes a form reads it from here. The body of every other request has been read. */
  readonly stream: Body;
  /** The whole header with its parameters. Empty when there is no body. */
  readonly contentType: string;
  /** The values of the `:name` segments of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  /** The JSON body. Undefined when the endpoint has none. */
  readonly body: unknown;
  /** When it arrived, in virtual time. An upload is judged by the state at this time. */
  readonly startedAt: number;
  readonly record: RequestRecord;
}

/** LINE's current time. */
export function serverTime(world: World): number {
  return world.clock.server(world.settings.clockSkewMs);
}

export interface WorldOptions extends Partial<Settings>, TimeOptions {
  /** The data provider's key. @default LINEADSAMPLE, LINEADSECRETKEYSAMPLE */
  accessKey?: string;
  secretKey?: string;
  /** All keys, instead of one data provider's and one with the role Ad Tech. */
  keys?: AccessKey[];
  /** The group of the keys. @default G1 */
  groupId?: string;
  /** @default A1, A2, A3 linked, A8 removed, A9 to be linked by a link request */
  adAccounts?: (string | (Partial<AdAccount> & { id: string }))[];
  faults?: Fault[];
}

const sampleKey: AccessKey = {
  accessKey: 'LINEADSAMPLE',
  secretKey: 'LINEADSECRETKEYSAMPLE',
  role: 'data_provider',
};
const adTechKey: AccessKey = {
  accessKey: 'LINEADSAMPLEADTECH',
  secretKey: 'LINEADSECRETKEYADTECH',
  role: 'ad_tech',
};

const never = new AbortController().signal;

/** With a `now` of your own, the same requests have the same answers, ids and records: nothing is random. */
export function createWorld(options: WorldOptions = {}, closing: AbortSignal = never): World {
  const { accessKey, secretKey, keys, groupId = 'G1', adAccounts, faults = [], now, sleep, ...given } = options;
  const ownKey = {
    ...sampleKey,
    ...(accessKey === undefined ? {} : { accessKey }),
    ...(secretKey === undefined ? {} : { secretKey }),
  };
  const accounts = adAccounts?.map((account) => newAdAccount(typeof account === 'string' ? { id: account } : account));
  const initial = settingsOf(given);
  const rules = faults.map(readFault);
  const held = holdWorld({
    now,
    sleep,
    settings: initial,
    faults: newFaults(),
    rules,
    fresh: (clock, settings) => new State(clock, settings, accounts ?? defaultAdAccounts),
  });
  return withOwn(held, {
    groupId,
    groupName: `Group ${groupId}`,
    keys: keysById(keys ?? [ownKey, adTechKey]),
    closing,
  });
}

function keysById(keys: readonly AccessKey[]): Map<string, AccessKey> {
  for (const { accessKey, secretKey } of keys) {
    if (!accessKey || !secretKey) throw new SimulatorInputError('Every key needs an access key and a secret key.');
  }
  return new Map(keys.map((key) => [key.accessKey, key]));
}
