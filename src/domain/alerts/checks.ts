/** Checks the numbers of a job against its alert rules: pure functions. docs/alerts.md has the formulas. */

import {
  endedWithNobody,
  exactEstimate,
  hasMatched,
  hasMatchedNobody,
  matchRateOf,
  readEstimate,
} from '../audiences/size.ts';
import { inTens } from '../runs/left-out.ts';
import type { Turnover } from '../runs/turnover.ts';
import { moment, ofAudience, type Sentence, sentence, share } from '../text/sentence.ts';
import type { ActiveAlertRules, AlertRuleName } from './alerts.ts';

/** What the check of a rule found. */
export interface Finding {
  readonly rule: AlertRuleName;
  readonly isBroken: boolean;
  /** The limit, in the unit of the rule. */
  readonly threshold: number;
  readonly measured: number;
  readonly what: Sentence;
  /** An open alert is told once more when its value comes to this. */
  readonly tellAgainAt?: number;
  /** Not everybody may know what was measured. Then `measured` says only whether the rule is broken. */
  readonly isHidden?: true;
}

/** What the check of a rule found for one audience of a job. */
export interface FindingOfAudience {
  /** Its name, or its id. */
  readonly audience: string;
  readonly finding: Finding | undefined;
}

/**
 * The finding of a rule for all audiences of a job: one audience is enough to break the rule, and the sentence names
 * the audience that breaks it most. With one audience, its finding as it is. Audiences without a finding do not count.
 */
export function worstFinding(found: readonly FindingOfAudience[]): Finding | undefined {
  if (found.length < 2) return found[0]?.finding;
  const all = found.flatMap(({ audience, finding }) =>
    finding ? [{ ...finding, what: ofAudience(audience, finding.what) }] : [],
  );
  const [worst] = all.toSorted(
    (a, b) => Number(b.isBroken) - Number(a.isBroken) || Math.abs(b.measured) - Math.abs(a.measured),
  );
  return worst;
}

type Rule<Name extends AlertRuleName> = NonNullable<ActiveAlertRules[Name]>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long nobody may be matched, where the destination does not say otherwise. */
export const NO_MATCH_HOURS = 24;
/** `size_change` needs so many earlier runs. */
const LEAST_RUNS = 2;

const rounded = (value: number): number => Math.round(value * 10) / 10;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whether a part exceeds this percentage of the whole. The tolerance is for binary fractions. */
const exceeds = (part: number, percent: number, whole: number): boolean => part * 100 > percent * whole + whole * 1e-9;

/** Undefined for a list without values. */
export function checkSkipped(
  { percent }: Rule<'skipped_share'>,
  counts: { readonly scanned: number; readonly missing: number; readonly invalid: number },
): Finding | undefined {
  const { scanned } = counts;
  const skipped = counts.missing + counts.invalid;
  if (scanned === 0) return undefined;
  return {
    rule: 'skipped_share',
    isBroken: exceeds(skipped, percent, scanned),
    threshold: percent,
    measured: rounded((skipped / scanned) * 100),
    what: sentence`Skipped values: ${skipped} of ${scanned} (${share(skipped / scanned)}). The limit is ${share(percent / 100)}.`,
  };
}

/**
 * Undefined with too few earlier runs.
 * @param sizes of the last successful runs
 */
export function checkSize(
  { percent }: Rule<'size_change'>,
  unique: number,
  sizes: readonly number[],
): Finding | undefined {
  const usual = mean(sizes);
  if (sizes.length < LEAST_RUNS || usual === 0) return undefined;
  const change = (unique - usual) / usual;
  const [by, middle, limit] = [share(Math.abs(change)), Math.round(usual), share(percent / 100)];
  return {
    rule: 'size_change',
    isBroken: exceeds(Math.abs(unique - usual), percent, usual),
    threshold: percent,
    measured: rounded(change * 100),
    what:
      change < 0
        ? sentence`The list has ${unique} members, ${by} fewer than the mean of the last ${sizes.length} runs (${middle}). The limit is ${limit}.`
        : sentence`The list has ${unique} members, ${by} more than the mean of the last ${sizes.length} runs (${middle}). The limit is ${limit}.`,
  };
}

/**
 * In tens, as everybody may know them (`left-out.ts`): so that nobody learns more from the rule than from the numbers.
 * Fewer than ten never break it.
 * @param unique the members of this run
 */
export function checkLeaving(
  { percent }: Rule<'leaving_share'>,
  unique: number,
  { joining, leaving, varied }: Turnover,
): Finding {
  const gone = inTens(leaving ?? 0);
  const before = inTens(unique - (joining ?? 0) + (leaving ?? 0));
  const about = { rule: 'leaving_share', threshold: percent } as const;
  if (varied) return checkVaried(percent, exceeds(gone, percent, before));
  if (gone === 0) {
    return { ...about, isBroken: false, measured: 0, what: sentence`Fewer than 10 members of the last run leave.` };
  }
  const part = gone / before;
  return {
    ...about,
    isBroken: exceeds(gone, percent, before),
    measured: rounded(part * 100),
    what: sentence`At least ${gone} of about ${before} members of the last run are not in this one (${share(part)}). The limit is ${share(percent / 100)}.`,
  };
}

/** Everybody reads the sentence of a rule, so it has no number, and nor has the value that was measured. */
function checkVaried(percent: number, isBroken: boolean): Finding {
  const limit = share(percent / 100);
  const told = isBroken
    ? sentence`More than ${limit} of the members of the last run are not in this one. How many is not told here, because the source or the settings have changed since.`
    : sentence`No more than ${limit} of the members of the last run leave.`;
  return {
    rule: 'leaving_share',
    threshold: percent,
    isBroken,
    measured: isBroken ? percent : 0,
    isHidden: true,
    what: told,
  };
}

