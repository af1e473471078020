#!/usr/bin/env node
/** Runs the simulator by itself: `node simulators/ly-ads/main.ts --port 4020`. */
import { runSimulator } from '../shared/flags.ts';
import { lyAdsSimulatorOptions, simulateLyAds } from './options.ts';

await runSimulator(lyAdsSimulatorOptions, simulateLyAds);
