import { expect, test } from 'vitest';
import { type HealthConcern, healthConcern } from '../../src/contracts/health-report.ts';
import { jobConditions } from '../../src/domain/jobs/conditions.ts';
import type { AudienceFacts, StoredPoint } from '../../src/store/repositories/health-report.ts';
import { assess, rules } from '../../src/use-cases/health-report/concerns.ts';
import { at } from '../support/service.ts';

const HOUR = 60;
const now = at(24 * HOUR);

const points = (...members: number[]): StoredPoint[] => members.map((member) => reached(member, `${member}`));
const reached = (members: number, estimate: string | null, status: string | null = 'READY'): StoredPoint => ({
  ...{ at: at(0).toISOString(), members, unique: members, status, estimate },
});

const facts = (change: Partial<AudienceFacts> = {}): AudienceFacts => ({
  partOf: null,
  jobId: 'job_1',
  jobName: 'VIP',
  delivery: 1,
  audienceId: '5343822743475',
  condition: 'scheduled',
  slot: at(25 * HOUR),
  isIncomplete: false,
  openAlerts: [],
  latest: points(100, 100, 100),
  ...change,
});

test.each<[string, Partial<AudienceFacts>, HealthConcern[]]>([
  ['a sleeping job', {}, []],
  ['a running job', { condition: 'running' }, []],
  ['a completed job', { condition: 'completed', slot: null }, []],
  ['a job without any run', { latest: [] }, []],
  ['a failed job', { condition: 'failed' }, ['failed']],
  ['a job that a guard stopped', { condition: 'needs_approval' }, ['needs_approval']],
  ['a job that waits for a key', { condition: 'waiting' }, ['waiting']],
  ['a job that tries again', { condition: 'retrying' }, ['retrying']],
  ['an open alert', { openAlerts: ['late'] }, ['open_alert']],
  ['an open alert of a paused job', { openAlerts: ['late'], condition: 'paused' }, ['open_alert', 'paused']],
  ['a paused job', { condition: 'paused' }, ['paused']],
  ['a paused job whose time has passed', { condition: 'paused', slot: at(0) }, ['paused']],
  ['a part at LINE', { isIncomplete: true }, ['incomplete']],
  ['a part at LINE that a run completes', { isIncomplete: true, condition: 'running' }, []],
  ['a failed job with a part', { isIncomplete: true, condition: 'failed' }, ['failed', 'incomplete']],
  ['a run that is due for six hours', { slot: at(18 * HOUR) }, []],
  ['a run that is due for longer', { slot: at(18 * HOUR - 1), condition: 'running' }, ['late']],
  ['a late try', { slot: at(0), condition: 'retrying' }, ['late', 'retrying']],
  ['a failed match', { latest: [reached(100, '-', 'FAILED')] }, ['nobody_matched']],
  ['a match of nobody', { latest: [reached(100, '0')] }, ['nobody_matched']],
  ['a match with too little data', { latest: [reached(100, '-')] }, ['nobody_matched']],
  ['an unfinished match', { latest: [reached(100, '-', 'IN_PROGRESS')] }, []],
  ['a match of few', { latest: [reached(100, '100 or fewer')] }, []],
  ['a match of nobody earlier', { latest: [reached(100, '90'), reached(100, '0')] }, []],
  ['reach at three quarters', { latest: [reached(100, '75'), ...points(100, 100)] }, []],
  ['reach below three quarters', { latest: [reached(100, '74'), ...points(100, 100)] }, ['reach_fallen']],
  ['reach that LINE is still counting', { latest: [reached(100, '10', 'IN_PROGRESS'), ...points(100, 100)] }, []],
  ['reach with one earlier value', { latest: [reached(100, '10'), reached(100, '100')] }, []],
  ['an outlier earlier', { latest: points(100, 100, 1_000, 100) }, []],
  ['a size that grew by 30 %', { latest: points(130, 100, 100) }, []],
  ['a size that grew by more', { latest: points(131, 100, 100) }, ['size_changed']],
  ['a size that halved', { latest: points(50, 100, 100) }, ['reach_fallen', 'size_changed']],
  ['a second size', { latest: points(1, 100) }, []],
])('%s', (_, change, expected) => {
  expect(assess(facts(change), now).concerns).toEqual(expected);
});

test('each concern has one rule, in the order of its severity', () => {
  expect(rules.map(({ concern }) => concern)).toEqual(healthConcern.options);
  const levels = rules.map(({ level }) => level);
  expect(levels.toSorted()).toEqual(levels);
});

test('the worst concern decides, then the number of the others', () => {
  const scores = [
    facts({ condition: 'failed', isIncomplete: true }),
    facts({ condition: 'failed' }),
    facts({ condition: 'needs_approval', latest: [reached(1, '0')] }),
    facts({ condition: 'waiting' }),
    facts({ openAlerts: ['late'], condition: 'paused' }),
    facts({ openAlerts: ['late'] }),
    facts({ condition: 'retrying', slot: at(0) }),
    facts({ slot: at(0) }),
    facts({ condition: 'retrying' }),
    facts({ condition: 'paused' }),
    facts(),
  ].map((audience) => assess(audience, now).score);
  expect(scores.toSorted((a, b) => b - a)).toEqual(scores);
  expect(new Set(scores).size).toBe(scores.length);
  expect(scores.at(-1)).toBe(0);
});

test('every condition has a level', () => {
  const levels = Object.fromEntries(
    jobConditions.map((condition) => [condition, assess(facts({ condition }), now).level]),
  );
  expect(levels).toEqual({
    running: 'healthy',
    scheduled: 'healthy',
    retrying: 'worth_a_look',
    waiting: 'needs_person',
    needs_approval: 'needs_person',
    paused: 'worth_a_look',
    completed: 'healthy',
    failed: 'needs_person',
    terminated: 'healthy',
  });
});
