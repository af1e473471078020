/** The suppression lists that a run or a preview reads. */

import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { TOLERANCE } from '../../domain/jobs/approvals.ts';
import { openListScan, type ScannedField } from '../../export/open-scan.ts';
import type { SuppressionList } from '../../export/suppression.ts';
import { scansOfSource } from '../../sources/scans.ts';
import { keptOutOfOtherSources, listsForJob } from '../../store/repositories/suppression-lists.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { Initiator } from '../sources/quarantine.ts';

/** A job whose lists are read. */
export interface ReadingJob {
  /** Missing for a preview. */
  readonly id?: string;
  /** The lists that its configuration names. */
  readonly chosen: readonly string[];
  readonly deliveries: readonly Omit<ScannedField, 'field'>[];
  /** Whether databases hash the values. */
  readonly hashInDatabase: boolean | undefined;
}

/** @param accepted what a person has accepted instead */
const keptOutOf = (members: number, accepted: number | undefined) =>
  accepted === undefined ? { members } : { members: accepted, maxShrink: TOLERANCE };

/**
 * The lists that apply now, which are read when their scans begin. One reader is used at a time.
 * @param yields for a preview, which must not slow down anything else
 * @throws {LineupError} `suppression_list_missing`
 */
export async function listsForRun(
  { db, sources }: Pick<UseCaseDeps, 'db' | 'sources'>,
  job: ReadingJob,
  by: Initiator,
  signal: AbortSignal,
  { yields = false }: { readonly yields?: boolean } = {},
): Promise<SuppressionList[]> {
  const lists = await listsForJob(db, job.chosen);
  const before = job.id === undefined ? [] : await keptOutOfOtherSources(db, job.id);
  return lists.map(({ id, name, source, sourceVersion, fields, maxShrink, sizes, refusals }) => {
    const scanned = job.deliveries.flatMap((delivery) => {
      const field = fields[delivery.identifierType];
      return field === undefined ? [] : [{ ...delivery, field }];
    });
    // Of the list, or of what it keeps out of the job.
    const acceptedOf = (type: IdentifierType, jobId: string | null) =>
      refusals.find((refusal) => refusal.accepted && refusal.identifier_type === type && refusal.job_id === jobId)
        ?.after;
    const sizeOf = (type: IdentifierType) => {
      const accepted = acceptedOf(type, null);
      return accepted === undefined
        ? { lastSize: sizes.get(type) ?? null }
        : { lastSize: accepted, maxShrink: TOLERANCE };
    };
    return {
      name,
      withScan: scansOfSource(
        () => sources.open(source, by, signal, { yields }),
        openListScan(scanned, job.hashInDatabase),
        signal,
      ),
      deliveries: job.deliveries.map(({ identifierType: type }) =>
        fields[type] === undefined ? null : { id, ...sizeOf(type) },
      ),
      maxShrink,
      source: sourceVersion,
      keptOut: before
        .filter((list) => list.listId === id)
        .map(({ identifierType, members }) => ({
          identifierType,
          ...keptOutOf(members, acceptedOf(identifierType, job.id ?? null)),
          deliveries: [...job.deliveries.keys()].filter((n) => job.deliveries[n]!.identifierType === identifierType),
        }))
        // A type that the job has no more keeps out nobody, whatever the source is.
        .filter(({ deliveries }) => deliveries.length > 0),
    };
  });
}
