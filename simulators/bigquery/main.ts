#!/usr/bin/env node
/** Runs the simulator by itself: `node simulators/bigquery/main.ts --port 4030`. */
import { runSimulator } from '../shared/flags.ts';
import { bigquerySimulatorOptions, simulateBigQuery } from './options.ts';

await runSimulator(bigquerySimulatorOptions, simulateBigQuery);
