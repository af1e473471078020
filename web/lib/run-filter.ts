/** The filter of all runs: as it stands in the address, and as the API has it. */
import { beginningOf } from './days.ts';

/** A value of `job` in the address: all deleted jobs. */
export const DELETED_JOBS = 'deleted';

/** As it stands in the address. */
export interface RunSearch {
  /** Several values are joined by commas. */
  readonly status?: string;
  readonly job?: string;
  readonly account?: string;
  /** `24h`, `7d` or `30d` until now; or `dates`. */
  readonly time?: string;
  /** Days in the time zone of the installation. */
  readonly from?: string;
  readonly to?: string;
  readonly cursor?: string;
}

const HOUR = 3_600_000;
const spans: Readonly<Record<string, number>> = { '24h': 24 * HOUR, '7d': 168 * HOUR, '30d': 720 * HOUR };

/** As the API has it. */
export function runFilterOf({ status, job, account, time, from, to }: RunSearch, now: number, timeZone?: string) {
  const span = spans[time ?? ''];
  return {
    status: status?.split(','),
    job_id: job === DELETED_JOBS ? undefined : job,
    deleted_job: job === DELETED_JOBS ? ('true' as const) : undefined,
    ad_account: account,
    from: span === undefined ? beginningOf(from, 0, timeZone) : new Date(now - span).toISOString(),
    to: span === undefined ? beginningOf(to, 1, timeZone) : undefined,
  };
}
