/** When a list is empty whose members leave by age, and whether that is told. */
import { describe, expect, test } from 'vitest';
import {
  checkRunsEmpty,
  daysLeft,
  daysOfAlert,
  type Expecting,
  emptyAt,
  emptyFirst,
} from '../../../src/domain/alerts/emptying.ts';
import { jobConditions } from '../../../src/domain/jobs/conditions.ts';
import { inEnglish } from '../../../src/domain/text/sentence.ts';
import { at } from '../../support/service.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
const rule = { action: 'warn', days: 7 } as const;
const list = { sentAt: at(0), memberDays: 30 };

/** Whether the rule is broken, and the days that are left; undefined when nothing is said. */
function findingAfter(days: number, job: Partial<Expecting>, sent = list) {
  const expecting = { condition: 'paused', wakesAt: null, troubledSince: null, ...job } as const;
  const finding = checkRunsEmpty(rule, sent, expecting, at(days * DAY));
  return finding && [finding.isBroken, finding.measured];
}

test('the list that is empty first decides', () => {
  const lists = [list, { sentAt: at(DAY), memberDays: 20 }, { sentAt: at(-DAY), memberDays: 25 }];
  expect(emptyFirst(lists)).toBe(lists[1]);
  expect(emptyAt(lists[1]!)).toEqual(at(21 * DAY));
  expect(emptyFirst([])).toBeUndefined();
});

test.each([
  { memberDays: 180, limit: 7 },
  { memberDays: 21, limit: 7 },
  { memberDays: 20, limit: 6 },
  { memberDays: 3, limit: 1 },
  { memberDays: 1, limit: 1 },
])('a list of $memberDays days is told at most $limit days before', ({ memberDays, limit }) => {
  expect(daysOfAlert(7, memberDays)).toBe(limit);
});

test('begun days count', () => {
  expect([0, 1, DAY, DAY + 1, -1].map((minutes) => daysLeft(at(minutes), at(0)))).toEqual([0, 1, 1, 2, 0]);
});

describe('a list of 30 days', () => {
  test('whose job is paused', () => {
    expect(findingAfter(22.9, {})).toEqual([false, 8]);
    expect(findingAfter(23, {})).toEqual([true, 7]);
    expect(findingAfter(29.99, {})).toEqual([true, 1]);
    expect(findingAfter(30, {})).toEqual([true, 0]);
    expect(findingAfter(300, {})).toEqual([true, 0]);
  });

  test('whose next run comes in time, or too late', () => {
    expect(findingAfter(25, { condition: 'scheduled', wakesAt: at(29 * DAY) })).toBeUndefined();
    expect(findingAfter(25, { condition: 'scheduled', wakesAt: at(31 * DAY) })).toEqual([true, 5]);
    expect(findingAfter(25, { condition: 'scheduled', wakesAt: null })).toEqual([true, 5]);
  });

  test('whose run goes on, or is tried again, for not too long', () => {
    const troubledSince = at(25 * DAY - 5 * HOUR);
    expect(findingAfter(25, { condition: 'running' })).toBeUndefined();
    expect(findingAfter(25, { condition: 'retrying', troubledSince })).toBeUndefined();
    expect(findingAfter(25.1, { condition: 'retrying', troubledSince })).toEqual([true, 5]);
    expect(findingAfter(30.1, { condition: 'running' })).toBeUndefined();
    expect(findingAfter(30.3, { condition: 'running' })).toEqual([true, 0]);
  });

  test.each(jobConditions.filter((condition) => !['scheduled', 'running', 'retrying'].includes(condition)))(
    'whose job is %s',
    (condition) => expect(findingAfter(26, { condition, wakesAt: at(27 * DAY) })).toEqual([true, 4]),
  );
});

test('a list of few days is no alert while its weekly run is expected, and one when it fails', () => {
  const weekly = { sentAt: at(0), memberDays: 10 };
  expect(findingAfter(7, { condition: 'scheduled', wakesAt: at(7 * DAY + 1) }, weekly)).toBeUndefined();
  expect(findingAfter(7, { condition: 'failed' }, weekly)).toEqual([true, 3]);
  expect(findingAfter(6.9, { condition: 'failed' }, weekly)).toEqual([false, 4]);
});

test('the sentence says when, why, and what to do', () => {
  const say = (days: number, condition: Expecting['condition']) => {
    const job = { condition, wakesAt: at(40 * DAY), troubledSince: null };
    return inEnglish(checkRunsEmpty(rule, { sentAt: at(0), memberDays: 30 }, job, at(days * DAY))!.what);
  };
  expect(say(25, 'paused')).toBe(
    `The list will be empty at ${at(30 * DAY)
      .toISOString()
      .slice(0, 16)
      .replace(
        'T',
        ' ',
      )} UTC: all members leave then, because no run has sent them again. Days left: 5. The job is paused. Resume it.`,
  );
  expect(say(31, 'completed')).toMatch(
    /^The list has been empty since .*: all members left, .* The job has no schedule\. Run it again, or give it a schedule\.$/,
  );
  expect(say(25, 'scheduled')).toMatch(/The next run comes too late\./);
  expect(say(25, 'needs_approval')).toMatch(/waits for an approval/);
  expect(say(25, 'waiting')).toMatch(/Its runs do not succeed\./);
});
