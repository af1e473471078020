/**
 * A simulator of the part of Snowflake's SQL API that reads tables, for development and tests. It knows a few
 * statements, gives results of any size in partitions, and can produce every fault.
 */
import { type Simulator, type StartOptions, startSimulator } from '../shared/simulator.ts';
import { handlers, type Inspection, inspect } from './admin.ts';
import { serveApi } from './api.ts';
import { type Fault, faultKinds, readFault } from './faults.ts';
import { readSettings, type Settings } from './settings.ts';
import { sampleRole, sampleWarehouse } from './statements.ts';
import { createWorld, type RequestRecord, type World, type WorldOptions } from './world.ts';

export type SnowflakeSimulatorOptions = WorldOptions & StartOptions<RequestRecord>;

/** `inspect` returns settings, faults, tables, statements and requests. `advance` moves the age of results. */
export interface SnowflakeSimulator extends Simulator<Fault, Settings, Inspection, RequestRecord> {
  /** Replaces `https://<account>.snowflakecomputing.com`, e.g. `http://127.0.0.1:41234`. */
  readonly origin: string;
  readonly account: string;
  readonly user: string;
  /** A programmatic access token that may read. */
  readonly token: string;
  /** The only role and warehouse of the account. */
  readonly role: string;
  readonly warehouse: string;
  /** The database of the samples. */
  readonly database: string;
  /** The private key of the user (PEM), unless the simulator was given a public key. It is made at the first use. */
  readonly privateKey: string;
}

const snowflake = {
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
export async function startSnowflakeSimulator(options: SnowflakeSimulatorOptions = {}): Promise<SnowflakeSimulator> {
  const { world, origin, simulator } = await startSimulator(snowflake, options);
  const { account, user, token, keys } = world.identity;
  return {
    ...simulator,
    origin,
    account,
    user,
    token,
    role: sampleRole,
    warehouse: sampleWarehouse,
    database: 'SHOP',
    get privateKey() {
      return keys().privateKey ?? '';
    },
  };
}

export type { Fault } from './faults.ts';
export type { Table } from './tables.ts';
