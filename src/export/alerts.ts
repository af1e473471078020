/** The alert rules of a run: what they say about its result, after staging and before the first write to LINE. */

import type { RunHistory } from '../contracts/ports.ts';
import type { ActiveResultRules } from '../domain/alerts/alerts.ts';
import { checkLeaving, checkSize, checkSkipped, type Finding } from '../domain/alerts/checks.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import { type ErrorCode, LineupError } from '../domain/errors/errors.ts';
import { inTens } from '../domain/runs/left-out.ts';
import type { RunWarning } from '../domain/runs/run.ts';
import { invalidOf } from '../domain/runs/run-document.ts';
import type { RunState } from '../domain/runs/run-state.ts';
import { mayLeave } from '../domain/runs/turnover.ts';
import { joinSentences, localized, type Sentence, sentence } from '../domain/text/sentence.ts';
import type { Refusal } from './guard.ts';

type ResultRule = keyof ActiveResultRules;

/** A rule that the result breaks. */
export interface BrokenRule {
  readonly rule: ResultRule;
  readonly finding: Finding;
  readonly action: 'warn' | 'stop';
  /** The skipped values, or the members of the list, or those who leave. 0 when not everybody may know it. */
  readonly count: number;
}

const codes = {
  skipped_share: 'skipped_share_exceeded',
  size_change: 'size_change_exceeded',
  leaving_share: 'leaving_share_exceeded',
} as const satisfies Record<ResultRule, ErrorCode & RunWarning['code']>;

/** The rules that the staged result breaks. */
export async function brokenRules(
  { request, staged, runId, delivery }: RunState,
  history: Pick<RunHistory, 'sizesBefore'>,
): Promise<BrokenRule[]> {
  const { skipped_share, size_change, leaving_share } = request.alerts ?? {};
  if (!staged) return [];
  const { scanned, missing, unique } = staged.counts;
  const invalid = invalidOf(staged.counts);
  const found: BrokenRule[] = [];
  const add = (rule: ResultRule, action: 'warn' | 'stop', count: number, finding: Finding | undefined) => {
    if (finding?.isBroken) found.push({ rule, finding, action, count });
  };
  if (skipped_share) {
    const finding = checkSkipped(skipped_share, { scanned, missing, invalid });
    add('skipped_share', skipped_share.action, missing + invalid, finding);
  }
  if (size_change) {
    const sizes = await history.sizesBefore(runId, size_change.runs, delivery);
    add('size_change', size_change.action, unique, checkSize(size_change, unique, sizes));
  }
  if (leaving_share && staged.turnover) {
    const finding = checkLeaving(leaving_share, unique, staged.turnover);
    add('leaving_share', leaving_share.action, finding.isHidden ? 0 : inTens(staged.turnover.leaving ?? 0), finding);
  }
  return found;
}

/** The warning of a rule that could not be checked. So nobody takes its silence for an answer. */
export function uncheckedRule(
  { request, staged, renews }: RunState,
  traits: Pick<DestinationTraits, 'leaving'>,
): RunWarning | undefined {
  // Nobody leaves an audience that is new.
  const isNew = request.audienceId === null && !renews;
  if (!request.alerts?.leaving_share || !staged || staged.turnover || isNew || !mayLeave(traits, request)) return;
  return {
    code: 'leaving_share_unknown',
    count: 0,
    ...localized(
      sentence`It is not known how many members of the last run are not in this one, so the alert rule about them was not checked.`,
    ),
  };
}

/** A person decides, as after a refusal of the guard. No `maxShrink` lets the result pass. */
export function alertRefusal({ rule, finding }: BrokenRule, owner: Sentence): Refusal {
  const code = codes[rule];
  const refusal = joinSentences(finding.what, sentence`Nothing was sent, and the audience at ${owner} is unchanged.`);
  return {
    error: new LineupError(code, refusal),
    allowWith: null,
    reason: {
      code,
      measured: finding.isHidden ? null : Math.round(finding.measured * 10) / 1_000,
      limit: finding.threshold / 100,
      ...localized(finding.what),
    },
  };
}

export const alertWarning = ({ rule, finding, count }: BrokenRule): RunWarning => ({
  code: codes[rule],
  count,
  ...localized(finding.what),
});
