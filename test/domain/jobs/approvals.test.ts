/** What an approval covers, and what it does not. */
import { describe, expect, test } from 'vitest';
import { beyondApproval, changeOf, seenOf } from '../../../src/domain/jobs/approvals.ts';
import type { JudgedAudience, JudgedReason } from '../../../src/domain/runs/run.ts';
import { inEnglish } from '../../../src/domain/text/sentence.ts';
import { approvableOf, approvalFor } from '../../../src/jobs/approvable.ts';

const reason = (code: JudgedReason['code'], measured: number | null): JudgedReason => ({
  code,
  measured,
  limit: 0.5,
  message: code,
});

const audience = (
  before: number | null,
  after: number,
  reasons: JudgedReason[] = [reason('audience_shrinks', before === null ? null : (before - after) / before)],
  delivery = 1,
): JudgedAudience => ({
  delivery,
  identifierType: 'email',
  field: 'email',
  audienceId: '1',
  audienceName: null,
  before: { size: before, basis: before === null ? 'unknown' : 'upload_jobs', runId: null, at: null },
  after,
  reasons,
});

const beyond = (approved: JudgedAudience[], now: JudgedAudience[]): string =>
  beyondApproval(approved, now).map(inEnglish).join(' ');

describe('an approval', () => {
  const approved = [audience(2_000, 900)];

  test.each([
    ['what was seen', audience(2_000, 900), ''],
    ['2 % less', audience(2_000, 882), ''],
    ['more than 2 % less', audience(2_000, 881), '900 members were approved, and now there are 881.'],
    ['more than was seen', audience(2_000, 950), ''],
    ['an audience that is hardly larger', audience(2_040, 900), ''],
    [
      'a larger loss, because the audience is larger now',
      audience(2_100, 900),
      'The audience held 2,000 members when this was approved, and now it holds 2,100.',
    ],
    [
      'another reason',
      audience(2_000, 900, [reason('audience_shrinks', 0.55), reason('skipped_share_exceeded', 0.3)]),
      'Not all reasons were approved.',
    ],
    [
      'an unknown size instead of a loss',
      audience(null, 900, [reason('audience_size_unknown', null)]),
      'Not all reasons were approved.',
    ],
    ['no reason any more', audience(900, 900, []), ''],
  ])('of a loss: %s', (_, now, expected) => {
    expect(beyond(approved, [now])).toBe(expected);
  });

  test('of skipped values or an unusual size covers neither a larger share nor the other direction', () => {
    const skipped = (share: number) => [audience(100, 90, [reason('skipped_share_exceeded', share)])];
    expect(beyond(skipped(0.5), skipped(0.52))).toBe('');
    expect(beyond(skipped(0.5), skipped(0.53))).toBe('50 % was approved, and now it is 53 %.');
    const unusual = (share: number) => [audience(100, 90, [reason('size_change_exceeded', share)])];
    expect(beyond(unusual(0.9), unusual(0.8))).toBe('');
    expect(beyond(unusual(-0.6), unusual(-0.63))).toBe('-60 % was approved, and now it is -63 %.');
    expect(beyond(unusual(-0.6), unusual(0.6))).toBe('-60 % was approved, and now it is 60 %.');
  });

  test('counts for each audience on its own', () => {
    const both = [...approved, audience(500, 480, [], 2)];
    expect(beyond(both, [audience(2_000, 900), audience(500, 480, [], 2)])).toBe('');
    expect(beyond(both, [audience(2_000, 900), audience(500, 400, [], 2)])).toBe(
      '480 members were approved, and now there are 400.',
    );
    // An audience that nobody has seen passes only without a reason.
    expect(beyond(approved, [audience(500, 480, [], 2)])).toBe('');
    expect(beyond(approved, [audience(500, 100, undefined, 2)])).toBe('Not all reasons were approved.');
  });

  test('counts only for the revision of the job and of its source', () => {
    const approval = { audiences: approved, sourceRevision: 3, jobRevision: 2, at: '2026-03-02T00:00:00Z' };
    expect(approvalFor({ approval }, { revision: 2 }, 3)).toEqual({ audiences: approved });
    expect(approvalFor({ approval }, { revision: 3 }, 3)).toBeUndefined();
    expect(approvalFor({ approval }, { revision: 2 }, 4)).toBeUndefined();
    expect(approvalFor({ approval: null }, { revision: 2 }, 3)).toBeUndefined();
  });
});

test('a run can be approved while its numbers are those of the job and its source', () => {
  const judged = { audiences: [audience(2_000, 900)], sourceRevision: 3 };
  const judgedWith = (change: object, error: object = {}) =>
    JSON.parse(
      JSON.stringify({
        id: 'r1',
        status: 'failed',
        forbidden: false,
        summary: { ended_at: '2026-03-02T00:00:00.000Z', error: { judged, ...error } },
        ...change,
      }),
    ) as Parameters<typeof approvableOf>[0];
  const at = (hours: number) => new Date(Date.UTC(2026, 2, 2, hours));
  expect(approvableOf(judgedWith({}), 3, at(23))).toMatchObject({
    run_id: 'r1',
    judged_at: '2026-03-02T00:00:00.000Z',
    sends: 'as_seen',
    kept_until: '2026-03-03T00:00:00.000Z',
    message: expect.stringMatching(
      /^These members are sent as the run has read them\. They are kept until 2026-03-03 00:00 UTC\..* smaller by more than 2 %, or has another reason, stops again\.$/,
    ),
    audiences: judged.audiences,
  });
  expect(approvableOf(judgedWith({}), 3, at(24))).toMatchObject({
    sends: 'new_scan',
    message: expect.stringContaining('so the source is read again.'),
  });
  // The authorization of its source was changed, or its job, or it has ended otherwise, or it is of an earlier version.
  expect(approvableOf(judgedWith({}), 4, at(1))).toBeUndefined();
  expect(approvableOf(judgedWith({ forbidden: true }), 3, at(1))).toBeUndefined();
  expect(approvableOf(judgedWith({ status: 'stopped' }), 3, at(1))).toBeUndefined();
  expect(approvableOf(judgedWith({}, { judged: undefined }), 3, at(1))).toBeUndefined();
});

test('a person says what the API shows, and sees the change', () => {
  const audiences = [audience(2_000, 900), audience(null, 5, [reason('audience_size_unknown', null)], 2)];
  expect(seenOf({ run_id: 'r1', judged_at: 'then', audiences }, 4)).toEqual({
    run_id: 'r1',
    judged_at: 'then',
    revision: 4,
    audiences: [
      { delivery: 1, before: 2_000, after: 900, reasons: [{ code: 'audience_shrinks', measured: 0.55 }] },
      { delivery: 2, before: null, after: 5, reasons: [{ code: 'audience_size_unknown', measured: null }] },
    ],
  });
  expect(audiences.map(changeOf)).toEqual([-0.55, undefined]);
  expect(changeOf(audience(0, 5))).toBeUndefined();
});
