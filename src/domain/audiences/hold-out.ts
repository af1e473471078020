/**
 * The hold-out group of a job: the members that a keyed hash keeps out of its audience (docs/hold-outs.md). Apart
 * from its schema, because the command line loads no Zod before `fields` and `prepare`.
 */

/** The maximum length of an experiment's name. */
export const MAX_EXPERIMENT = 40;

/** An experiment's name. Each character is one byte, so every database hashes the same. */
export const experimentPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The smallest and the largest share, in percent. A sentence of hold-out-schema.ts repeats them. */
export const smallestShare = 1;
export const largestShare = 50;

export interface HoldOut {
  /** Names the group: the same name keeps out the same people, in every run and every job. */
  readonly experiment: string;
  /** A whole percentage of the members. */
  readonly share: number;
}

/** A name for the experiment of a job: the Latin letters and digits of the job's name. */
export function suggestedExperiment(jobName: string): string {
  const name = jobName
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_EXPERIMENT + 1)
    .replace(/^-/, '')
    .slice(0, MAX_EXPERIMENT)
    .replace(/-$/, '');
  return name === '' ? 'experiment' : name;
}
