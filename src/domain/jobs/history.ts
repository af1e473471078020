/** The history of a job, as its charts show it. */

/** How far back it reaches, in days. */
export const historyDays = ['7', '30', '90'] as const;
export type HistoryDays = (typeof historyDays)[number];
