/** Calendar days as the addresses of lists have them: 2026-11-27, in the time zone of the installation. */
import { dateFormat } from '../../src/i18n/intl.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** No time zone is further from UTC, in minutes. */
const FURTHEST = 15 * 60;

/** The day of a moment. The locale `sv` writes it so. @param timeZone that of the browser when undefined */
export const dayOf = (ms: number, timeZone: string | undefined): string => dateFormat('sv', { timeZone }).format(ms);

/**
 * The moment at which a day begins, or the day after it. Clocks may jump over midnight, so the first minute of the day
 * is searched. @returns undefined for what is no day
 */
export function beginningOf(day: string | undefined, after: 0 | 1, timeZone: string | undefined): string | undefined {
  const midnight = Date.parse(/^\d{4}-\d\d-\d\d$/.test(day ?? '') ? day! : '') + after * DAY;
  if (Number.isNaN(midnight)) return undefined;
  const wanted = new Date(midnight).toISOString().slice(0, 10);
  let before = midnight / MINUTE - FURTHEST;
  let begun = midnight / MINUTE + FURTHEST;
  while (begun - before > 1) {
    const middle = Math.floor((before + begun) / 2);
    if (dayOf(middle * MINUTE, timeZone) < wanted) before = middle;
    else begun = middle;
  }
  return new Date(begun * MINUTE).toISOString();
}

/** The hour of the day of a moment, 0 to 23. */
export const hourOf = (ms: number, timeZone: string | undefined): number =>
  Number(dateFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format(ms));
