/** A simulator of BigQuery for one test, and a provider that does not really wait. */
import { onTestFinished } from 'vitest';
import {
  type BigQuerySimulator,
  type BigQuerySimulatorOptions,
  startBigQuerySimulator,
} from '../../../simulators/bigquery/index.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import type { BigQueryOptions } from '../../../src/sources/bigquery/account.ts';
import { bigqueryProvider } from '../../../src/sources/bigquery/provider.ts';
import type { Source } from '../../../src/sources/source.ts';
import { swiftClock } from '../support/swift-clock.ts';

/** One key for all tests, because making one takes time. */
let privateKey: string | undefined;

export async function startBigQuery(options: BigQuerySimulatorOptions = {}): Promise<BigQuerySimulator> {
  const sim = await startBigQuerySimulator({
    members: 450,
    batchRows: 50,
    streams: 3,
    privateKey,
    ...options,
  });
  privateKey ??= JSON.parse(sim.credentials).private_key;
  onTestFinished(() => sim.close());
  return sim;
}

export const swiftProvider = (options: BigQueryOptions = {}) =>
  bigqueryProvider({ clock: swiftClock(), random: () => 0.5, ...options });

export const credentialsFor = (sim: BigQuerySimulator, more: Record<string, string> = {}) =>
  new Secret({ service_account_key: sim.credentials, endpoint: sim.origin, ...more });

const never = new AbortController().signal;

export async function openAudience(
  sim: BigQuerySimulator,
  audience: string,
  more: Record<string, string> = {},
): Promise<Source> {
  const source = await swiftProvider().open(credentialsFor(sim, more), audience, never);
  onTestFinished(() => source.close());
  return source;
}

/** The requests to an endpoint, as `path`s. */
export const pathsOf = (sim: BigQuerySimulator, endpoint: string): string[] =>
  sim
    .inspect()
    .requests.filter((request) => request.endpoint === endpoint)
    .map(({ path }) => path);
