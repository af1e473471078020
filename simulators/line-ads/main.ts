#!/usr/bin/env node
/** Runs the simulator by itself: `node simulators/line-ads/main.ts --port 4010`. */
import { runSimulator } from '../shared/flags.ts';
import { simulateLineAds, simulatorOptions } from './options.ts';

await runSimulator(simulatorOptions, simulateLineAds);
