/** The parts of a running simulator, and how they are created from its options. */
import { Clock } from '../shared/clock.ts';
import { number, read, SimulatorInputError } from '../shared/input.ts';
import { type LoggedRequest, RequestLog } from '../shared/request-log.ts';
import { type Fault, Faults, readFault } from './faults.ts';
import { type Settings, settingsOf } from './settings.ts';
import { type Identity, type KeyPair, keyPairOf } from './sign-in.ts';
import type { Statement } from './statement.ts';
import { sampleTables, type Table } from './tables.ts';

export interface WorldOptions extends Partial<Settings> {
  /** The account identifier, also with a region or `.global`. @default LINEUP-SAMPLE */
  account?: string;
  /** The user of the key pair. @default LINEUP */
  user?: string;
  /** A programmatic access token that may read. @default snowflake-sample-token */
  token?: string;
  /** The public key of the user, PEM. @default made at the first use, with its private key */
  publicKey?: string;
  /** The size of the largest sample table. @default 250000 */
  members?: number;
  /** Tables in addition to the samples. */
  tables?: readonly Table[];
  faults?: readonly Fault[];
  /** Real time in milliseconds. @default the time of this machine */
  now?: () => number;
}

/** An entry of the request log. */
export interface RequestRecord extends LoggedRequest {
  /** The SQL of a submitted statement. */
  statement?: string;
}

export interface World {
  readonly identity: Identity;
  readonly tables: readonly Table[];
  readonly clock: Clock;
  readonly faults: Faults;
  /** Changed in place by the admin endpoint. */
  readonly settings: Settings;
  /** By their handle, oldest first. */
  readonly statements: Map<string, Statement>;
  /** The handle that a request id got. */
  readonly byRequest: Map<string, string>;
  statementCount: number;
  readonly requests: RequestLog<RequestRecord>;
  /** Aborts when the simulator closes, and so ends every wait. */
  readonly closing: AbortSignal;
  /** Restores settings, faults, statements and requests. The clock is not reset. */
  reset(): void;
}

export const defaultAccount = 'LINEUP-SAMPLE';
export const defaultUser = 'LINEUP';
export const defaultToken = 'snowflake-sample-token';

/** Bounds of the largest sample table. */
export const memberCount = number(0, 100_000_000);

export function createWorld(options: WorldOptions, closing: AbortSignal): World {
  const {
    account = defaultAccount,
    user = defaultUser,
    token = defaultToken,
    publicKey,
    members = 250_000,
    tables = [],
    faults = [],
    now,
    ...given
  } = options;
  if (token === '') throw new SimulatorInputError('The token is empty.');
  const initial = settingsOf(given);
  const rules = faults.map(readFault);
  const settings = { ...initial };
  const book = new Faults();
  for (const rule of rules) book.add(rule);
  let made: KeyPair | undefined = publicKey === undefined ? undefined : keyPairOf(publicKey);
  const keys = () => {
    made ??= keyPairOf(undefined);
    return made;
  };
  const world: World = {
    identity: { account, user, token, keys },
    tables: [...sampleTables(read(memberCount, members, 'members')), ...tables],
    clock: new Clock(now),
    faults: book,
    settings,
    statements: new Map(),
    byRequest: new Map(),
    statementCount: 0,
    requests: new RequestLog(),
    closing,
    reset() {
      Object.assign(settings, initial);
      book.clear();
      for (const rule of rules) book.add(rule);
      world.statements.clear();
      world.byRequest.clear();
      world.requests.clear();
    },
  };
  return world;
}
