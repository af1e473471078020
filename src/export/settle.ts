/**
 * Settles a lost answer: an upload was sent, and nobody knows whether LINE took it (a 5xx, a timeout, a
 * reset, a killed process). We look for an upload job with our exact file name. LINE may show an upload late,
 * so we look several times before the answer is "not taken". A lost creation is settled by the name of the audience:
 * nobody had one with this name before.
 */
import { audiencesNamed } from '../destinations/audience.ts';
import type { Accepted, Destination, Sent } from '../destinations/destination.ts';
import { otherJobIdsOf, type RunState } from '../domain/runs/run-state.ts';
import { type ExportContext, uploadName } from './context.ts';
import { inStage } from './stages.ts';

const MAX_LOOKUPS = 4;
/** For what an earlier run has asked for: its request may have been sent a moment ago, and be on its way for long. */
const MAX_LOOKUPS_FOR_EARLIER = 5;

/** @returns where LINE has the chunk, or undefined when it did not take it */
export const settle = (
  context: ExportContext,
  destination: Destination,
  index: number,
): Promise<Accepted | undefined> =>
  inStage(context, 'settle', () => lookUp(context, destination, index), {
    fields: { chunk: index },
    found: (settled) => ({ status: settled ? 'taken' : 'not_taken' }),
  });

/** @returns the audience that an earlier run of the job has asked for, or undefined when it was not made */
export const settleEarlier = (context: ExportContext, destination: Destination): Promise<Accepted | undefined> =>
  settleNamed(context, destination, context.journal.state.audienceName ?? '');

/** The same for an audience with this name. */
export const settleNamed = (
  context: ExportContext,
  destination: Destination,
  name: string,
): Promise<Accepted | undefined> =>
  inStage(
    context,
    'settle',
    () => lookRepeatedly(context, () => createdAudience(context, destination, name), MAX_LOOKUPS_FOR_EARLIER),
    {
      found: (settled) => ({ status: settled ? 'taken' : 'not_taken' }),
    },
  );

const lookUp = (context: ExportContext, destination: Destination, index: number): Promise<Accepted | undefined> =>
  lookRepeatedly(
    context,
    createsFirst(context.journal.state, destination)
      ? () => createdAudience(context, destination, context.journal.state.audienceName ?? '')
      : () => sentChunk(context, destination, index),
    MAX_LOOKUPS,
  );

async function lookRepeatedly(
  { journal, clock, signal, pollIntervalMs }: ExportContext,
  look: () => Promise<Accepted | undefined>,
  lookups: number,
): Promise<Accepted | undefined> {
  for (let lookup = 0; lookup < lookups; lookup++) {
    if (lookup > 0) await clock.sleep(pollIntervalMs * 2 ** (lookup - 1), signal);
    const found = await look();
    if (found) return { ...found, audienceName: found.audienceName ?? journal.state.audienceName };
  }
  return undefined;
}

async function sentChunk({ journal, history, signal }: ExportContext, destination: Destination, index: number) {
  const sent = sentOf(journal.state, index);
  if (destination.traits.job.isNamed) return destination.whatBecame(sent, signal);
  // Those of earlier runs are none of it, either, although their clock and ours may be some time apart.
  const ofOthers = await history.jobIdsOfOthers(journal.state);
  // It is sent again, which does no harm: nobody can tell whose an unknown job is.
  if (ofOthers === null) return undefined;
  return destination.whatBecame({ ...sent, otherJobIds: [...sent.otherJobIds, ...ofOthers] }, signal);
}

async function createdAudience(
  { journal, signal }: ExportContext,
  destination: Destination,
  name: string,
): Promise<Accepted | undefined> {
  const { request } = journal.state;
  const { audienceType } = destination.traits.identifiers[request.identifierType] ?? {};
  const named = await audiencesNamed(destination, request.adAccountId, name, signal);
  const made = named.find(({ type }) => type === audienceType);
  return made && { audienceId: made.id, audienceName: made.name, jobId: null };
}

/**
 * Whether an earlier run of the job has asked for the audience that the next request would create, and ended before it
 * knew what became of it.
 */
export const mayBeMade = async ({ journal, history }: ExportContext, destination: Destination): Promise<boolean> =>
  createsFirst(journal.state, destination) && history.mayBeMade(journal.state);

/** Whether the next request for a delivery creates its audience and sends nothing. */
export const createsFirst = ({ audienceId }: RunState, { traits }: Destination): boolean =>
  audienceId === null && traits.creates === 'first';

/** The upload of chunk `index` of a delivery. */
export function sentOf(state: RunState, index: number): Sent {
  const { request, audienceId, audienceName, lastWriteAt, startedAt } = state;
  const chunk = state.chunks.get(index);
  return {
    account: request.adAccountId,
    audience: audienceId === null ? { name: audienceName ?? '' } : { id: audienceId },
    fileName: uploadName(state, index),
    identifierType: request.identifierType,
    kind: request.kind,
    since: lastWriteAt ?? startedAt,
    jobId: chunk?.uploadJobId ?? null,
    otherJobIds: otherJobIdsOf(state, index),
  };
}
