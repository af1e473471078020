/**
 * The flags of the simulator as plain data, for every command line that offers them, and the start with them.
 */
import { adminLines, byFlags, faultOption, listed, listenOptions, makeOptions } from '../shared/flags.ts';
import { text } from '../shared/input.ts';
import { parseFault } from './faults.ts';
import type { LyticsSimulator } from './index.ts';
import { settings } from './settings.ts';
import { defaultToken, memberCount } from './world.ts';

export const lyticsSimulatorOptions = makeOptions({
  ...listenOptions,
  token: text.default(defaultToken).meta({ placeholder: '<token>', description: 'API token that may read everything' }),
  members: memberCount.default(250_000).describe('members of the largest audience, made on the spot'),
  faults: faultOption(parseFault, 'status,status=429,endpoint=scan,nth=2'),
  ...settings,
});

function banner(sim: LyticsSimulator): string[] {
  const { segments } = sim.inspect();
  return [
    'Lytics simulator is up. Nothing here reaches Lytics.',
    '',
    `export LYTICS_ORIGIN=${sim.origin} LYTICS_API_TOKEN=${sim.token}`,
    '',
    `Other token  ${sim.powerlessToken} (its role allows nothing)`,
    ...listed(
      'Audiences',
      segments.map(({ id, name, size }) => `${id}  ${name} (${size})`),
    ),
    ...adminLines(sim.adminUrl),
    '',
    `curl -H 'Authorization: ${sim.token}' '${sim.origin}/api/segment/vip/scan?limit=3&fields=email'`,
  ];
}

/** Starts a simulator with the values of its flags, and prints how to use it. */
export const simulateLytics = byFlags(
  // Loaded when it starts: a help needs no server.
  async (given: object) => (await import('./index.ts')).startLyticsSimulator(given),
  banner,
);
