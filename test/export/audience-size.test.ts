/** The size that the guard compares with. Tests every rule at the head of src/export/audience-size.ts. */
import { describe, expect, test } from 'vitest';
import type { CustomAudienceUploadJob } from '../../packages/line-ads/src/index.ts';
import { uploadJobOf } from '../../src/destinations/line-ads/destination.ts';
import { type AtLine, sizeBefore } from '../../src/export/audience-size.ts';

const lastReplace = { runId: 'r1', unique: 1_000, at: '2026-03-01T00:00:00.000Z' };
const ours = { size: 1_000, basis: 'last_replace', runId: 'r1', at: lastReplace.at };
const unknown = { size: null, basis: 'unknown', runId: null, at: null };

type Short = readonly [type: string, count: number | undefined, change?: Partial<CustomAudienceUploadJob>];

/** Oldest first, with one hour between them. */
const jobsOf = (jobs: readonly Short[]): CustomAudienceUploadJob[] =>
  jobs.map(([type, audienceCount, change], index) => ({
    audienceGroupId: '5343822743475',
    audienceGroupJobId: String(5_343_822_743_500 + index),
    name: `other-${index}.csv`,
    type: `DIFF_${type}`,
    jobStatus: 'FINISHED',
    ...(audienceCount !== undefined && { audienceCount }),
    created: new Date(Date.UTC(2026, 2, 1, index)).toISOString(),
    ...change,
  }));

const atLine = (jobs: readonly Short[], estimate = '-', status = 'READY'): AtLine => ({
  audience: { status, size: estimate },
  uploads: jobsOf(jobs).map(uploadJobOf),
});
const size = (line: AtLine | undefined, known: { made?: boolean; replaced?: boolean } = {}) => {
  const before = sizeBefore({
    lastReplace: known.replaced ? lastReplace : undefined,
    made: known.made ?? false,
    line,
  });
  return before.runId ? before : [before.basis, before.size];
};
const our = (chunk: number): Partial<CustomAudienceUploadJob> => ({ name: `lineup-r1-${chunk}.txt` });

describe('the size from LINE’s upload jobs, if we made no replace', () => {
  test.each<[string, readonly Short[], number]>([
    ['one REPLACE', [['REPLACE', 57_207]], 57_207],
    [
      'is the last REPLACE and the ADDs after it',
      [
        ['ADD', 9],
        ['REPLACE', 90_000],
        ['REPLACE', 50_000],
        ['ADD', 7_207],
      ],
      57_207,
    ],
    [
      'is all ADDs if there is no REPLACE',
      [
        ['ADD', 50_000],
        ['AUTO_ADD', 7_207],
      ],
      57_207,
    ],
    [
      'ignores jobs that failed or still run',
      [
        ['REPLACE', 57_207],
        ['REPLACE', 3, { jobStatus: 'FAILED' }],
        ['ADD', 5, { jobStatus: 'QUEUED' }],
        ['REPLACE', undefined, { jobStatus: 'WORKING' }],
      ],
      57_207,
    ],
    [
      'ignores removals and unknown types',
      [
        ['REPLACE', 57_207],
        ['REMOVE', 57_000],
        ['SOMETHING_NEW', 4],
      ],
      57_207,
    ],
    ['counts a job that is FINISHED with a failedType', [['REPLACE', 57_207, { failedType: 'SOME_LINES' }]], 57_207],
  ])('%s', (_, jobs, held) => {
    expect(size(atLine(jobs))).toEqual(['upload_jobs', held]);
  });

  test('does not depend on the order of LINE’s list, also when jobs have the same second', () => {
    const line = atLine([
      ['REPLACE', 90_000],
      ['REPLACE', 50_000],
      ['ADD', 7_207],
    ]);
    expect(size({ ...line, uploads: line.uploads.toReversed() })).toEqual(['upload_jobs', 57_207]);
    const uploads = line.uploads.map((job) => ({ ...job, created: '2026-03-01T09:00:00+09:00' })).toReversed();
    expect(size({ ...line, uploads })).toEqual(['upload_jobs', 57_207]);
  });

  test('gives way to a larger estimate: other members came without a listed job', () => {
    expect(size(atLine([['ADD', 10]], '57207'))).toEqual(['estimate', 57_207]);
    expect(size(atLine([['ADD', 10]], '57207', 'IN_PROGRESS'))).toEqual(['upload_jobs', 10]);
    expect(size(atLine([['ADD', 10]], '100 or fewer'))).toEqual(['upload_jobs', 10]);
    expect(size(atLine([['ADD', 57_207]], '37185'))).toEqual(['upload_jobs', 57_207]);
  });

  test('is unknown if a count is missing or a REPLACE brought no members', () => {
    expect(size(atLine([['REPLACE', undefined]]))).toEqual(['unknown', null]);
    expect(size(atLine([['REPLACE', 0]]))).toEqual(['unknown', null]);
    expect(
      size(
        atLine([
          ['REPLACE', undefined],
          ['ADD', 10],
        ]),
      ),
    ).toEqual(['unknown', null]);
    expect(
      size(
        atLine([
          ['REPLACE', 10],
          ['ADD', undefined],
        ]),
      ),
    ).toEqual(['unknown', null]);
    expect(
      size(
        atLine(
          [
            ['REPLACE', undefined],
            ['ADD', 10],
          ],
          '57207',
        ),
      ),
    ).toEqual(['estimate', 57_207]);
    expect(
      size(
        atLine(
          [
            ['REPLACE', undefined],
            ['ADD', 9_000],
          ],
          '5000',
        ),
      ),
    ).toEqual(['upload_jobs', 9_000]);
  });
});

