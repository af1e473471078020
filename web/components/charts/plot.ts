/** Draws a chart with uPlot on a canvas. It is loaded when the first chart comes into view. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import {
  type ChartMark,
  type ChartSeries,
  markKinds,
  markStyles,
  type Stop,
  steps,
  tones,
  topOf,
  type Unit,
  valueAt,
} from './model.ts';

export interface Drawing {
  readonly stops: readonly Stop[];
  readonly series: readonly ChartSeries[];
  readonly unit: Unit;
  /** In milliseconds. */
  readonly range: readonly [from: number, to: number];
  readonly line?: number;
  readonly timeZone: string | undefined;
  readonly written: {
    /** A value on the scale. */
    readonly value: (value: number) => string;
    readonly day: (at: number) => string;
    readonly clock: (at: number) => string;
  };
}

const DAY = 24 * 3_600_000;
/** Above the values, for marks. */
const MARKS_HEIGHT = 16;
const MARK = 10;
const FONT_SIZE = 11;
/** Room at both ends, so that the first and the last bar are whole. */
const MARGIN = 0.015;

const nothing = () => null;

/** What is drawn has the colours of the page at this moment. */
const colourOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function plot(box: HTMLElement, drawing: Drawing): uPlot {
  const { stops, series, unit, range, line, timeZone, written } = drawing;
  const marks = stops.flatMap((stop) => stop.marks);
  const font = (ratio: number) => `${FONT_SIZE * ratio}px ${getComputedStyle(box).fontFamily}`;
  const margin = (range[1] - range[0]) * MARGIN;
  const rules = { stroke: () => colourOf('--lineup-border'), width: 1 };
  const axis = { stroke: () => colourOf('--mantine-color-dimmed'), font: font(1), ticks: { show: false } };
  const options: uPlot.Options = {
    width: box.clientWidth,
    height: box.clientHeight,
    ms: 1,
    ...(timeZone && { tzDate: (at: number) => uPlot.tzDate(new Date(at), timeZone) }),
    padding: [marks.length > 0 ? MARKS_HEIGHT : 8, 20, 0, 0],
    legend: { show: false },
    // The pointer is followed by the chart itself, as the keys are.
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      bind: {
        mousedown: nothing,
        mouseup: nothing,
        click: nothing,
        dblclick: nothing,
        mousemove: nothing,
        mouseleave: nothing,
        mouseenter: nothing,
      },
      points: {
        size: 9,
        width: 2,
        stroke: (_, index) => colourOf(tones[series[index - 1]!.tone].colour),
        fill: () => colourOf('--lineup-surface'),
      },
    },
    scales: {
      x: { range: () => [range[0] - margin, range[1] + margin] },
      y: { range: () => [0, topOf(series, unit, line)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 6,
        space: 64,
        grid: { show: false },
        border: { ...rules, show: true },
        values: (_, splits, __, ___, step) => splits.map((at) => (step < DAY ? written.clock(at) : written.day(at))),
      },
      {
        ...axis,
        gap: 6,
        space: 36,
        incrs: [...steps[unit]],
        grid: rules,
        // As wide as its longest number.
        size: (u, values) => widthOf(u, values ?? [], font(uPlot.pxRatio)) + 12,
        values: (_, splits) => splits.map(written.value),
      },
    ],
    series: [{}, ...series.map(seriesOptions)],
    hooks: { draw: [(u) => drawLine(u, line), (u) => drawMarks(u, marks)] },
  };
  const values = series.map((shown) => stops.map((stop) => valueAt(shown, stop)));
  return new uPlot(options, [stops.map(({ at }) => at), ...values], box);
}

function seriesOptions({ tone, as }: ChartSeries): uPlot.Series {
  const { colour, dash } = tones[tone];
  const stroke = () => colourOf(colour);
  if (as === 'bars') {
    return {
      stroke,
      fill: stroke,
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars!({ size: [0.6, 16, 3], radius: 0.15 }),
    };
  }
  return {
    stroke,
    width: 2,
    dash: [...dash],
    // The colours of the theme are hexadecimal; this is their opacity.
    ...(tone === 'size' && { fill: () => `${colourOf(colour)}1a` }),
    paths: uPlot.paths.linear!(),
    points: { size: 6, width: 1.5, dash: [], fill: () => colourOf('--lineup-surface') },
  };
}

function widthOf({ ctx }: uPlot, values: readonly string[], font: string): number {
  ctx.font = font;
  return Math.max(0, ...values.map((value) => ctx.measureText(value).width / uPlot.pxRatio));
}

function drawLine(u: uPlot, value: number | undefined): void {
  if (value === undefined) return;
  const { ctx, bbox } = u;
  const y = u.valToPos(value, 'y', true);
  ctx.save();
  ctx.strokeStyle = colourOf('--lineup-bad');
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  ctx.setLineDash([10, 4, 2, 4].map((length) => length * uPlot.pxRatio));
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/** The mark above the values, and a thin line through them. The most important ones last, so that they are on top. */
function drawMarks(u: uPlot, marks: readonly ChartMark[]): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  const inOrder = marks.toSorted((a, b) => markKinds.indexOf(b.kind) - markKinds.indexOf(a.kind));
  for (const { at, kind } of inOrder) {
    const { shape, isSolid, colour } = markStyles[kind];
    const x = u.valToPos(at, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.save();
    ctx.strokeStyle = colourOf(colour);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.globalAlpha = 0.4;
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    ctx.translate(x - (MARK / 2) * ratio, bbox.top - (MARKS_HEIGHT - 3) * ratio);
    ctx.scale(ratio, ratio);
    ctx.lineWidth = 2;
    const path = new Path2D(shape);
    if (isSolid) ctx.fill(path);
    else ctx.stroke(path);
    ctx.restore();
  }
}
