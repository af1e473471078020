#!/usr/bin/env node
/** Runs the simulator by itself: `node simulators/line-official-account/main.ts --port 4050`. */
import { runSimulator } from '../shared/flags.ts';
import { lineOfficialAccountSimulatorOptions, simulateLineOfficialAccount } from './options.ts';

await runSimulator(lineOfficialAccountSimulatorOptions, simulateLineOfficialAccount);
