/** `lineup simulate`: simulators of the remote APIs, for local use. */
import { Command } from 'commander';
import { bigquerySimulatorOptions, simulateBigQuery } from '../../simulators/bigquery/options.ts';
import { simulatorOptions as lineAdsSimulatorOptions, simulateLineAds } from '../../simulators/line-ads/options.ts';
import {
  lineOfficialAccountSimulatorOptions,
  simulateLineOfficialAccount,
} from '../../simulators/line-official-account/options.ts';
import { lyAdsSimulatorOptions, simulateLyAds } from '../../simulators/ly-ads/options.ts';
import { lyticsSimulatorOptions, simulateLytics } from '../../simulators/lytics/options.ts';
import { s3SimulatorOptions, simulateS3 } from '../../simulators/s3/options.ts';
import { simulatorCommand } from '../../simulators/shared/flags.ts';
import { SimulatorInputError } from '../../simulators/shared/input.ts';
import { simulateSnowflake, snowflakeSimulatorOptions } from '../../simulators/snowflake/options.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { print, printNotice } from './output.ts';
import { interrupted } from './terminal.ts';

const surroundings = { print, log: printNotice, ended: interrupted, refusal: toLineupError };

/** The simulators in the order of the help. */
const simulators = [
  simulatorCommand('line-ads', lineAdsSimulatorOptions, simulateLineAds, surroundings).description(
    'a stateful simulator of the LINE Ads API',
  ),
  simulatorCommand('ly-ads', lyAdsSimulatorOptions, simulateLyAds, surroundings).description(
    'a stateful simulator of LY Ads: consent, accounts, audience lists, uploads',
  ),
  simulatorCommand(
    'line-official-account',
    lineOfficialAccountSimulatorOptions,
    simulateLineOfficialAccount,
    surroundings,
  ).description('a stateful simulator of the audiences of LINE Official Accounts'),
  simulatorCommand('bigquery', bigquerySimulatorOptions, simulateBigQuery, surroundings).description(
    'a simulator of BigQuery: tables, queries, and the Storage Read API',
  ),
  simulatorCommand('lytics', lyticsSimulatorOptions, simulateLytics, surroundings).description(
    'a simulator of the Lytics API that reads audiences',
  ),
  simulatorCommand('s3', s3SimulatorOptions, simulateS3, surroundings).description(
    'a simulator of S3 that reads objects',
  ),
  simulatorCommand('snowflake', snowflakeSimulatorOptions, simulateSnowflake, surroundings).description(
    'a simulator of the Snowflake SQL API that reads tables',
  ),
];

export function simulateCommand(): Command {
  const command = new Command('simulate').description(
    'Runs a local simulator. It contacts nobody. Press Ctrl-C to stop it.',
  );
  for (const simulator of simulators) command.addCommand(simulator);
  return command;
}

/** Turns an error of a simulator into an error of this program. */
function toLineupError(error: unknown): unknown {
  if (error instanceof SimulatorInputError) return new LineupError('invalid_argument', error.message);
  const { code } = Object(error) as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new LineupError('invalid_argument', 'The port is in use. Choose another one with --port.');
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return new LineupError(
      'invalid_argument',
      `The simulator cannot listen there (${code}). Choose another --port or --host.`,
    );
  return error;
}
