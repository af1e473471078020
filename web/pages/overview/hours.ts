/** The hours of the next two days as columns, from the one that goes on now. Pure. */
import type { Overview } from '../../../src/contracts/overview.ts';
import { hourOf } from '../../lib/days.ts';

type Hour = Overview['calendar'][number];

const HOUR = 3_600_000;
/** The hour that goes on now, and those that begin until 48 hours from now. */
const COLUMNS = 49;
/** Hours between two labels. */
const LABELLED = 6;
/** How many columns a label needs on a phone. */
const LABEL = 5;
/** A bar of this many runs may be as high as the chart: a single run is no peak. */
const LEAST = 4;

export interface HourAxis {
  /** How many columns. */
  readonly count: number;
  /** That of each hour with runs, from 0. */
  readonly columns: readonly { readonly at: number }[];
  /** The height of the bar of each hour with runs, 0 to 1. */
  readonly heights: readonly number[];
  /** The first of the hours with the most runs. */
  readonly busiest: number;
  readonly labels: readonly { readonly column: number; readonly at: number; readonly isMidnight: boolean }[];
}

/** @param hours those with runs, at least one. @param now of the server */
export function hourAxis(hours: readonly Hour[], now: number, timeZone: string | undefined): HourAxis {
  // In some time zones, hours do not begin with those of UTC.
  const first = Date.parse(hours[0]!.from);
  // An hour that clocks repeat goes on for two.
  const begin = first - Math.max(0, Math.ceil((first - now) / HOUR)) * HOUR;
  const columns = hours.map(({ from }) => ({ at: Math.round((Date.parse(from) - begin) / HOUR) }));
  const count = Math.max(COLUMNS, columns.at(-1)!.at + 1);
  const most = Math.max(...hours.map(({ runs }) => runs));
  const labels = Array.from({ length: count - LABEL }, (_, column) => ({ column, at: begin + column * HOUR }))
    .map((label) => ({ ...label, hour: hourOf(label.at, timeZone) }))
    .filter(({ hour }) => hour % LABELLED === 0)
    .map(({ column, at, hour }) => ({ column, at, isMidnight: hour === 0 }));
  return {
    count,
    columns,
    heights: hours.map(({ runs }) => runs / Math.max(most, LEAST)),
    busiest: hours.findIndex(({ runs }) => runs === most),
    labels,
  };
}
