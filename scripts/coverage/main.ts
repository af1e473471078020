/**
 * npm run coverage: which lines and branches the tests reach, in all processes that they start. Arguments go to Vitest.
 */
import { resolve } from 'node:path';
import { measure } from './measure.ts';

const { exitCode, text } = await measure(resolve(import.meta.dirname, '../..'), process.argv.slice(2));
process.stdout.write(text);
process.exitCode = exitCode;
