/**
 * The flags of the simulator as plain data, for every command line that offers them, and the start with them.
 */
import { adminLines, byFlags, faultOption, listed, listenOptions, makeOptions } from '../shared/flags.ts';
import { text } from '../shared/input.ts';
import { parseFault } from './faults.ts';
import type { LyAdsSimulator } from './index.ts';
import { settings } from './settings.ts';

export const lyAdsSimulatorOptions = makeOptions({
  ...listenOptions,
  clientId: text.default('LYADSSAMPLE').meta({ placeholder: '<id>', description: 'client id of the application' }),
  clientSecret: text
    .default('LYADSSECRETSAMPLE')
    .meta({ placeholder: '<text>', description: 'its invented client secret' }),
  redirectUris: text.meta({
    name: '--redirect-uri',
    placeholder: '<url>',
    description: 'an address that is registered for the application, may be repeated (default: every one)',
    repeatable: true,
  }),
  faults: faultOption(parseFault, 'code,code=0003,endpoint=upload,nth=2'),
  ...settings,
});

function banner(sim: LyAdsSimulator): string[] {
  const { accounts, people } = sim.inspect();
  const said = ({ id, name, notes }: (typeof accounts)[number]) => [`${id} ${name}`, ...notes].join(', ');
  return [
    'LY Ads simulator is up. Nothing here reaches LY.',
    '',
    `export LY_ADS_BASE_URL=${sim.url}`,
    '',
    `Client       ${sim.client.clientId} with the secret ${sim.client.clientSecret}`,
    ...listed('Accounts', accounts.map(said)),
    ...listed(
      'People',
      people.map(({ businessId, name }) => `${businessId} ${name}`),
    ),
    ...adminLines(sim.adminUrl),
  ];
}

/** Starts a simulator with the values of its flags, and prints how to use it. */
export const simulateLyAds = byFlags(
  // Loaded when it starts: a help needs no server.
  async (given: object) => (await import('./index.ts')).startLyAdsSimulator(given),
  banner,
);
