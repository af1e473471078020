/**
 * The flags of the simulator as plain data, for every command line that offers them, and the start with them.
 */
import { adminLines, byFlags, faultOption, listed, listenOptions, makeOptions } from '../shared/flags.ts';
import { text } from '../shared/input.ts';
import { parseFault } from './faults.ts';
import type { SnowflakeSimulator } from './index.ts';
import { settings } from './settings.ts';
import { defaultAccount, defaultToken, defaultUser, memberCount } from './world.ts';

export const snowflakeSimulatorOptions = makeOptions({
  ...listenOptions,
  account: text
    .default(defaultAccount)
    .meta({ placeholder: '<account>', description: 'account identifier in the tokens of key pairs' }),
  user: text.default(defaultUser).meta({ placeholder: '<user>', description: 'user of the key pair' }),
  token: text
    .default(defaultToken)
    .meta({ placeholder: '<token>', description: 'programmatic access token that may read' }),
  publicKey: text.optional().meta({
    placeholder: '<pem>',
    description: 'public key of the user; without it, no key pair is accepted',
  }),
  members: memberCount.default(250_000).describe('rows of the largest table, made on the spot'),
  faults: faultOption(parseFault, 'failure,code=000604,endpoint=status'),
  ...settings,
});

function banner(sim: SnowflakeSimulator): string[] {
  const { tables } = sim.inspect();
  return [
    'Snowflake simulator is up. Nothing here reaches Snowflake.',
    '',
    `export SNOWFLAKE_ORIGIN=${sim.origin} SNOWFLAKE_ACCOUNT=${sim.account} SNOWFLAKE_TOKEN=${sim.token}`,
    `export SNOWFLAKE_DATABASE=${sim.database} SNOWFLAKE_WAREHOUSE=${sim.warehouse} SNOWFLAKE_ROLE=${sim.role}`,
    '',
    ...listed(
      'Tables',
      tables.map(({ name, rows }) => `${name} (${rows})`),
    ),
    ...adminLines(sim.adminUrl),
  ];
}

/** Starts a simulator with the values of its flags, and prints how to use it. */
export const simulateSnowflake = byFlags(
  // Loaded when it starts: a help needs no server.
  async (given: object) => (await import('./index.ts')).startSnowflakeSimulator(given),
  banner,
);
