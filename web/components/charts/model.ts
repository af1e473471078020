/** What a chart shows, as data: its stops, its marks, its steps. Pure. */
import type { Key } from '../../i18n/messages.ts';
import { nearest } from '../../lib/stops.ts';

export interface ChartSeries {
  readonly key: string;
  readonly label: string;
  /** One for each time. Null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** @default 'line' */
  readonly as?: 'line' | 'bars';
  readonly tone: Tone;
}

/** What a series is about. It has the same colour in every chart, and never the colour alone. */
export type Tone = 'size' | 'reach' | 'other' | 'quiet';

export const tones: Readonly<Record<Tone, { readonly colour: string; readonly dash: readonly number[] }>> = {
  size: { colour: '--lineup-bar-1', dash: [] },
  reach: { colour: '--lineup-line', dash: [6, 3] },
  other: { colour: '--lineup-care', dash: [2, 3] },
  quiet: { colour: '--lineup-idle', dash: [] },
};

/** Something that happened at a moment. */
export interface ChartMark {
  /** In milliseconds. */
  readonly at: number;
  readonly kind: MarkKind;
  readonly text: string;
}

interface MarkStyle {
  readonly label: Key;
  readonly shape: string;
  readonly isSolid: boolean;
  readonly colour: string;
}

/** The shapes are in a box of 10 × 10. The first ones are drawn over the others. */
const marks = {
  failed: { label: 'log.action.run_failed', shape: 'M1 1L9 9M9 1L1 9', isSolid: false, colour: '--lineup-bad' },
  held_back: { label: 'chart.mark.held_back', shape: 'M1 1H9V9H1Z', isSolid: true, colour: '--lineup-care' },
  stopped: { label: 'log.action.stop_run', shape: 'M1.5 1.5H8.5V8.5H1.5Z', isSolid: false, colour: '--lineup-care' },
  approved: { label: 'log.action.run_anyway', shape: 'M1 5L4 8L9 2', isSolid: false, colour: '--lineup-good' },
  edited: { label: 'log.action.edit', shape: 'M5 1L9.5 9H.5Z', isSolid: true, colour: '--mantine-color-dimmed' },
  list_changed: {
    label: 'chart.mark.list_changed',
    shape: 'M5 1a4 4 0 1 0 .01 0Z',
    isSolid: false,
    colour: '--mantine-color-dimmed',
  },
  paused: { label: 'log.action.pause', shape: 'M3 1V9M7 1V9', isSolid: false, colour: '--mantine-color-dimmed' },
  resumed: { label: 'log.action.resume', shape: 'M2 1L9 5L2 9Z', isSolid: true, colour: '--mantine-color-dimmed' },
} as const;

export type MarkKind = keyof typeof marks;
export const markKinds = Object.keys(marks) as MarkKind[];
export const markStyles: Readonly<Record<MarkKind, MarkStyle>> = marks;

/** Where the pointer and the keyboard stop. */
export interface Stop {
  readonly at: number;
  /** Which of the times it is; null between them, for what happened there. */
  readonly point: number | null;
  readonly marks: readonly ChartMark[];
}

/** What happened closer to a point than this share of the time that is shown belongs to it: a finger is no finer. */
const CLOSE = 1 / 250;

/** @param times ascending. @param span how much time is shown, in milliseconds */
export function stopsOf(times: readonly number[], marked: readonly ChartMark[], span: number): Stop[] {
  const stops = times.map((at, point) => ({ at, point: point as number | null, marks: [] as ChartMark[] }));
  for (const mark of marked.toSorted((a, b) => a.at - b.at)) {
    const near = stops[nearest(stops, mark.at)];
    if (near && Math.abs(near.at - mark.at) <= span * CLOSE) near.marks.push(mark);
    else stops.push({ at: mark.at, point: null, marks: [mark] });
  }
  return stops.toSorted((a, b) => a.at - b.at);
}

/** The value at a stop; undefined where the series has none to be seen, so that its line goes on. */
export const valueAt = ({ values }: ChartSeries, { point }: Stop): number | null | undefined =>
  point === null ? undefined : values[point];

/** What the values of a chart are. */
export type Unit = 'count' | 'share' | 'duration';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const powers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n)).flatMap((power) => [power, 2 * power, 5 * power]);

/** The distances that two lines of the scale may have. */
export const steps: Readonly<Record<Unit, readonly number[]>> = {
  count: powers(0, 12),
  share: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5],
  duration: [
    ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
    ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
    ...[1, 2, 3, 6, 12, 24, 48].map((n) => n * HOUR),
  ],
};

/** A little room above the largest value. */
const ROOM = 1.06;
const LEAST: Readonly<Record<Unit, number>> = { count: 4, share: 0.01, duration: SECOND };

/** The end of the scale, which begins at zero: what looks like half is half. */
export function topOf(series: readonly ChartSeries[], unit: Unit, line?: number): number {
  const most = series.reduce((top, { values }) => values.reduce<number>((a, b) => Math.max(a, b ?? 0), top), line ?? 0);
  return Math.max(most * ROOM, LEAST[unit]);
}

export const hasPoints = (series: readonly ChartSeries[]): boolean =>
  series.some(({ values }) => values.some((value) => value !== null));

export interface ChartProps {
  readonly title: string;
  /** Ascending, in milliseconds. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  /** What the values are: it decides how they are written, and the steps of the scale. */
  readonly unit: Unit;
  /** The first and the last moment that it shows, in milliseconds. */
  readonly range: readonly [from: number, to: number];
  readonly marks?: readonly ChartMark[];
  /** The times are days, and their moments say nothing. */
  readonly isDaily?: boolean;
  /** A horizontal line. Its label says what it is, with its value. */
  readonly line?: { readonly value: number; readonly label: string };
  /** Stands where there is no value yet: it says when the first one will come. */
  readonly empty: string;
  /** The page of each time; a click or Enter opens it. */
  readonly links?: readonly (string | undefined)[];
  readonly size?: 'large' | 'small';
}
