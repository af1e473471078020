/** Who moves when a change lets people back into a live audience. The real groups say whether the numbers are right. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isHeldOut } from '../../../packages/identifiers/src/hold-out.ts';
import type { HoldOut } from '../../../src/domain/audiences/hold-out.ts';
import type { UseOfList } from '../../../src/domain/audiences/suppression-lists.ts';
import { deliveriesAfter } from '../../../src/domain/jobs/audiences.ts';
import { type LeftOut, letInByJob, letInByList } from '../../../src/domain/jobs/let-in.ts';
import { inEnglish } from '../../../src/domain/text/sentence.ts';

/** A job that creates its audience. @param audienceId null before it has */
const audienceJob = (audienceId: string | null) => ({
  audienceId,
  siblingAudienceIds: [],
  configuration: {
    adaccount_id: 'A1',
    audience_id: null as string | null,
    audience_name: 'VIP' as string | null,
    identifier_type: 'email' as const,
    id_field: 'email',
    default_country: null,
    ifa_format: 'sha256' as const,
    siblings: [],
  },
});
const spring = (share: number): HoldOut => ({ experiment: 'spring', share });
const leftOut: LeftOut = {
  audience_id: '1',
  hold_out: spring(10),
  held_out: 100,
  sent: 900,
  lists: [],
};
const without = { hold_out: null, suppression_lists: [] };
const holding = (hold_out: HoldOut | null) => ({ ...without, hold_out });

/** The deliveries of a job with one identifier. */
const staying = deliveriesAfter(audienceJob('1'), audienceJob('1').configuration, false);

const moves = (before: HoldOut | null, after: HoldOut | null, members: LeftOut | null = leftOut) => {
  const found = letInByJob(members, holding(before), holding(after), staying);
  return found && [found.members, inEnglish(found.what)];
};

describe('a hold-out of a live audience that becomes', () => {
  test.each([
    [null, 100, 'Without the hold-out, about 100 members who were held out come into the audience'],
    [spring(4), 60, 'With a share of 4 % instead of 10 %, about 60 members who were held out come into'],
    [spring(25), 0, 'With a share of 25 % instead of 10 %, about 150 members who may have seen the campaign leave'],
    [
      { experiment: 'summer', share: 10 },
      90,
      'The experiment "summer" holds out other people than "spring". With the next run, about 90 members who were held out come into the audience, and about 90 who may have seen the campaign leave it.',
    ],
  ])('%j says who moves', (after, members, words) => {
    expect(moves(spring(10), after)).toEqual([members, expect.stringContaining(words)]);
  });

  test.each([
    ['the same', spring(10), spring(10), leftOut],
    ['the first one', null, spring(10), { ...leftOut, hold_out: null, held_out: null }],
    ['another one before a run', spring(10), spring(5), null],
    [
      'another one before a run has held somebody out',
      spring(10),
      null,
      { ...leftOut, hold_out: null, held_out: null },
    ],
    ['that of the last run again', { experiment: 'summer', share: 10 }, spring(10), leftOut],
    ['what a person has confirmed before', null, null, leftOut],
  ])('%s moves nobody', (_, before, after, members) => {
    expect(moves(before, after, members)).toBeUndefined();
  });

  test('fewer than ten people who were held out are told as none, and are asked about', () => {
    const held = { ...leftOut, hold_out: spring(1), held_out: 0, sent: 90 };
    expect(moves(spring(1), null, held)).toEqual([0, expect.any(String)]);
  });

  test('anything else moves as many as the rule of the buckets does, within a tenth', () => {
    const people = Array.from({ length: 20_000 }, (_, n) =>
      createHash('sha256').update(`member${n}@example.com`).digest('hex'),
    );
    const changes = [
      [spring(10), spring(3)],
      [spring(50), spring(49)],
      [spring(20), { experiment: 'summer', share: 20 }],
      [spring(5), { experiment: 'Spring', share: 40 }],
      [spring(30), null],
    ] as const;
    for (const [before, after] of changes) {
      const out = people.filter((hash) => isHeldOut(hash, before));
      const comeIn = out.filter((hash) => !after || !isHeldOut(hash, after)).length;
      const sent = people.length - out.length;
      const held = { ...leftOut, hold_out: before, held_out: out.length, sent };
      const [members] = moves(before, after, held) ?? [];
      expect(Math.abs(Number(members) - comeIn) / comeIn, JSON.stringify([before, after])).toBeLessThan(0.1);
    }
  });
});

