/** The alert rules of a run: what they say about its result, after staging and before the first write to LINE. */

import type { RunHistory } from '../contracts/ports.ts';
import type { ActiveResultRules } from '../domain/alerts/alerts.ts';
import { checkSize, checkSkipped, type Finding } from '../domain/alerts/checks.ts';
import { type ErrorCode, LineupError } from '../domain/errors/errors.ts';
import type { RunWarning } from '../domain/runs/run.ts';
import { invalidOf } from '../domain/runs/run-document.ts';
import type { RunState } from '../domain/runs/run-state.ts';
import { joinSentences, localized, type Sentence, sentence } from '../domain/text/sentence.ts';
import type { Refusal } from './guard.ts';

type ResultRule = keyof ActiveResultRules;

/** A rule that the result breaks. */
export interface BrokenRule {
  readonly rule: ResultRule;
  readonly finding: Finding;
  readonly action: 'warn' | 'stop';
  /** The skipped values, or the members of the list. */
  readonly count: number;
}

const codes = {
  skipped_share: 'skipped_share_exceeded',
  size_change: 'size_change_exceeded',
} as const satisfies Record<ResultRule, ErrorCode & RunWarning['code']>;

/** The rules that the staged result breaks. */
export async function brokenRules(
  { request, staged, runId, delivery }: RunState,
  history: Pick<RunHistory, 'sizesBefore'>,
): Promise<BrokenRule[]> {
  const { skipped_share, size_change } = request.alerts ?? {};
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
  return found;
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
      measured: Math.round(finding.measured * 10) / 1_000,
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
