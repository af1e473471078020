/** The first command of a new user. The demo has jobs in the states that a team meets. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobPart } from '../../src/contracts/job-rows.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import { bench } from '../support/cli.ts';
import { openToOthers, openShell as under } from '../support/modes.ts';

test('the demo has a running Lytics export, jobs that have run, one of them from a bucket, one of them after that one, one of them without a list, and one that a guard has stopped', async () => {
  const { start } = await bench();
  const { child, finished } = start(['demo', '--port', '0', '--members', '8000'], { under });
  let text = '';
  for await (const piece of child.stdout!.iterator({ destroyOnReturn: false })) {
    text += piece;
    if (text.includes('Or try the command line')) break;
  }
  const [, url, email, password] = /Open {2}(\S+)\s+sign in as (\S+) with the password (\S+)/.exec(text) ?? [];
  const session = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: `${url}` },
    body: JSON.stringify({ email, password }),
  });
  const cookie = session.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
  const items = async <T>(path: string) => {
    const answer = await fetch(`${url}/api/v1${path}`, { headers: { cookie } });
    return ((await answer.json()) as { items: T[] }).items;
  };
  const authorizations = await items<{ provider: string; health: string }>('/authorizations');
  expect(authorizations.map(({ provider }) => provider).sort()).toEqual([
    'bigquery',
    'line_ads',
    'line_official_account',
    'ly_ads',
    'lytics',
    's3',
  ]);
  const jobs = await items<JobView>('/jobs');
  const states = Object.fromEntries(jobs.map(({ name, condition, error }) => [name, [condition, error?.code ?? null]]));
  expect(states).toEqual({
    'VIP members': ['scheduled', null],
    'Members by tier': ['scheduled', null],
    'Newsletter, to LY Ads': ['scheduled', null],
    'Friends, to LINE Official Account': ['scheduled', null],
    'Spring campaign': ['scheduled', null],
    'Loyalty programme': ['needs_approval', 'audience_shrinks'],
    'Daily export, from S3': ['scheduled', null],
    'Thank-you offer, after the S3 export': ['scheduled', null],
    'Customers, from BigQuery': [expect.stringMatching(/^(running|scheduled)$/), null],
    'All members, from Lytics': ['running', null],
  });
  // Of the 41,000 rows, some are invalid or there twice.
  expect(text).toMatch(/says who joins and who leaves\s+\+\d,?\d* −\d+/);
  const [list] = await items<{ name: string; reads: { identifier_type: string }[]; job_count: number }>(
    '/suppression-lists',
  );
  expect(list).toMatchObject({ name: 'Opted out', job_count: 1 });
  expect(list?.reads.map(({ identifier_type }) => identifier_type).sort()).toEqual(['email', 'phone']);
  const tiers = jobs.find(({ name }) => name === 'Members by tier');
  const partsWithMembers = async () =>
    (await items<JobPart>(`/jobs/${tiers?.id}/parts`)).map(({ value, recent_sizes }) => [value, recent_sizes.length]);
  await expect.poll(partsWithMembers, { timeout: 60_000 }).toEqual([
    ['bronze', 1],
    ['gold', 1],
    ['silver', 1],
  ]);
  const [campaign] = jobs.filter(({ name }) => name === 'Spring campaign');
  const report = await fetch(`${url}/api/v1/runs/${campaign?.last_run?.id}/report`, {
    headers: { cookie },
  });
  expect(await report.json()).toMatchObject({
    suppression: [{ name: 'Opted out', suppressed: expect.any(Number) }],
    counts: { held_out: expect.any(Number) },
    siblings: [
      { identifierType: 'phone', audience: { name: 'Spring campaign (phone)', created: true }, error: null },
      { identifierType: 'ifa', audience: { name: 'Spring campaign (ifa)', created: true }, error: null },
    ],
  });
  expect(campaign?.sibling_audience_ids).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+$/)]);
  const [, lyAds] = /LY Ads is running\s+(\S+)/.exec(text) ?? [];
  const atLyAds = async (part: string) => (await fetch(`${lyAds}/__admin/${part}`)).json();
  const lists = (await atLyAds('lists')) as { name: string; members: number }[];
  // More than there are people: one list has the e-mail addresses and the phone numbers.
  expect(lists.find(({ name }) => name === 'Newsletter, to LY Ads')?.members).toBeGreaterThan(20_000);
  expect(await atLyAds('violations')).toEqual([]);
  const [, officialAccount] = /LINE Official Account is running\s+(\S+)/.exec(text) ?? [];
  const atLine = async (part: string) => (await fetch(`${officialAccount}/__admin/${part}`)).json();
  const audiences = (await atLine('audiences')) as { name: string; members: number }[];
  const friends = audiences.find(({ name }) => name === 'Friends, to LINE Official Account');
  expect(friends?.members).toBeGreaterThan(4_000);
  expect(await atLine('violations')).toEqual([]);
  const [, directory = ''] = /(\S*lineup-demo-[^/]+)\//.exec(text) ?? [];
  // Other users cannot read the database.
  expect(openToOthers(join(directory, 'data', 'db'))).toEqual([]);
  child.kill('SIGINT');
  await Promise.all([once(child, 'exit'), finished]);
  // It leaves no files behind.
  expect(existsSync(directory)).toBe(false);
}, 180_000);
