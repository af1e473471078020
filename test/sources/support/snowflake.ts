/** A simulator of Snowflake for one test, and a provider that does not really wait. */
import { onTestFinished } from 'vitest';
import {
  type SnowflakeSimulator,
  type SnowflakeSimulatorOptions,
  startSnowflakeSimulator,
  type Table,
} from '../../../simulators/snowflake/index.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { type SnowflakeProviderOptions, snowflakeProvider } from '../../../src/sources/snowflake/provider.ts';
import type { Source } from '../../../src/sources/source.ts';
import type { Row } from '../contract.ts';
import { swiftClock } from './swift-clock.ts';

export async function startSnowflake(options: SnowflakeSimulatorOptions = {}): Promise<SnowflakeSimulator> {
  const sim = await startSnowflakeSimulator({ members: 2000, ...options });
  onTestFinished(() => sim.close());
  return sim;
}

/** The configuration of an authorization for the simulator, by token. */
export const configuration = (sim: SnowflakeSimulator, changes: Record<string, string> = {}) =>
  new Secret({
    account: sim.account,
    access_token: sim.token,
    database: sim.database,
    warehouse: sim.warehouse,
    origin: sim.origin,
    ...changes,
  });

export const providerOf = (options: SnowflakeProviderOptions = {}) =>
  snowflakeProvider({ clock: swiftClock(), random: () => 1, ...options });

export async function openTable(
  sim: SnowflakeSimulator,
  audience: string,
  changes: Record<string, string> = {},
  options: SnowflakeProviderOptions = {},
): Promise<Source> {
  const signal = AbortSignal.timeout(60_000);
  const source = await providerOf(options).open(configuration(sim, changes), audience, signal);
  onTestFinished(() => source.close());
  return source;
}

/** A table with these members, in lower case so that tests of every source find the names. */
export const tableOf = (rows: readonly Row[]): Table => ({
  name: ['SHOP', 'CRM', 'GIVEN'],
  columns: [
    { name: 'email', type: 'text' },
    { name: 'phone', type: 'text' },
    { name: 'emails', type: 'array' },
  ],
  rows: rows.length,
  row: (number) => {
    const { email, phone = null, emails = null } = rows[number]!;
    return [email, phone, emails];
  },
});
