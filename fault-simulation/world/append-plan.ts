/** What the plans of destinations have in common to which members are only added. */
import type { Random } from '../engine/random.ts';
import { type Identifier, identifierValue, type JobPlan, type LeftOutPlan } from './plan.ts';

const SECOND = 1_000;

/** A suppression list with few of the members, and in some jobs a hold-out. */
export function leftOutOf(
  random: Random,
  identifier: Identifier,
  job: number,
  members: readonly string[],
): LeftOutPlan {
  const list = () => listOf(random, identifier, job, members);
  return {
    members: list(),
    changes: random.chance(0.25) ? [{ scan: random.between(2, 3), members: list() }] : [],
    breaks: random.chance(0.1) ? [{ scan: random.between(1, 2), block: random.between(0, 2) }] : [],
    holdOut: random.chance(0.1) ? 5 : null,
  };
}

/** Some of the members, and somebody who is none. */
export const listOf = (random: Random, identifier: Identifier, job: number, members: readonly string[]): string[] => [
  ...members.filter(() => random.chance(0.05)),
  identifierValue(identifier, job, 999),
];

/** Daily, weekly or monthly. Some slots come while the first run goes on. */
export function scheduleOf(random: Random, start: Date): NonNullable<JobPlan['schedule']> {
  const frequency = random.pick(['daily', 'daily', 'weekly', 'monthly'] as const);
  const zone = random.pick(['Asia/Tokyo', 'Asia/Tokyo', 'Asia/Bangkok', 'Europe/Berlin']);
  if (frequency !== 'daily' || !random.chance(0.3)) return { frequency, time: random.pick(['02:30', '09:00']), zone };
  // It comes while the first run goes on.
  const soonMs = random.between(1, 2) * 60 * SECOND;
  const at = new Date(start.getTime() + soonMs);
  const time = at.toLocaleTimeString('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  return { frequency, time, zone, soonMs };
}
