/** The parts of a running simulator, how they are created, and what a handler gets with a request. */
import { type HeldWorld, holdWorld, type TimeOptions, withOwn } from '../shared/held-world.ts';
import type { Body } from '../shared/incoming.ts';
import {
  type Account,
  defaultAccounts,
  defaultPeople,
  type GivenAccount,
  newAccount,
  type Person,
} from './accounts.ts';
import { type Fault, type Faults, newFaults, readFault } from './faults.ts';
import { type Client, checkClients } from './grants.ts';
import { seedLists } from './seed-lists.ts';
import { type Settings, settingsOf } from './settings.ts';
import { type RequestRecord, State } from './state.ts';

export interface World extends HeldWorld<Settings, Faults, State> {
  readonly clients: ReadonlyMap<string, Client>;
  readonly people: readonly Person[];
  /** Aborts when the simulator closes, and so ends every wait. */
  readonly closing: AbortSignal;
}

/** A request to a service with a valid token, within the rate. */
export interface Call {
  readonly world: World;
  readonly state: State;
  readonly clientId: string;
  readonly person: Person;
  /** The account of the header. Undefined for an endpoint that needs none. */
  readonly base: Account | undefined;
  /** An endpoint that takes a form reads it from here. The body of every other request has been read. */
  readonly stream: Body;
  /** The whole header with its parameters. */
  readonly contentType: string;
  readonly query: Readonly<Record<string, string>>;
  /** The JSON body. Undefined when the endpoint has none. */
  readonly body: unknown;
  /** When it arrived, in virtual time. */
  readonly startedAt: number;
  readonly record: RequestRecord;
}

/** A request to the consent or the token endpoint. */
export interface OauthCall {
  readonly world: World;
  readonly state: State;
  readonly record: RequestRecord;
  /** Of the query, and of a form. */
  readonly given: Readonly<Record<string, string>>;
}

/** LY's current time. Unlike LINE's, it follows the virtual time: no signature depends on it. */
export const serverTime = ({ clock, settings }: World): number => clock.time() + settings.clockSkewMs;

/** LY has answered 0003. */
export function beginPause({ state, clock, settings }: World, clientId: string | undefined): void {
  if (clientId !== undefined) state.pausedUntil.set(clientId, clock.time() + settings.pauseMs);
}

export interface WorldOptions extends Partial<Settings>, TimeOptions {
  /** The application of a customer. @default LYADSSAMPLE, LYADSSECRETSAMPLE */
  clientId?: string;
  clientSecret?: string;
  /** All applications, instead of that one. */
  clients?: readonly Client[];
  /** The addresses that are registered for the application. @default every one */
  redirectUris?: readonly string[];
  /** @default three people: one may do everything, one may only read, one has no account */
  people?: readonly Person[];
  /** @default an MCC with all kinds of accounts, and some without a parent */
  accounts?: readonly (string | GivenAccount)[];
  faults?: readonly Fault[];
}

const never = new AbortController().signal;

/** With a `now` of your own, the same requests have the same answers, ids and records: nothing is random. */
export function createWorld(options: WorldOptions = {}, closing: AbortSignal = never): World {
  const {
    clientId = 'LYADSSAMPLE',
    clientSecret = 'LYADSSECRETSAMPLE',
    clients = [],
    redirectUris,
    people = defaultPeople,
    accounts,
    faults = [],
    now,
    sleep,
    ...given
  } = options;
  const own: Client = { clientId, clientSecret, ...(redirectUris ? { redirectUris } : {}) };
  const all = clients.length > 0 ? clients : [own];
  checkClients(all);
  const chosen = accounts?.map((account) => newAccount(typeof account === 'string' ? { id: account } : account));
  const initial = settingsOf(given);
  const rules = faults.map(readFault);
  const held = holdWorld({
    now,
    sleep,
    settings: initial,
    faults: newFaults(),
    rules,
    fresh: (clock, settings) => {
      const state = new State(clock, settings, chosen ?? defaultAccounts);
      if (!chosen) seedLists(state, clock.time());
      return state;
    },
  });
  return withOwn(held, {
    clients: new Map(all.map((client) => [client.clientId, client])),
    people,
    closing,
  });
}