/** @param slot of a run that has not succeeded */
export function checkLate({ minutes }: Rule<'late'>, slot: Date, now: Date): Finding {
  const passed = now.getTime() - slot.getTime();
  return {
    rule: 'late',
    isBroken: passed > minutes * MINUTE,
    threshold: minutes,
    measured: Math.floor(passed / MINUTE),
    what: sentence`The run that was due at ${moment(slot)} has not succeeded. The limit is ${minutes} min.`,
  };
}

/** The finding after a run that succeeded: no run is late any more. */
export const notLate = ({ minutes }: Rule<'late'>, slot: Date | null, ended: Date): Finding => ({
  rule: 'late',
  isBroken: false,
  threshold: minutes,
  measured: slot ? Math.max(0, Math.floor((ended.getTime() - slot.getTime()) / MINUTE)) : 0,
  what: sentence`A run has succeeded.`,
});

/** @param until the end of the run, or now */
export function checkSlow({ minutes }: Rule<'slow'>, started: Date, until: Date): Finding {
  const taken = until.getTime() - started.getTime();
  return {
    rule: 'slow',
    isBroken: taken > minutes * MINUTE,
    threshold: minutes,
    measured: Math.floor(taken / MINUTE),
    what: sentence`The run has taken ${Math.floor(taken / MINUTE)} min. The limit is ${minutes} min.`,
  };
}

/** What the destination has matched of the audience after a run. */
export interface Matched {
  /** The destination's estimate as it writes it; null without one. */
  readonly estimate: string | null;
  /** The members that the run sent. */
  readonly unique: number;
}

/**
 * Undefined while the destination gives no number, and without earlier numbers.
 * @param owner of the destination
 */
export function checkEstimate(
  { percent }: Rule<'estimate_drop'>,
  owner: Sentence,
  now: Matched,
  earlier: readonly Matched[],
): Finding | undefined {
  const estimate = readEstimate(now.estimate)?.size;
  const before = earlier.flatMap((run) => exactEstimate(run.estimate) ?? []);
  const usual = mean(before);
  if (estimate === undefined || before.length === 0 || usual === 0) return undefined;
  const drop = (usual - estimate) / usual;
  const [by, middle, limit] = [share(Math.abs(drop)), Math.round(usual), share(percent / 100)];
  return {
    rule: 'estimate_drop',
    isBroken: exceeds(usual - estimate, percent, usual),
    threshold: percent,
    measured: rounded(drop * 100),
    what:
      drop > 0
        ? sentence`${owner}’s estimate is ${estimate}, ${by} below the mean after earlier runs (${middle}). The limit is ${limit}.`
        : sentence`${owner}’s estimate is ${estimate}, and the mean after earlier runs is ${middle}.`,
  };
}

/** As `checkEstimate`, for the estimate as a share of the members that were sent. */
export function checkMatchRate(
  { percent }: Rule<'match_rate_drop'>,
  now: Matched,
  earlier: readonly Matched[],
): Finding | undefined {
  const estimate = readEstimate(now.estimate)?.size;
  const before = earlier.flatMap((run) => matchRateOf(run.estimate, run.unique) ?? []);
  const usual = mean(before);
  if (estimate === undefined || now.unique === 0 || before.length === 0 || usual === 0) return undefined;
  const rate = Math.min(1, estimate / now.unique);
  const drop = (usual - rate) / usual;
  return {
    rule: 'match_rate_drop',
    isBroken: exceeds(usual - rate, percent, usual),
    threshold: percent,
    measured: rounded(drop * 100),
    what:
      drop > 0
        ? sentence`The match rate is ${share(rate)}, ${share(drop)} below the mean after earlier runs (${share(usual)}). The limit is ${share(percent / 100)}.`
        : sentence`The match rate is ${share(rate)}, and the mean after earlier runs is ${share(usual)}.`,
  };
}

/** @param why nothing can be sent to an audience now; null when something can */
export const checkUsable = (why: Sentence | null): Finding => ({
  rule: 'audience_unusable',
  isBroken: why !== null,
  threshold: 0,
  measured: why === null ? 0 : 1,
  what: why ?? sentence`The audience can be used again.`,
});

/**
 * Undefined while the destination may still match somebody in time, and while nobody knows whether it has.
 * @param owner of the destination
 * @param since the end of the first run after which it matched nobody; undefined when there is none
 * @param limit in hours
 */
export function checkNoMatch(
  owner: Sentence,
  { status, estimate }: { readonly status: string | null; readonly estimate: string | null },
  since: Date | undefined,
  now: Date,
  limit: number = NO_MATCH_HOURS,
): Finding | undefined {
  const about = { rule: 'no_match', threshold: limit } as const;
  if (hasMatched(estimate)) {
    return { ...about, isBroken: false, measured: 0, what: sentence`${owner} has matched members.` };
  }
  const hours = since ? (now.getTime() - since.getTime()) / HOUR : 0;
  // While the destination is still at work, its estimate says so too.
  const isNobody = endedWithNobody(status, estimate) || hasMatchedNobody(estimate);
  if (!since || hours < limit || !isNobody) return undefined;
  return {
    ...about,
    isBroken: true,
    measured: Math.floor(hours),
    what: sentence`${owner} has matched nobody since the run that ended at ${moment(since)}.`,
  };
}
