/** What a chart shows, as data: its stops, its keys, its scale. The browser tests are in job-page.test.ts. */
import { describe, expect, test } from 'vitest';
import {
  type ChartMark,
  type ChartSeries,
  hasPoints,
  steps,
  stopsOf,
  topOf,
  valueAt,
} from '../../web/components/charts/model.ts';
import { shownAge } from '../../web/lib/shown-age.ts';
import { moved, nearest } from '../../web/lib/stops.ts';
import { hourAxis } from '../../web/pages/overview/hours.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const mark = (at: number, kind: ChartMark['kind'] = 'edited'): ChartMark => ({ at, kind, text: kind });
const series = (...values: (number | null)[]): ChartSeries => ({ key: 'sent', label: 'Sent', tone: 'size', values });

describe('the stops of a chart', () => {
  const times = [0, DAY, 2 * DAY];

  test('are its times, and moments between them at which something happened', () => {
    const stops = stopsOf(times, [mark(1.5 * DAY, 'failed')], 2 * DAY);
    expect(stops.map(({ at, point }) => [at, point])).toEqual([
      [0, 0],
      [DAY, 1],
      [1.5 * DAY, null],
      [2 * DAY, 2],
    ]);
    expect(stops[2]!.marks.map(({ kind }) => kind)).toEqual(['failed']);
  });

  test('what happened close to another stop belongs to it', () => {
    const stops = stopsOf(times, [mark(DAY + 60_000), mark(1.5 * DAY), mark(1.5 * DAY + 60_000, 'approved')], 2 * DAY);
    expect(stops.map(({ marks }) => marks.map(({ kind }) => kind))).toEqual([
      [],
      ['edited'],
      ['edited', 'approved'],
      [],
    ]);
  });

  test('a line goes on over a mark, but not over a missing value', () => {
    const [first, second, between] = stopsOf(times, [mark(1.5 * DAY)], 2 * DAY);
    const sizes = series(5, null, 7);
    expect([first, second, between].map((stop) => valueAt(sizes, stop!))).toEqual([5, null, undefined]);
  });

  test('the pointer finds the nearest one', () => {
    const stops = stopsOf(times, [], 2 * DAY);
    expect([-HOUR, 11 * HOUR, 13 * HOUR, 9 * DAY].map((at) => nearest(stops, at))).toEqual([0, 0, 1, 2]);
  });
});

test('keys move from stop to stop, and stay within them', () => {
  const keys = ['ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown', 'Tab'];
  expect(keys.map((key) => moved(key, 4, 30))).toEqual([3, 5, 0, 29, 0, 14, undefined]);
  expect([moved('ArrowLeft', 0, 30), moved('ArrowRight', 29, 30)]).toEqual([0, 29]);
});

describe('the scale', () => {
  test('begins at zero, and has room above the largest value and above the line', () => {
    expect(topOf([series(900, 1_000)], 'count')).toBeCloseTo(1_060);
    expect(topOf([series(900, 1_000)], 'count', 2_000)).toBeCloseTo(2_120);
    expect(topOf([series(0, null)], 'count')).toBe(4);
  });

  test('has steps that people count in: no half member, no 100 seconds', () => {
    expect(Math.min(...steps.count)).toBe(1);
    expect(steps.duration).toContain(15 * 60_000);
    expect(steps.duration).not.toContain(100_000);
    for (const each of Object.values(steps)) expect(each).toEqual(each.toSorted((a, b) => a - b));
  });
});

describe('the hours of the next two days', () => {
  const hour = (from: string, runs: number) => ({ from, runs, first: [] });

  test('are columns from the hour that goes on, labelled by the clock of the installation', () => {
    const hours = [hour('2026-12-01T21:00:00Z', 18), hour('2026-12-02T00:00:00Z', 2), hour('2026-12-03T07:00:00Z', 18)];
    const { count, columns, heights, busiest, labels } = hourAxis(
      hours,
      Date.parse('2026-12-01T07:20:00Z'),
      'Asia/Tokyo',
    );
    expect([count, columns.map(({ at }) => at), busiest]).toEqual([49, [14, 17, 48], 0]);
    expect(heights).toEqual([1, 2 / 18, 1]);
    // In Tokyo it is 16:20.
    expect(labels.map(({ column }) => column)).toEqual([2, 8, 14, 20, 26, 32, 38]);
    expect(labels.filter(({ isMidnight }) => isMidnight).map(({ at }) => new Date(at).toISOString())).toEqual([
      '2026-12-01T15:00:00.000Z',
      '2026-12-02T15:00:00.000Z',
    ]);
  });

  test.each([
    ['half an hour from those of UTC', 'Asia/Kolkata', '2026-12-01T07:20:00Z', '2026-12-01T07:30:00Z', 1, 0],
    ['the one that goes on', 'Asia/Tokyo', '2026-12-01T07:20:00Z', '2026-12-01T07:00:00Z', 0, 2],
    ['one that clocks repeat', 'America/New_York', '2026-11-01T06:20:00Z', '2026-11-01T05:00:00Z', 0, 6],
  ])('begin with %s', (_, zone, now, from, column, label) => {
    const { columns, heights, labels } = hourAxis([hour(from, 1)], Date.parse(now), zone);
    expect([columns, heights]).toEqual([[{ at: column }], [0.25]]);
    expect(labels[0]?.column).toBe(label);
  });
});

test('a chart of gaps alone is empty', () => {
  expect([hasPoints([series(null, null)]), hasPoints([series(null, 0)])]).toEqual([false, true]);
});

test('an answer tells how old its oldest part is, from a minute on', () => {
  const at = '2026-03-01T09:10:00.000Z';
  expect(shownAge(at)).toBeNull();
  expect(shownAge(at, '2026-03-01T09:09:01.000Z', undefined)).toBeNull();
  const oldest = '2026-03-01T09:03:00.000Z';
  expect(shownAge(at, '2026-03-01T09:08:00.000Z', oldest, at)).toBe(Date.parse(oldest));
  expect(shownAge(undefined, oldest)).toBeNull();
});
