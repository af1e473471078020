/** Builds the parts of a simulator from what it was started with. */
import { Clock } from '../shared/clock.ts';
import { SimulatorInputError } from '../shared/input.ts';
import { type AccessKey, type AdAccount, defaultAdAccounts, newAdAccount } from './accounts.ts';
import { type Fault, Faults, readFault } from './faults.ts';
import { RateMeter } from './rate.ts';
import { type Settings, settingsOf } from './settings.ts';
import { State } from './state.ts';
import type { World } from './world.ts';

export interface WorldOptions extends Partial<Settings> {
  /** The data provider's key. @default LINEADSAMPLE, LINEADSECRETKEYSAMPLE */
  accessKey?: string;
  secretKey?: string;
  /** All keys, instead of the data provider's and one of the role Ad Tech. */
  keys?: AccessKey[];
  /** The group of the keys. @default G1 */
  groupId?: string;
  /** @default A1, A2, A3 linked, A8 removed, A9 to be linked by a link request */
  adAccounts?: (string | (Partial<AdAccount> & { id: string }))[];
  faults?: Fault[];
  /** Real time in milliseconds. @default Date.now */
  now?: () => number;
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

export function createWorld(options: WorldOptions, closing: AbortSignal): World {
  const {
    accessKey,
    secretKey,
    keys,
    groupId = 'G1',
    adAccounts,
    faults = [],
    now = Date.now,
    ...given
  } = options;
  const ownKey = {
    ...sampleKey,
    ...(accessKey === undefined ? {} : { accessKey }),
    ...(secretKey === undefined ? {} : { secretKey }),
  };
  const accounts = adAccounts?.map((account) =>
    newAdAccount(typeof account === 'string' ? { id: account } : account),
  );
  const initial = settingsOf(given);
  const rules = faults.map(readFault);

  const clock = new Clock(now);
  const settings = { ...initial };
  const book = new Faults();
  const rate = new RateMeter();
  const fresh = () => new State(clock, settings, accounts ?? defaultAdAccounts);
  let state = fresh();
  for (const rule of rules) book.add(rule);
  return {
    groupId,
    groupName: `Group ${groupId}`,
    keys: keysById(keys ?? [ownKey, adTechKey]),
    clock,
    settings,
    faults: book,
    rate,
    closing,
    get state() {
      return state;
    },
    reset() {
      Object.assign(settings, initial);
      book.clear();
      for (const rule of rules) book.add(rule);
      rate.clear();
      state = fresh();
    },
  };
}

function keysById(keys: readonly AccessKey[]): Map<string, AccessKey> {
  for (const { accessKey, secretKey } of keys) {
    if (!accessKey || !secretKey)
      throw new SimulatorInputError('Every key needs an access key and a secret key.');
  }
  return new Map(keys.map((key) => [key.accessKey, key]));
}
