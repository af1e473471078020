/**
 * The values of choices in forms, taken from the schemas. Runs when the web app is built, so that the browser gets no
 * schema.
 */

import { defaultEventTypes, domainEventTypes } from '../../src/contracts/domain-events.ts';
import { channelConfigurations, channelKind } from '../../src/contracts/notifications.ts';
import { uploadPolicy } from '../../src/contracts/uploads.ts';
import { fileOptions } from '../../src/domain/files/file-options.ts';
import { role } from '../../src/domain/people/people.ts';
import { MAX_EXPRESSION, MAX_EXPRESSIONS } from '../../src/domain/schedule/cron.ts';
import { dayOfWeek, runFrequency } from '../../src/domain/schedule/schedule.ts';

export const runFrequencies = runFrequency.options;
export const cronLimits = { count: MAX_EXPRESSIONS, length: MAX_EXPRESSION };
export const daysOfWeek = dayOfWeek.options;
export const roles = role.options;
export const channelKinds = channelKind.options;
export const channelEvents = domainEventTypes;
export const usualChannelEvents = defaultEventTypes;
export const mailSecurities = channelConfigurations.email.shape.security.unwrap().options;
export const uploadPolicies = uploadPolicy.options;
export const headerChoices = fileOptions.shape.header.unwrap().options;
