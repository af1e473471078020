/** What LINE must get, by the readable rules and not by the kernel. */
import { type HoldOut, isHeldOut } from '../../packages/identifiers/src/hold-out.ts';
import { normalize } from '../../packages/identifiers/src/normalize.ts';
import type { JobPlan, LeftOutPlan } from './plan.ts';

/** What a scan of one version of a source gives: how many values, and the lines for LINE in the order of the source. */
export interface Truth {
  readonly scanned: number;
  readonly lines: readonly string[];
}

type Versions = Pick<JobPlan, 'members' | 'changes'>;

const versionsOf = ({ members, changes }: Versions): (readonly string[])[] => [
  members,
  ...changes.map((change) => change.members),
];

/** One for each version of the source with each version of its suppression list. */
export const truthsOf = (job: Versions & Pick<JobPlan, 'identifier' | 'leftOut'>): Truth[] =>
  versionsOf(job).flatMap((values) =>
    (job.leftOut ? versionsOf(job.leftOut) : [[]]).map((list) => ({
      scanned: values.length,
      lines: linesOf(job, values, list),
    })),
  );

/** The lines that LINE must get for these values, in the order of the source. */
export function linesOf(
  { identifier, leftOut }: Pick<JobPlan, 'identifier' | 'leftOut'>,
  values: readonly string[],
  list: readonly string[],
): string[] {
  const type = identifier;
  const outputs = (all: readonly string[]) =>
    all.flatMap((value) => {
      const outcome = normalize(value, { type });
      return outcome.state === 'missing' || outcome.state === 'invalid' ? [] : [outcome.output];
    });
  const suppressed = new Set(outputs(list));
  const holdOut = holdOutOf(leftOut);
  return [...new Set(outputs(values))].filter(
    (line) => !suppressed.has(line) && !(holdOut && isHeldOut(line, holdOut)),
  );
}

/** The experiment of a job. */
export const holdOutOf = (leftOut: LeftOutPlan | undefined): HoldOut | null =>
  leftOut && leftOut.holdOut !== null ? { experiment: 'spring', share: leftOut.holdOut } : null;
