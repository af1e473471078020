/** How far back charts reach: those of a job, and those of all jobs on the overview. */

/** In days. */
export const historyDays = ['7', '30', '90'] as const;
export type HistoryDays = (typeof historyDays)[number];
