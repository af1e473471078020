/**
 * A simulator of the part of BigQuery that Lineup uses, for development and tests: data sets, tables, queries of a
 * simple form, and the Storage Read API. Google’s own clients work with it.
 */
import { type Simulator, type StartOptions, startSimulator } from '../shared/simulator.ts';
import { handlers, type Inspection, inspect } from './admin.ts';
import { serveApi } from './api.ts';
import { type Fault, faultKinds, readFault } from './faults.ts';
import { readSettings, type Settings } from './settings.ts';
import { createWorld, keyFileOf, project, type RequestRecord, type World, type WorldOptions } from './world.ts';

export type BigQuerySimulatorOptions = WorldOptions & StartOptions<RequestRecord>;

/**
 * `inspect` returns settings, faults, tables, sessions, jobs and requests. `advance` moves the age of sessions and
 * tokens.
 */
export interface BigQuerySimulator extends Simulator<Fault, Settings, Inspection, RequestRecord> {
  /** For REST, tokens and gRPC, e.g. `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** The key file of a service account that may read everything. */
  readonly credentials: string;
  readonly project: string;
}

const bigquery = {
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
export async function startBigQuerySimulator(options: BigQuerySimulatorOptions = {}): Promise<BigQuerySimulator> {
  const { world, origin, simulator } = await startSimulator(bigquery, options);
  return { ...simulator, origin, credentials: keyFileOf(world), project };
}

export type { Fault } from './faults.ts';
export type { TableSpec } from './tables.ts';
