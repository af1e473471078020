/** How far a run is. Pure. */
import type { RunProgress } from '../../src/contracts/run-progress.ts';
import type { RunSummary } from '../../src/contracts/runs.ts';

/** The part of a run that its progress needs. */
export type Going = Pick<RunSummary, 'unique' | 'uploaded'> & {
  readonly siblings?: readonly Pick<RunSummary, 'unique' | 'uploaded'>[] | undefined;
};

export type ShownStage = 'scan' | 'upload' | 'wait';

/** Waiting in the queue belongs to the upload that follows, and suppression lists to the scan. */
export function shownStage({ stage }: RunProgress): ShownStage {
  if (stage === 'queue') return 'upload';
  return stage === 'suppression' ? 'scan' : stage;
}

/**
 * The share of its stage that is done, 0 to 1: of the rows that are read, then of the members that are on their way to
 * LINE. Undefined when it is unknown. Several identifiers take turns to tell theirs, so only what LINE has of all of
 * them counts.
 */
export function shareDone(progress: RunProgress, run: Going): number | undefined {
  if (progress.stage === 'scan') return progress.fraction;
  if (progress.stage === 'suppression' || progress.stage === 'queue') return undefined;
  if (run.siblings && run.siblings.length > 0) return shareAtLine([run, ...run.siblings]);
  // All of this chunk has been sent.
  if (progress.stage === 'wait') return progress.chunk / progress.chunks;
  if (progress.bytes === 0) return undefined;
  return Math.min(1, (progress.chunk - 1 + progress.bytesSent / progress.bytes) / progress.chunks);
}

function shareAtLine(deliveries: readonly Going[]): number | undefined {
  const total = deliveries.reduce((sum, { unique }) => sum + (unique ?? 0), 0);
  const sent = deliveries.reduce((sum, { uploaded }) => sum + (uploaded ?? 0), 0);
  return total === 0 ? undefined : Math.min(1, sent / total);
}

/** Members in a second, while that is known. */
export const rateOf = (progress: RunProgress): number | undefined => ('rate' in progress ? progress.rate : undefined);
