/** The schema of a hold-out group. */
import { z } from 'zod';
import { issueText } from '../text/sentence.ts';
import { experimentPattern, type HoldOut, largestShare, MAX_EXPERIMENT, smallestShare } from './hold-out.ts';

const shareMessage = issueText`Enter a whole percentage from 1 to 50.`;

export const holdOutShare = z
  .number(shareMessage)
  .min(smallestShare, { error: shareMessage, abort: true })
  .max(largestShare, { error: shareMessage, abort: true })
  .int(shareMessage);

export const experimentName = z
  .string(issueText`Name the experiment.`)
  .min(1, { error: issueText`Name the experiment.`, abort: true })
  .max(MAX_EXPERIMENT, { abort: true })
  .regex(
    experimentPattern,
    issueText`Use only Latin letters, digits, dots, hyphens and underscores, and begin with a letter or a digit.`,
  );

export const holdOut = z.strictObject({
  share: holdOutShare,
  experiment: experimentName,
}) satisfies z.ZodType<HoldOut>;
