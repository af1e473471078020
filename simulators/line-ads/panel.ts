/** How the world is shown, and what may be ordered of it. */
import { readFault } from './faults.ts';
import { inspect } from './inspect.ts';
import { readSettings } from './settings.ts';

export const panel = { inspect, readFault, readSettings };