describe('LINE’s estimate, if there are no jobs', () => {
  test.each<[string, ReturnType<typeof size>]>([
    ['57207', ['estimate', 57_207]],
    ['100 or fewer', ['estimate', 100]],
    ['-', ['unknown', null]],
    ['', ['unknown', null]],
    ['0', ['unknown', null]],
    ['many', ['unknown', null]],
  ])('%s', (estimate, expected) => {
    expect(size(atLine([], estimate))).toEqual(expected);
    expect(size(atLine([['REPLACE', 5, { jobStatus: 'FAILED' }]], estimate))).toEqual(expected);
  });
});

describe('our last successful replace', () => {
  test('has priority, with or without data from LINE', () => {
    expect(size(undefined, { replaced: true })).toEqual(ours);
    expect(size(atLine([], '99999'), { replaced: true })).toEqual(ours);
    expect(
      size(
        atLine([
          ['REPLACE', 90_000],
          ['REPLACE', 600, our(1)],
          ['ADD', 400, our(2)],
        ]),
        { replaced: true },
      ),
    ).toEqual(ours);
  });

  test('stays the base after an upload that stopped half-way, or after a smaller replace by another person', () => {
    const half: Short = ['REPLACE', 400, { name: 'lineup-r2-1.txt' }];
    expect(size(atLine([['REPLACE', 1_000, our(1)], half]), { replaced: true })).toEqual(ours);
    expect(
      size(
        atLine([
          ['REPLACE', 1_000, our(1)],
          ['REPLACE', 3],
          ['ADD', 4],
        ]),
        { replaced: true },
      ),
    ).toEqual(ours);
  });

  test('gives way to a later, larger replace by another person', () => {
    const line = atLine([
      ['REPLACE', 1_000, our(1)],
      ['REPLACE', 50_000],
      ['ADD', 7_207],
    ]);
    expect(size(line, { replaced: true })).toEqual(['upload_jobs', 57_207]);
    // LINE no longer lists our job, so the time decides. Our replace was at midnight, and so was the first job.
    expect(
      size(
        atLine([
          ['REPLACE', 90_000],
          ['REPLACE', 57_207],
        ]),
        { replaced: true },
      ),
    ).toEqual(['upload_jobs', 57_207]);
    expect(size(atLine([['REPLACE', 90_000]]), { replaced: true })).toEqual(ours);
  });

  test('gives way to a larger upload that was added later; its chunks count together', () => {
    const added: readonly Short[] = [
      ['ADD', 30_000, { name: 'lineup-r2-1.txt' }],
      ['ADD', 27_207, { name: 'lineup-r2-2.txt' }],
    ];
    expect(size(atLine([['REPLACE', 1_000, our(1)], ...added]), { replaced: true })).toEqual(['upload_jobs', 57_207]);
  });

  test('does not give way to the same list added every day', () => {
    const daily = Array.from({ length: 30 }, (): Short => ['ADD', 950]);
    expect(size(atLine([['REPLACE', 1_000, our(1)], ...daily]), { replaced: true })).toEqual(ours);
  });
});

describe('an audience that we created', () => {
  test('is empty until an upload has finished', () => {
    const failed: Short = ['ADD', 0, { ...our(1), jobStatus: 'FAILED' }];
    expect(size(atLine([failed]), { made: true })).toEqual(['upload_jobs', 0]);
    expect(size(atLine([failed]))).toEqual(['unknown', null]);
  });

  test('holds the members of the finished uploads', () => {
    expect(size(atLine([['ADD', 400, our(1)]]), { made: true })).toEqual(['upload_jobs', 400]);
    expect(sizeBefore({ lastReplace: undefined, made: true, line: atLine([['ADD', undefined, our(1)]]) })).toEqual(
      unknown,
    );
  });
});
