/** Audiences that end: whether their renewal must be told. Pure functions. */
import { TOLD_DAYS } from '../audiences/renewal.ts';
import { byPerson } from '../audiences/renewal-text.ts';
import type { JobCondition } from '../jobs/conditions.ts';
import { joinSentences, moment, type Sentence, sentence } from '../text/sentence.ts';
import type { Finding } from './checks.ts';
import { daysLeft } from './emptying.ts';

/** An audience of a job. */
export interface Ending {
  readonly name: string;
  readonly endsAt: Date;
  /** When it is to be renewed. */
  readonly plannedAt: Date;
}

/** The part of a job that says whether a run will renew it. */
interface Renewing {
  readonly condition: JobCondition;
  readonly hasSchedule: boolean;
}

/** The audience that is renewed first. Undefined without one. */
export const endsFirst = <Audience extends Ending>(audiences: readonly Audience[]): Audience | undefined =>
  audiences.toSorted((a, b) => a.plannedAt.getTime() - b.plannedAt.getTime())[0];

/** @param days before the renewal. @param audience of the job that is renewed first */
export function checkEnding(days: number, { name, endsAt, plannedAt }: Ending, job: Renewing, now: Date): Finding {
  const left = daysLeft(plannedAt, now);
  const about = { rule: 'audience_ends', threshold: days, measured: left, tellAgainAt: 0 } as const;
  if (left > days) return { ...about, isBroken: false, what: sentence`The audience was renewed.` };
  const ends =
    endsAt > now
      ? sentence`The audience "${name}" ends at ${moment(endsAt)}.`
      : sentence`The audience "${name}" has ended at ${moment(endsAt)}.`;
  return { ...about, isBroken: true, what: joinSentences(ends, whenRenewed(plannedAt, job), byPerson) };
}

/** Which run renews the audience. */
export function whenRenewed(plannedAt: Date, { condition, hasSchedule }: Renewing): Sentence {
  switch (condition) {
    case 'paused':
      return sentence`The job is paused: resume it, so that a run fills a new audience before.`;
    case 'needs_approval':
      return sentence`The job waits for an approval: decide, so that a run fills a new audience before.`;
    case 'failed':
      return sentence`The job has failed: mend it, so that a run fills a new audience before.`;
    default:
      return hasSchedule
        ? sentence`The run at ${moment(plannedAt)} fills a new audience with the same name and a number.`
        : sentence`The job has no schedule. Run it after ${moment(plannedAt)}: that run fills a new audience with the same name and a number.`;
  }
}

/** Whether the renewal of an audience is told already. */
export const isTold = ({ plannedAt }: Pick<Ending, 'plannedAt'>, now: Date): boolean =>
  daysLeft(plannedAt, now) <= TOLD_DAYS;
