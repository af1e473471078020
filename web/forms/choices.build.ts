/** The values of choices in forms, taken from the schemas. Runs when the web app is built, so that the browser gets no schema. */
import { dayOfWeek, runFrequency } from '../../src/contracts/schedule.ts';

export const runFrequencies = runFrequency.options;
export const daysOfWeek = dayOfWeek.options;
