/** The formulas of the alert rules, and their values in requests. */
import { describe, expect, test } from 'vitest';
import {
  activeRules,
  alertRules,
  alertRulesOf,
  builtInRules,
  resultRulesOf,
} from '../../../src/domain/alerts/alerts.ts';
import {
  checkEstimate,
  checkLate,
  checkLeaving,
  checkMatchRate,
  checkNoMatch,
  checkSize,
  checkSkipped,
  checkSlow,
  type Finding,
  worstFinding,
} from '../../../src/domain/alerts/checks.ts';
import { issueSentence } from '../../../src/domain/text/localized.ts';
import { asSentence, inEnglish } from '../../../src/domain/text/sentence.ts';
import { at } from '../../support/service.ts';

const warn = { action: 'warn' } as const;

/** Whether the rule is broken, and the measured value; undefined when the rule does not apply. */
const found = (finding: Finding | undefined) => finding && [finding.isBroken, finding.measured];

describe('several audiences', () => {
  const skipped = (missing: number, scanned = 100) =>
    checkSkipped({ ...warn, percent: 10 }, { scanned, missing, invalid: 0 });
  const worstOf = (...findings: (Finding | undefined)[]) =>
    worstFinding(findings.map((finding, n) => ({ audience: `A${n + 1}`, finding })));

  test('that which breaks the rule most decides, and is named', () => {
    const worst = worstOf(skipped(5), skipped(20), skipped(30), undefined);
    expect(found(worst)).toEqual([true, 30]);
    expect(inEnglish(worst!.what)).toBe('Audience “A3”: Skipped values: 30 of 100 (30 %). The limit is 10 %.');
    expect(found(worstOf(undefined, skipped(5), skipped(2)))).toEqual([false, 5]);
    expect(worstOf(undefined, skipped(0, 0))).toBeUndefined();
  });

  test('a broken rule counts more than a large value', () => {
    const change = (unique: number) => checkSize({ ...warn, percent: 30, runs: 3 }, unique, [100, 100]);
    expect(found(worstOf(change(125), change(60), change(131)))).toEqual([true, -40]);
  });

  test('a single one is not named', () => {
    expect(worstOf(skipped(20))).toEqual(skipped(20));
    expect(worstOf(undefined)).toBeUndefined();
  });
});

describe('skipped values', () => {
  test.each([
    { scanned: 100, missing: 6, invalid: 4, expected: [false, 10] },
    { scanned: 100, missing: 6, invalid: 5, expected: [true, 11] },
    { scanned: 1_000_000, missing: 100_001, invalid: 0, expected: [true, 10] },
    { scanned: 10, missing: 10, invalid: 0, expected: [true, 100] },
    { scanned: 10, missing: 0, invalid: 0, expected: [false, 0] },
    { scanned: 0, missing: 0, invalid: 0, expected: undefined },
  ])('$missing missing and $invalid invalid of $scanned', ({ expected, ...counts }) => {
    expect(found(checkSkipped({ ...warn, percent: 10 }, counts))).toEqual(expected);
  });

  test('exactly the limit is allowed, also for a share that no binary fraction holds', () => {
    for (let percent = 1; percent <= 100; percent += 1) {
      const counts = { scanned: 300, missing: 3 * percent, invalid: 0 };
      expect(checkSkipped({ ...warn, percent }, counts)?.isBroken).toBe(false);
    }
  });
});

describe('the size', () => {
  test.each([
    { unique: 130, sizes: [100, 100], percent: 30, expected: [false, 30] },
    { unique: 131, sizes: [100, 100], percent: 30, expected: [true, 31] },
    { unique: 70, sizes: [90, 110], percent: 30, expected: [false, -30] },
    { unique: 69, sizes: [90, 110], percent: 30, expected: [true, -31] },
    { unique: 0, sizes: [90, 110], percent: 99, expected: [true, -100] },
    { unique: 0, sizes: [90, 110], percent: 100, expected: [false, -100] },
    { unique: 1_100, sizes: [100, 100], percent: 1_000, expected: [false, 1_000] },
    { unique: 1_101, sizes: [100, 100], percent: 1_000, expected: [true, 1_001] },
    { unique: 500, sizes: [100], percent: 30, expected: undefined },
    { unique: 500, sizes: [], percent: 30, expected: undefined },
    { unique: 500, sizes: [0, 0], percent: 30, expected: undefined },
  ])('$unique after $sizes, by more than $percent %', ({ unique, sizes, percent, expected }) => {
    expect(found(checkSize({ ...warn, percent, runs: 7 }, unique, sizes))).toEqual(expected);
  });

  test('the sentence says in which direction', () => {
    const say = (unique: number) => inEnglish(checkSize({ ...warn, percent: 30, runs: 7 }, unique, [90, 110])!.what);
    expect(say(50)).toBe(
      'The list has 50 members, 50 % fewer than the mean of the last 2 runs (100). The limit is 30 %.',
    );
    expect(say(150)).toBe(
      'The list has 150 members, 50 % more than the mean of the last 2 runs (100). The limit is 30 %.',
    );
  });
});

