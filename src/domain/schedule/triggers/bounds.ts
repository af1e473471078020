/** What triggers of every kind have: how often they let a job run, and a deadline. */
import { z } from 'zod';
import { issueText } from '../../text/sentence.ts';
import { timeOfDay } from '../schedule.ts';

/** Two runs of a trigger begin at least so many minutes after each other, as those of a schedule do. */
export const triggerMinutes = { least: 15, most: 10_080, usual: 15 } as const;

/** How many hours the secret of a webhook goes on after another one was made. */
export const overlapHours = { usual: 24, most: 7 * 24 } as const;

export interface TriggerBounds {
  readonly at_most_every_minutes: number;
  readonly deadline: string | null;
}

const MINUTES = issueText`Enter 15 to 10,080 minutes.`;

export const triggerBounds = {
  at_most_every_minutes: z
    .int(MINUTES)
    .min(triggerMinutes.least, MINUTES)
    .max(triggerMinutes.most, MINUTES)
    .default(triggerMinutes.usual)
    .describe('A run begins at least so many minutes after the run before.'),
  deadline: timeOfDay
    .nullable()
    .default(null)
    .describe('An alert begins when nothing has come on a day by this time, in the time zone of the job.'),
};