test('a job that chooses lists no more says whom they kept out, together with its hold-out', () => {
  const lists = [
    { id: 'sup_1', name: 'Buyers', kept_out: 40 },
    { id: 'sup_2', name: 'Staff', kept_out: 20 },
  ];
  const chosen = (...suppression_lists: string[]) => ({ hold_out: spring(10), suppression_lists });
  const held = { ...leftOut, lists };
  expect(letInByJob(held, chosen('sup_1', 'sup_2'), chosen('sup_2', 'sup_1'), staying)).toBeUndefined();
  // Chosen, and for all jobs: it is none of those that the job can leave.
  expect(letInByJob(held, chosen('sup_3'), chosen(), staying)).toBeUndefined();
  const after = { hold_out: null, suppression_lists: ['sup_2'] };
  const found = letInByJob(held, chosen('sup_1', 'sup_2'), after, staying);
  expect(found?.members).toBe(140);
  expect(found && inEnglish(found.what)).toContain('"Buyers" kept about 40 members out');
});

test('a hold-out that was saved without a run is compared with the run, not with the saved one', () => {
  const summer = { experiment: 'summer', share: 10 };
  expect(moves(summer, null)).toEqual([100, expect.stringContaining('Without the hold-out, about 100')]);
  expect(moves(null, summer)).toEqual([90, expect.stringContaining('other people than "spring"')]);
  expect(moves(spring(50), spring(5))).toEqual([50, expect.stringContaining('5 % instead of 10 %')]);
});

test('a job that leaves its audience lets nobody into it, and one that comes back does', () => {
  const lists = [{ id: 'sup_1', name: 'Buyers', kept_out: 40 }];
  const before = { hold_out: spring(10), suppression_lists: ['sup_1'] };
  const moved = (
    from: string | null,
    change: object,
    another = false,
    was: typeof before | typeof without = before,
  ) => {
    const job = audienceJob(from);
    const deliveries = deliveriesAfter(job, { ...job.configuration, ...change }, another);
    return letInByJob({ ...leftOut, lists }, was, without, deliveries)?.members;
  };
  expect(moved('1', {})).toBe(140);
  expect(moved('1', { audience_name: 'Renamed' })).toBe(140);
  expect(moved('1', { audience_name: 'Another' }, true)).toBeUndefined();
  expect(moved('1', { adaccount_id: 'A2' }, true)).toBeUndefined();
  expect(moved('1', { audience_id: '2', audience_name: null })).toBeUndefined();
  // The next run has not made the other one yet.
  expect(moved(null, {})).toBeUndefined();
  // Nothing was asked when the job left it.
  expect(moved('2', { audience_id: '1', audience_name: null }, false, without)).toBe(140);
});

test('a list lets in whom it kept out of jobs that it leaves, or of audiences whose field it loses', () => {
  const use = (identifier_types: UseOfList['identifier_types'], change: Partial<UseOfList>): UseOfList => ({
    identifier_types,
    is_chosen: false,
    jobs: 2,
    jobs_with_result: 1,
    kept_out: 10,
    ...change,
  });
  const list = {
    name: 'Opted out',
    applies_to: 'all_jobs' as const,
    fields: { email: 'mail', phone: 'tel' },
    uses: [
      use(['email', 'phone'], { kept_out: 3 }),
      use(['email'], { is_chosen: true, kept_out: 20 }),
      // They never ran.
      use(['email'], { jobs_with_result: 0, kept_out: 0 }),
    ],
  };
  expect(letInByList(list, {})).toBeUndefined();
  expect(letInByList(list, { fields: { email: 'other', phone: 'tel', ifa: 'gaid' } })).toBeUndefined();
  expect(letInByList({ ...list, applies_to: 'chosen_jobs' }, { applies_to: 'all_jobs' })).toBeUndefined();
  expect(letInByList(list, { applies_to: 'chosen_jobs' })?.members).toBe(3);
  expect(letInByList(list, { fields: { phone: 'tel' } })?.members).toBe(23);
  expect(letInByList(list, { fields: { email: 'mail' } })?.members).toBe(3);
  const found = letInByList(list, { applies_to: 'chosen_jobs', fields: { phone: 'tel' } });
  expect(found && inEnglish(found.what)).toContain('concerns 2 of them. It kept 23 members out');
});
