/**
 * How long members stay where they leave by age. A run renews their days, so they must be more than the longest time
 * between two runs, and some more for a run that is late or fails. Pure.
 */
import { USUAL_MEMBER_DAYS } from '../audiences/requests.ts';
import type { DestinationTraits } from '../destinations/traits.ts';
import type { FieldError } from '../errors/errors.ts';
import { longestGapOf } from '../schedule/longest-gap.ts';
import { scheduleOf } from '../schedule/schedule.ts';
import { fieldError } from '../text/localized.ts';
import { joinSentences, type Sentence, sentence } from '../text/sentence.ts';
import type { JobConfiguration } from './configuration.ts';

/** So many days a run may be late, or fail, before members leave. */
export const SPARE_DAYS = 3;

/** The days that a schedule needs. @param gap its longest gap, in days */
export const daysFor = (gap: number): number => gap + SPARE_DAYS;

/** The fewest days that suit a configuration. Without a schedule, a person runs it when they please. */
export function suggestedDays([least, most]: readonly [number, number], configuration: JobConfiguration): number {
  const schedule = scheduleOf(configuration);
  const days = schedule ? daysFor(longestGapOf(schedule)) : USUAL_MEMBER_DAYS;
  return Math.min(Math.max(days, least), most);
}

/** The problem of too few days. They are saved all the same: a person may want it. */
export function tooFewDays(days: number, gap: number, most: number): Sentence | undefined {
  const needed = daysFor(gap);
  if (days >= needed) return undefined;
  const consequence =
    days < gap
      ? sentence`Members leave after ${days} days, but ${gap} days may pass between two runs. Then the audience is empty in between.`
      : sentence`Members leave after ${days} days, and ${gap} days may pass between two runs. A run that is late or fails empties the audience.`;
  return joinSentences(
    consequence,
    needed > most ? sentence`Let it run more often.` : sentence`Use at least ${needed} days, or let it run more often.`,
  );
}

/** What is unwise in a configuration, each at its key. It is no reason to refuse it. */
export function configurationWarnings(
  { leaving }: Pick<DestinationTraits, 'leaving'>,
  configuration: JobConfiguration,
): FieldError[] {
  const { member_days: days } = configuration;
  const schedule = scheduleOf(configuration);
  if (leaving.by !== 'age' || days === undefined || !schedule) return [];
  const text = tooFewDays(days, longestGapOf(schedule), leaving.days[1]);
  return text ? [fieldError('configuration.member_days', text)] : [];
}
