/** What the address of the list of jobs holds. */

/** A value of the filter beside the conditions. A job has it in addition to its condition. */
export const INCOMPLETE = 'incomplete';

/** The filter of the list, as it stands in the address. */
export interface JobsFilter {
  /** A condition of jobs, or `INCOMPLETE`. */
  readonly condition?: string;
  readonly search?: string;
  readonly tag?: string;
  readonly sort?: string;
  readonly order?: string;
  /** `tag` or `status`. */
  readonly group?: string;
  /** The groups that show only their headings. */
  readonly folded?: string;
  readonly cursor?: string;
}
