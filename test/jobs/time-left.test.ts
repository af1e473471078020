/** How long a run will still take. The time is shown if it can be known, and is never guessed. */
import { describe, expect, test } from 'vitest';
import type { ReportedProgress, RunProgress } from '../../src/contracts/run-progress.ts';
import { Estimate } from '../../src/jobs/time-left.ts';

const scan = (fraction?: number): RunProgress => ({
  stage: 'scan',
  rows: 1,
  scanned: 1,
  unique: 1,
  fraction,
});
const upload = (chunk: number, chunks: number, bytesSent: number): RunProgress => ({
  stage: 'upload',
  chunk,
  chunks,
  bytesSent,
  bytes: 1_000,
});
const wait = (chunk: number, chunks: number): RunProgress => ({
  stage: 'wait',
  chunk,
  chunks,
  jobStatus: 'WORKING',
});

/** The time left after each of these, at their seconds. */
const leftAfter = (...seen: [seconds: number, progress: RunProgress][]) => {
  const estimate = new Estimate();
  return seen.map(([seconds, progress]) => {
    const reported = estimate.add(progress, seconds * 1_000);
    return 'left' in reported && reported.left ? `${reported.left.ms / 1_000} s of the ${reported.left.of}` : '–';
  });
};

describe('the time left', () => {
  test('for reading follows from the share that this process has read', () => {
    expect(leftAfter([0, scan(0)], [1, scan(0.1)], [10, scan(0.25)], [20, scan(0.5)])).toEqual([
      '–',
      '–',
      '30 s of the step',
      '20 s of the step',
    ]);
    // An earlier process read the first half. Its speed says nothing about this process.
    expect(leftAfter([0, scan(0.5)], [10, scan(0.75)])).toEqual(['–', '10 s of the step']);
  });

  test('is unknown for a source of unknown size, or one that hardly moves', () => {
    expect(leftAfter([0, scan()], [60, scan()])).toEqual(['–', '–']);
    expect(leftAfter([0, scan(0)], [60, scan(0.001)])).toEqual(['–', '–']);
  });

  test('for sending follows from the bytes; nobody knows how long LINE works on the first chunk', () => {
    expect(leftAfter([0, upload(1, 1, 0)], [1, upload(1, 1, 500)], [4, upload(1, 1, 800)], [6, wait(1, 1)])).toEqual([
      '–',
      '–',
      '1 s of the step',
      '–',
    ]);
  });

  test('for the run follows from the chunks that LINE has finished', () => {
    expect(
      leftAfter(
        [0, upload(1, 3, 0)],
        [40, wait(1, 3)],
        [60, upload(2, 3, 0)],
        [90, wait(2, 3)],
        [120, upload(3, 3, 0)],
        [170, wait(3, 3)],
        [190, wait(3, 3)],
      ),
    ).toEqual([
      '–',
      '–',
      '120 s of the run',
      '90 s of the run',
      '60 s of the run',
      '10 s of the run',
      // Longer than the earlier chunks, so the time is unknown again.
      '–',
    ]);
  });
});

describe('the speed', () => {
  /** Members in a second after each of these, at their seconds. */
  const ratesOf = (...seen: [seconds: number, progress: ReportedProgress][]) => {
    const estimate = new Estimate();
    return seen.map(([seconds, progress]) => {
      const told = estimate.add(progress, seconds * 1_000);
      expect(told).not.toHaveProperty('records');
      return 'rate' in told ? told.rate : undefined;
    });
  };
  const read = (rows: number): RunProgress => ({ stage: 'scan', rows, scanned: rows, unique: rows });
  const sent = (chunk: number, bytesSent: number): ReportedProgress => ({
    ...upload(chunk, 2, bytesSent),
    records: 15_380,
  });

  test('of reading is that of the rows which this process has read', () => {
    expect(ratesOf([0, read(5_000)], [0.5, read(6_000)], [2, read(29_690)])).toEqual([undefined, undefined, 12_000]);
    // From the beginning again.
    expect(ratesOf([0, read(5_000)], [2, read(100)], [3, read(300)])).toEqual([undefined, undefined, 200]);
    // In tens, as what a run has sent is told to most people.
    expect(ratesOf([0, read(0)], [1, read(57)], [2, read(110)], [9, read(80)])).toEqual([undefined, 60, 60, undefined]);
    expect(ratesOf([0, read(0)], [10, read(63)])).toEqual([undefined, undefined]);
  });

  test('of sending follows from the bytes, with two digits, and does not tell how many members a chunk has', () => {
    expect(ratesOf([0, sent(1, 0)], [2, sent(1, 500)], [3, sent(2, 0)], [5, sent(2, 100)])).toEqual([
      undefined,
      3_800,
      undefined,
      770,
    ]);
    expect(ratesOf([0, wait(1, 1)], [9, wait(1, 1)])).toEqual([undefined, undefined]);
  });
});
