/** How lists of jobs are sorted, and what tags may be: for browsers too, so without the schema library. */

/** By what a list of jobs is in order; those without a value come last. */
export const jobSorts = ['created', 'name', 'next_run', 'last_run', 'size'] as const;
export type JobSort = (typeof jobSorts)[number];

export const sortOrders = ['asc', 'desc'] as const;
export type SortOrder = (typeof sortOrders)[number];

/** The order that a list has when only `sort` is given: A to Z, the next run first, else the newest or largest first. */
export const usualOrder = (sort: JobSort): SortOrder =>
  sort === 'name' || sort === 'next_run' ? 'asc' : 'desc';

export const MAX_TAGS = 10;
export const MAX_TAG = 30;
