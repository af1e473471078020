/** The parts of a running simulator, how they are created, and what a handler gets with a request. */
import { type HeldWorld, holdWorld, type TimeOptions, withOwn } from '../shared/held-world.ts';
import type { Body } from '../shared/incoming.ts';
import { RateMeter } from '../shared/rate-meter.ts';
import { type Channel, defaultChannels, type GivenChannel } from './channels.ts';
import { addSeeds } from './elsewhere.ts';
import { type Fault, type Faults, newFaults, readFault } from './faults.ts';
import { type Settings, settingsOf } from './settings.ts';
import { type RequestRecord, State } from './state.ts';

export interface World extends HeldWorld<Settings, Faults, State> {
  /** The channel of the customer. */
  readonly first: GivenChannel;
  /** Aborts when the simulator closes, and so ends every wait. */
  readonly closing: AbortSignal;
}

/** A request of a channel with a valid token, within the rate. */
export interface Call {
  readonly world: World;
  readonly state: State;
  readonly channel: Channel;
  /** An endpoint that takes a file reads it from here. The body of every other request has been read. */
  readonly stream: Body;
  /** The whole header with its parameters. */
  readonly contentType: string;
  /** The id in the path. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The JSON body. Undefined when the endpoint has none. */
  readonly body: unknown;
  readonly record: RequestRecord;
}

/** A request to the token endpoint. */
export interface TokenCall {
  readonly world: World;
  readonly state: State;
  readonly record: RequestRecord;
  readonly given: Readonly<Record<string, string>>;
}

/** LINE's current time. It follows the virtual time. */
export const serverTime = ({ clock, settings }: World): number => clock.time() + settings.clockSkewMs;

export interface WorldOptions extends Partial<Settings>, TimeOptions {
  /** The channel of a customer. @default 1657000001, LINEOASECRETSAMPLE */
  channelId?: string;
  channelSecret?: string;
  /** A key that is registered for that channel: its `kid`, and the public key as PEM or JWK. */
  keyId?: string;
  publicKey?: string;
  /** All channels, instead of that one, one of the same bot, and one of an account abroad. */
  channels?: readonly GivenChannel[];
  faults?: readonly Fault[];
}

const minute = 60_000;
const never = new AbortController().signal;

/** With a `now` of your own, the same requests have the same answers, ids and records: nothing is random. */
export function createWorld(options: WorldOptions = {}, closing: AbortSignal = never): World {
  const {
    channelId = '1657000001',
    channelSecret = 'LINEOASECRETSAMPLE',
    keyId = 'sample-key',
    publicKey,
    channels,
    faults = [],
    now,
    sleep,
    ...given
  } = options;
  const keys = publicKey === undefined ? {} : { keys: { [keyId]: publicKey } };
  const all = channels ?? defaultChannels({ channelId, channelSecret, ...keys });
  const initial = settingsOf(given);
  const held = holdWorld({
    now,
    sleep,
    settings: initial,
    faults: newFaults(),
    rules: faults.map(readFault),
    rate: new RateMeter(minute),
    fresh: (clock, settings) => {
      const state = new State(clock, settings, all);
      if (!channels) addSeeds(state, clock.time());
      return state;
    },
  });
  return withOwn(held, { first: all[0]!, closing });
}
