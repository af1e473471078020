/**
 * A simulator of the part of Amazon S3 that reads objects, for development and tests: lists, objects and parts of them,
 * with signatures that it checks, objects that change while they are read, and every fault.
 */
import { type Simulator, type StartOptions, startSimulator } from '../shared/simulator.ts';
import { handlers, type Inspection, inspect } from './admin.ts';
import { serveApi } from './api.ts';
import { type Fault, faultKinds, readFault } from './faults.ts';
import { readSettings, type Settings } from './settings.ts';
import type { Keys } from './signature.ts';
import { createWorld, type RequestRecord, type World, type WorldOptions } from './world.ts';

export type S3SimulatorOptions = WorldOptions & StartOptions<RequestRecord>;

/** `inspect` returns settings, faults, objects and requests. */
export interface S3Simulator extends Simulator<Fault, Settings, Inspection, RequestRecord> {
  /** Replaces `https://s3.<region>.amazonaws.com`, e.g. `http://127.0.0.1:41234`. Buckets are in the path. */
  readonly endpoint: string;
  readonly region: string;
  readonly keys: Keys;
  /** Writes an object. A bucket that does not exist is made. @param modified milliseconds; by default now */
  put(bucket: string, key: string, body: Uint8Array | string, modified?: number): void;
  delete(bucket: string, key: string): void;
}

const s3 = {
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
export async function startS3Simulator(options: S3SimulatorOptions = {}): Promise<S3Simulator> {
  const { world, origin, simulator } = await startSimulator(s3, options);
  const { buckets, clock, keys, region } = world;
  return {
    ...simulator,
    endpoint: origin,
    region,
    keys,
    put: (bucket, key, body, modified = clock.time()) => void buckets.put(bucket, key, body, modified),
    delete: (bucket, key) => void buckets.delete(bucket, key),
  };
}

export type { Intercepted, Interception } from './world.ts';
