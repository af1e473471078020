#!/usr/bin/env node
/** Runs the simulator by itself: `node simulators/s3/main.ts --port 4030`. */
import { runSimulator } from '../shared/flags.ts';
import { s3SimulatorOptions, simulateS3 } from './options.ts';

await runSimulator(s3SimulatorOptions, simulateS3);
