#!/usr/bin/env node
/** Runs the simulator by itself: `node simulators/snowflake/main.ts --port 4030`. */
import { runSimulator } from '../shared/flags.ts';
import { simulateSnowflake, snowflakeSimulatorOptions } from './options.ts';

await runSimulator(snowflakeSimulatorOptions, simulateSnowflake);