describe('members who leave', () => {
  test.each([
    // 309 of 12,879: in tens, 300 of 12,870.
    { joining: 0, leaving: 309, unique: 12_570, percent: 2, expected: [true, 2.3] },
    { joining: 1_204, leaving: 310, unique: 13_764, percent: 3, expected: [false, 2.4] },
    { joining: 0, leaving: 20, unique: 80, percent: 20, expected: [false, 20] },
    // What an editor sees of 20 and of 29 is the same, so the rule is, too.
    { joining: 0, leaving: 29, unique: 71, percent: 20, expected: [false, 20] },
    { joining: 0, leaving: 30, unique: 70, percent: 20, expected: [true, 30] },
    // Nobody learns from it whether one of few leaves.
    { joining: 0, leaving: 9, unique: 0, percent: 1, expected: [false, 0] },
    { joining: 19, leaving: 19, unique: 19, percent: 99, expected: [true, 100] },
    { joining: 0, leaving: 0, unique: 0, percent: 1, expected: [false, 0] },
  ])('$leaving leave, $unique are left, $percent %', ({ unique, percent, expected, ...turnover }) => {
    expect(found(checkLeaving({ ...warn, percent }, unique, turnover))).toEqual(expected);
  });

  test('of another request, the rule says whether it is broken and no number', () => {
    const say = (leaving: number) => {
      const finding = checkLeaving({ ...warn, percent: 20 }, 10, { joining: 10, leaving, varied: true });
      return [...found(finding)!, inEnglish(finding.what)];
    };
    expect(say(30)).toEqual([
      true,
      20,
      expect.stringMatching(/^More than 20 % of the members .* have changed since\.$/),
    ]);
    expect(say(100)).toEqual(say(30));
    expect(say(0)).toEqual([false, 0, 'No more than 20 % of the members of the last run leave.']);
  });
});

test.each([
  { minutes: 60, expected: [false, 60] },
  { minutes: 61, expected: [true, 61] },
])('a run $minutes minutes after its slot, or after its start', ({ minutes, expected }) => {
  expect(found(checkLate({ ...warn, minutes: 60 }, at(0), at(minutes)))).toEqual(expected);
  expect(found(checkSlow({ ...warn, minutes: 60 }, at(0), at(minutes)))).toEqual(expected);
});

const line = asSentence('LINE');

describe('LINE’s estimate and the match rate', () => {
  const matched = (estimate: string | null, unique = 1_000) => ({ estimate, unique });
  test.each([
    {
      now: matched('700'),
      earlier: [matched('1000'), matched('1000')],
      estimate: [false, 30],
      rate: [false, 30],
    },
    {
      now: matched('699'),
      earlier: [matched('1000'), matched('1000')],
      estimate: [true, 30.1],
      rate: [true, 30.1],
    },
    { now: matched('1200'), earlier: [matched('1000', 2_000)], estimate: [false, -20], rate: [false, -100] },
    // Half the members, half the estimate: the match rate has not changed.
    { now: matched('300', 500), earlier: [matched('600')], estimate: [true, 50], rate: [false, 0] },
    // At most 100.
    { now: matched('100 or fewer'), earlier: [matched('600')], estimate: [true, 83.3], rate: [true, 83.3] },
    { now: matched('0'), earlier: [matched('600')], estimate: [true, 100], rate: [true, 100] },
    { now: matched('-'), earlier: [matched('600')], estimate: undefined, rate: undefined },
    { now: matched(null), earlier: [matched('600')], estimate: undefined, rate: undefined },
    // Only exact numbers are a mean.
    {
      now: matched('50'),
      earlier: [matched('100 or fewer'), matched('-')],
      estimate: undefined,
      rate: undefined,
    },
    { now: matched('50'), earlier: [], estimate: undefined, rate: undefined },
    { now: matched('50'), earlier: [matched('0')], estimate: undefined, rate: undefined },
  ])('$now.estimate after $earlier', ({ now, earlier, estimate, rate }) => {
    expect(found(checkEstimate({ ...warn, percent: 30 }, line, now, earlier))).toEqual(estimate);
    expect(found(checkMatchRate({ ...warn, percent: 30 }, now, earlier))).toEqual(rate);
  });
});

const DAY = 24 * 60;

test.each([
  { estimate: '-', since: at(0), now: at(DAY - 1), expected: undefined },
  { estimate: '-', since: at(0), now: at(DAY), expected: [true, 24] },
  { estimate: '0', since: at(0), now: at(2 * DAY), expected: [true, 48] },
  { estimate: '-', since: undefined, now: at(2 * DAY), expected: undefined },
  { estimate: '100 or fewer', since: at(0), now: at(2 * DAY), expected: [false, 0] },
  { estimate: '7', since: undefined, now: at(1), expected: [false, 0] },
])('nobody matched: $estimate from $since to $now', ({ estimate, since, now, expected }) => {
  expect(found(checkNoMatch(line, { status: 'READY', estimate }, since, now))).toEqual(expected);
});

