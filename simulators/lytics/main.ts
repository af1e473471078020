#!/usr/bin/env node
/** Runs the simulator by itself: `node simulators/lytics/main.ts --port 4020`. */
import { runSimulator } from '../shared/flags.ts';
import { lyticsSimulatorOptions, simulateLytics } from './options.ts';

await runSimulator(lyticsSimulatorOptions, simulateLytics);
