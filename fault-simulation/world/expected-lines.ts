/** What LINE must get, by the readable rules and not by the kernel. */
import { type HoldOut, isHeldOut } from '../../packages/identifiers/src/hold-out.ts';
import { normalize } from '../../packages/identifiers/src/normalize.ts';
import type { JobPlan, LeftOutPlan, Values } from './plan.ts';

/** What a scan of one version of a source gives: how many values, and the lines for LINE in the order of the source. */
export interface Truth {
  readonly scanned: number;
  readonly lines: readonly string[];
}

const versionsOf = ({ members, changes }: Values): (readonly string[])[] => [
  members,
  ...changes.map((change) => change.members),
];

/** What a job sends to one audience. */
interface DeliveryPlan extends Values, Pick<JobPlan, 'identifier' | 'ifaFormat'> {
  readonly list: Values | undefined;
}

/** The deliveries of a job, in their order. */
export const deliveriesIn = (job: Omit<JobPlan, 'schedule'>): DeliveryPlan[] => [
  { ...job, list: job.leftOut },
  ...(job.siblings ?? []).map((sibling) => ({ ...sibling, list: job.leftOut && sibling.list })),
];

/**
 * For each version of the source with each version of the suppression list: for each delivery. A scan reads one of
 * them.
 * @param holdOut that of the run, which a person may have changed
 */
export function truthsOf(job: Omit<JobPlan, 'schedule'>, holdOut = holdOutOf(job.leftOut)): Truth[][] {
  const deliveries = deliveriesIn(job);
  const versions = (values: Values | undefined) => (values ? versionsOf(values).map((_, n) => n) : [0]);
  return versions(job).flatMap((version) =>
    versions(job.leftOut).map((listVersion) =>
      deliveries.map((delivery) => {
        const values = versionsOf(delivery)[version] ?? [];
        const list = delivery.list ? (versionsOf(delivery.list)[listVersion] ?? []) : [];
        return { scanned: values.length, lines: linesOf(delivery, holdOut, values, list) };
      }),
    ),
  );
}

/** The lines that LINE must get for these values, in the order of the source. */
export function linesOf(
  delivery: Pick<JobPlan, 'identifier' | 'ifaFormat'>,
  holdOut: HoldOut | null,
  values: readonly string[],
  list: readonly string[],
): string[] {
  // Raw advertising ids differ in their letters. The first one of each is sent.
  const seen = new Set(outputsOf(delivery, list).map(inSmallLetters));
  return outputsOf(delivery, values).filter((line) => {
    const id = inSmallLetters(line);
    if (seen.has(id)) return false;
    seen.add(id);
    return !(holdOut && isHeldOut(line, holdOut));
  });
}

const inSmallLetters = (line: string): string => line.toLowerCase();

/** For each delivery, whom the suppression list of a job keeps out. @param version of the list; undefined: not read */
export const leftOutIn = (job: Omit<JobPlan, 'schedule'>, version: number | undefined): ReadonlySet<string>[] =>
  deliveriesIn(job).map((delivery) => {
    const values = delivery.list && version !== undefined ? versionsOf(delivery.list)[version + 1] : undefined;
    return new Set(outputsOf(delivery, values ?? []).map(inSmallLetters));
  });

/** What may be sent for these values. */
export function outputsOf(
  { identifier: type, ifaFormat }: Pick<JobPlan, 'identifier' | 'ifaFormat'>,
  values: readonly string[],
): string[] {
  const options = { type, ...(ifaFormat === 'raw' && { ifaFormat, hashesInRawColumn: false }) };
  return values.flatMap((value) => {
    const outcome = normalize(value, options);
    return outcome.state === 'missing' || outcome.state === 'invalid' ? [] : [outcome.output];
  });
}

/** The experiment of a job. */
export const holdOutOf = (leftOut: LeftOutPlan | undefined): HoldOut | null =>
  leftOut && leftOut.holdOut !== null ? { experiment: 'spring', share: leftOut.holdOut } : null;