test('nobody matched where counting takes two days: only after that', () => {
  const seen = { status: 'IN_PROGRESS', estimate: '-' };
  expect(checkNoMatch(line, seen, at(0), at(2 * DAY - 1), 48)).toBeUndefined();
  expect(checkNoMatch(line, seen, at(0), at(2 * DAY), 48)).toMatchObject({
    isBroken: true,
    threshold: 48,
    measured: 48,
  });
});

describe('the rules of a job', () => {
  const late = { ...warn, minutes: 90 };
  const off = { action: 'off' } as const;
  test.each([
    { defaults: {}, own: undefined, active: {} },
    { defaults: { late }, own: undefined, active: { late } },
    { defaults: { late }, own: {}, active: { late } },
    { defaults: { late }, own: { late: off }, active: {} },
    { defaults: { late: off }, own: undefined, active: {} },
    {
      defaults: { late },
      own: { late: { ...warn, minutes: 5 }, slow: late },
      active: { late: { ...warn, minutes: 5 }, slow: late },
    },
  ])('$own beside the defaults $defaults', ({ defaults, own, active }) => {
    expect(activeRules(defaults, own)).toEqual({ ...builtInRules, ...active });
  });

  test('the built-in rules are on until somebody switches them off', () => {
    expect(activeRules({ runs_empty: off, audience_ends: off }, { audience_unusable: off })).toEqual({});
    expect(activeRules({ runs_empty: off }, { runs_empty: { ...warn, days: 3 } }).runs_empty).toMatchObject({
      days: 3,
    });
  });

  test('only members that leave by age make a list empty', () => {
    const usual = alertRulesOf('replace', false);
    expect(alertRulesOf('age', false)).toEqual([...usual, 'runs_empty', 'audience_unusable']);
    expect(alertRulesOf('replace', true)).toEqual([...usual, 'audience_ends']);
    // Where nobody leaves, nobody can be told that many do.
    expect(alertRulesOf('never', false)).toEqual(usual.filter((rule) => rule !== 'leaving_share'));
  });

  test('a run has only the rules about its result; run anyway makes them warn', () => {
    expect(resultRulesOf({ late })).toBeUndefined();
    const stop = { action: 'stop', percent: 5 } as const;
    const rules = resultRulesOf({ late, skipped_share: stop });
    expect(rules).toEqual({ skipped_share: stop });
  });
});

describe('a wrong value gets one sentence at its field', () => {
  const size = { action: 'stop', percent: 30, runs: 7 };
  const change = { size_change: size };
  test.each([
    [{ skipped_share: { ...warn, percent: 0 } }, 'skipped_share.percent', 'Enter at least 1.'],
    [{ skipped_share: { ...warn, percent: 101 } }, 'skipped_share.percent', 'Enter at most 100.'],
    [{ skipped_share: { ...warn } }, 'skipped_share.percent', 'A value is missing or has the wrong type.'],
    [{ size_change: { ...size, runs: 1 } }, 'size_change.runs', 'Enter at least 2.'],
    [{ size_change: { ...size, runs: 31 } }, 'size_change.runs', 'Enter at most 30.'],
    [{ size_change: { ...size, percent: 1_001 } }, 'size_change.percent', 'Enter at most 1,000.'],
    [{ late: { ...warn, minutes: 4 } }, 'late.minutes', 'Enter at least 5.'],
    [{ late: { ...warn, minutes: 10_081 } }, 'late.minutes', 'Enter at most 10,080.'],
    [{ runs_empty: { ...warn, days: 61 } }, 'runs_empty.days', 'Enter at most 60.'],
    [{ slow: { action: 'stop', minutes: 60 } }, 'slow.action', 'Choose the action: off or warn.'],
    [{ slow: { minutes: 60 } }, 'slow.action', 'Choose the action: off or warn.'],
    [
      { skipped_share: { action: 'maybe', percent: 5 } },
      'skipped_share.action',
      'Choose the action: off, warn or stop.',
    ],
    [{ ...change, slow: { action: 'off', minutes: 60 } }, 'slow', 'This contains an unknown property.'],
    [
      { ...change, size: {} },
      '',
      'There is no such alert rule. The rules are skipped_share, size_change, leaving_share, late, slow, estimate_drop, match_rate_drop, no_match, runs_empty, audience_unusable and audience_ends.',
    ],
  ])('%j', (rules, path, message) => {
    const { issues } = alertRules.safeParse(rules).error!;
    expect(issues.map((issue) => [issue.path.join('.'), inEnglish(issueSentence(issue))])).toEqual([[path, message]]);
  });

  test('correct rules stay as they are', () => {
    const rules = {
      ...change,
      late: { ...warn, minutes: 5 },
      slow: { action: 'off' },
      estimate_drop: { ...warn, percent: 100 },
      no_match: warn,
    };
    expect(alertRules.parse(rules)).toEqual(rules);
    expect(alertRules.parse({})).toEqual({});
  });
});
