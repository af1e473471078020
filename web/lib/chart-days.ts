/** How many days the charts of a page show, as it stands in the address: "7d". */
import { type HistoryDays, historyDays } from '../../src/domain/jobs/history.ts';

/** @param time as it stands in the address. @default 30 days */
export const daysIn = (time: string | undefined): HistoryDays =>
  historyDays.find((days) => inAddress(days) === time) ?? '30';

/** A bare number would stand in quotation marks. */
export const inAddress = (days: HistoryDays): string => `${days}d`;
