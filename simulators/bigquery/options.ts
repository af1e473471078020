/**
 * The flags of the simulator as plain data, for every command line that offers them, and the start with them.
 */
import { adminLines, byFlags, faultOption, listed, listenOptions, makeOptions } from '../shared/flags.ts';
import { SimulatorInputError } from '../shared/input.ts';
import { parseFault } from './faults.ts';
import type { BigQuerySimulator } from './index.ts';
import { settings } from './settings.ts';
import { memberCount } from './world.ts';

export const bigquerySimulatorOptions = makeOptions({
  ...listenOptions,
  members: memberCount.default(250_000).describe('rows of the largest table, made on the spot'),
  faults: faultOption(parseFault, 'broken,batches=2'),
  ...settings,
});

function banner(sim: BigQuerySimulator): string[] {
  const { tables } = sim.inspect();
  return [
    'BigQuery simulator is up. Nothing here reaches Google.',
    '',
    `export LINEUP_BIGQUERY_ENDPOINT=${sim.origin} LINEUP_BIGQUERY_CREDENTIALS='${sim.credentials}'`,
    '',
    ...listed(
      'Tables',
      tables.map(({ id, type, rows }) => `${id} (${type}, ${rows} rows)`),
    ),
    ...adminLines(sim.adminUrl),
    '',
    './lineup fields --source bigquery:crm.members --field email',
  ];
}

/** Starts a simulator with the values of its flags, and prints how to use it. Google’s packages are loaded only now. */
export const simulateBigQuery = byFlags(async (given: object) => {
  const { startBigQuerySimulator } = await import('./index.ts').catch((error: unknown) => {
    if (Object(error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new SimulatorInputError(
      'This installation was made without the parts for BigQuery. Install them with: npm install @google-cloud/bigquery-storage @grpc/grpc-js apache-arrow',
    );
  });
  return startBigQuerySimulator(given);
}, banner);
