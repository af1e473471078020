/** The values of choices in forms, taken from the schemas. Runs when the web app is built, so that the browser gets no schema. */
import { role } from '../../src/contracts/people.ts';
import { dayOfWeek, runFrequency } from '../../src/contracts/schedule.ts';
import { fileOptions } from '../../src/contracts/sources.ts';
import { uploadPolicy } from '../../src/contracts/uploads.ts';

export const runFrequencies = runFrequency.options;
export const daysOfWeek = dayOfWeek.options;
export const roles = role.options;
export const uploadPolicies = uploadPolicy.options;
export const headerChoices = fileOptions.shape.header.unwrap().options;
