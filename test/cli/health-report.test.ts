/** `lineup health-report` as text and as JSON. */
import { expect, test } from 'vitest';
import { healthTable } from '../../src/cli/health-report.ts';
import type { AudienceHealth } from '../../src/contracts/health-report.ts';
import { members } from '../support/cli.ts';
import { serving } from '../support/serving.ts';

test('shows the audiences of a service', async () => {
  const { lineup, json, write } = await serving();
  expect((await lineup(['health-report'])).stdout).toBe(
    'No jobs yet. "lineup jobs create --help" shows how to make the first one.\n',
  );
  const file = write('members.csv', members(20).csv);
  const created = await lineup([
    ...['jobs', 'create', '--name', 'VIP', '--authorization', 'Main account', '--audience', file],
    ...['--ad-account', 'A1', '--audience-name', 'VIP', '--identifier-type', 'email', '--once', '--wait'],
  ]);
  expect(created.code).toBe(0);
  const [first, ...others] = await json<AudienceHealth[]>(['health-report']);
  expect(others).toEqual([]);
  expect(first).toMatchObject({ job_name: 'VIP', level: 'healthy', concerns: [], members: 20 });
  const { code, stdout } = await lineup(['health-report']);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/VIP +A1 +Healthy +20 /)]);
}, 60_000);

test('says what deserves attention, and how the size has changed', () => {
  const point = { at: '2026-03-02T00:00:00.000Z', members: 103, estimated_size: '62', match_rate: 0.62 };
  const audience: AudienceHealth = {
    job_id: 'job_1',
    job_name: 'VIP',
    ad_account_id: 'A1',
    audience_id: '7',
    condition: 'failed',
    error: null,
    error_count: 0,
    next_run_at: null,
    incomplete_at_line: null,
    level: 'needs_person',
    concerns: ['failed', 'incomplete', 'open_alert'],
    score: 1_001,
    last_success_at: point.at,
    members: 103,
    members_week_ago: 100,
    history: [point, { ...point, estimated_size: null, match_rate: null }],
  };
  const text = healthTable([audience, { ...audience, members: null, history: [], last_success_at: null }]);
  expect(text).toMatch(
    /VIP +A1 +Needs a person: failed, incomplete, open alert +103 +\+3 % +62 +62 % +2026-03-02 00:00Z/,
  );
  expect(text.split('\n').at(-1)).toMatch(/ – +– +– +– +–$/);
  // A loss of nearly all members is not shown as one of all.
  const fallen = healthTable([{ ...audience, members: 4, members_week_ago: 100_000 }]);
  expect(fallen).toContain(' −99.99 % ');
  const second = { ...audience, delivery: 2, identifier_type: 'phone', audience_name: 'VIP' } as const;
  expect(healthTable([second])).toMatch(/VIP \(phone\) +A1 /);
});
