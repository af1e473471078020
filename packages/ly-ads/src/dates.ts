/** LY's dates: `yyyyMMddHHmmss` in the time of Japan, which has no summer time. */

const JAPAN_MS = 9 * 3_600_000;

/**
 * A date of LY, in ms since the epoch. Undefined for null and for what is no such date.
 *
 * @example
 * import { dateOf } from '@lineup/ly-ads';
 *
 * console.log(new Date(dateOf('20260701090000') ?? 0).toISOString()); // 2026-07-01T00:00:00.000Z
 */
export function dateOf(text: string | null | undefined): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text ?? '')?.slice(1);
  if (parts === undefined) return undefined;
  const [year, month, day, hour, minute, second] = parts.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // `Date.UTC` takes a 13th month, but then the date comes out otherwise than it went in.
  return new Date(time).toISOString().replace(/\D/g, '').slice(0, 14) === text ? time - JAPAN_MS : undefined;
}
