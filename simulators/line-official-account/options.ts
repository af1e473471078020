/**
 * The flags of the simulator as plain data, for every command line that offers them, and the start with them.
 */
import { adminLines, byFlags, faultOption, listed, listenOptions, makeOptions } from '../shared/flags.ts';
import { text } from '../shared/input.ts';
import { parseFault } from './faults.ts';
import type { LineOfficialAccountSimulator } from './index.ts';
import { settings } from './settings.ts';

export const lineOfficialAccountSimulatorOptions = makeOptions({
  ...listenOptions,
  channelId: text.default('1657000001').meta({ placeholder: '<id>', description: 'id of the channel' }),
  channelSecret: text
    .default('LINEOASECRETSAMPLE')
    .meta({ placeholder: '<text>', description: 'its invented channel secret' }),
  keyId: text.default('sample-key').meta({ placeholder: '<kid>', description: 'kid of its registered key' }),
  publicKey: text.optional().meta({
    placeholder: '<pem|jwk>',
    description: 'its registered public key; without it, no assertion is accepted',
  }),
  faults: faultOption(parseFault, 'status,status=429,endpoint=add,nth=2'),
  ...settings,
});

function banner(sim: LineOfficialAccountSimulator): string[] {
  const { channels } = sim.inspect();
  const { channelId, channelSecret } = sim.channel;
  return [
    'LINE Official Account simulator is up. Nothing here reaches LINE.',
    '',
    `export LINE_OFFICIAL_ACCOUNT_BASE_URL=${sim.url}`,
    '',
    `Channel      ${channelId} with the secret ${channelSecret}`,
    ...listed(
      'Channels',
      channels.map(({ id, bot, country }) => `${id} of ${bot}, ${country}`),
    ),
    ...adminLines(sim.adminUrl),
  ];
}

/** Starts a simulator with the values of its flags, and prints how to use it. */
export const simulateLineOfficialAccount = byFlags(
  // Loaded when it starts: a help needs no server.
  async (given: object) => (await import('./index.ts')).startLineOfficialAccountSimulator(given),
  banner,
);
