/** Why a run or one of its deliveries has failed, in the form of the journal, and whether the run may go on later. */

import { destinationOf, ownerOf } from '../domain/destinations/index.ts';
import { databaseFailure } from '../domain/errors/database-away.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { Judgement, RunError } from '../domain/runs/run.ts';
import { runFailureOf } from '../domain/runs/run-error.ts';
import { atLineOf, lastWriteOf, type RunState } from '../domain/runs/run-state.ts';
import { joinSentences, ofAudience, type Sentence, sentence, sentenceOf } from '../domain/text/sentence.ts';
import type { ExportContext } from './context.ts';
import { audienceOf } from './deliveries.ts';
import type { Refusal } from './guard.ts';
import { hasCheckpoint } from './stage/checkpoint.ts';
import { ListShrinksError } from './suppression.ts';

/** A result that is not sent: carries the reason to the end of the run. */
export class RefusedError extends Error {
  readonly refusal: Refusal;
  /** What a person can approve. */
  readonly judged: Judgement | undefined;
  constructor(refusal: Refusal, judged?: Judgement) {
    super(refusal.error.message);
    this.refusal = refusal;
    this.judged = judged;
  }
}

/** A delivery of several, and why it has failed or may not be sent. */
export interface Failing<Why> {
  readonly state: RunState;
  readonly why: Why;
}

/**
 * One refusal with all reasons, of one delivery or several. What a person allows must be enough for all of them.
 * @param several whether the run has several deliveries, so that a reason must name its audience
 */
export function refusalOf(refusals: readonly Failing<Refusal>[], several: boolean): Refusal | undefined {
  const [first] = refusals;
  if (!first) return undefined;
  const limits = refusals.map(({ why }) => why.allowWith);
  const { code, reason, retryable } = first.why.error;
  const all = refusals.map(({ state, why }, n) => {
    // The last one says for all what happened.
    const text = sentenceOf(n + 1 < refusals.length && why.reason ? why.reason : why.error);
    return several ? about(state, text) : text;
  });
  return {
    error: new LineupError(code, joinSentences(...all), { reason: reason ?? undefined, retryable }),
    allowWith: limits.includes(null) ? null : Math.max(...limits.map((limit) => limit ?? 0)),
  };
}

/**
 * The failure of a run whose deliveries have failed. It comes from the one that most needs a person: a key that LINE
 * refuses, and what no new try can mend. The run is tried again when that helps any of them.
 */
export function failureOfAll(failed: readonly (Failing<LineupError> & { readonly isNamed: boolean })[]): LineupError {
  const urgency = ({ why }: Failing<LineupError>) => (why.code === 'line_unauthorized' ? 2 : why.retryable ? 0 : 1);
  const [worst] = failed.toSorted((a, b) => urgency(b) - urgency(a));
  const { state, why, isNamed } = worst!;
  const text = sentenceOf(why);
  return new LineupError(why.code, isNamed ? text : about(state, text), {
    reason: why.reason ?? undefined,
    retryable: failed.some((failing) => failing.why.retryable) && why.code !== 'line_unauthorized',
    cause: why,
  });
}

const about = (state: RunState, text: Sentence): Sentence => ofAudience(audienceOf(state), text);

/** An error of Lineup's database, for people. Returns other errors unchanged. */
export const explainFailure = (thrown: unknown): unknown => databaseFailure(thrown) ?? thrown;

/** What was thrown, in the form of the journal. */
export async function failureOf(thrown: unknown, context: ExportContext): Promise<RunError> {
  const { journal, signal, traits } = context;
  const refused = thrown instanceof RefusedError && !signal.aborted ? thrown : undefined;
  const error = signal.aborted ? interrupted(journal.state) : (refused?.refusal.error ?? explainFailure(thrown));
  // When the storage is the reason, it may not answer this either.
  const kept = await hasCheckpoint(journal.staged).catch(() => false);
  return {
    ...runFailureOf(error, journal.state, (known) =>
      isResumable(known, journal.state, { kept, ofDestination: traits.reasons.ofRequest }),
    ),
    ...(refused && { allowShrinkTo: refused.refusal.allowWith }),
    ...(refused?.judged && { judged: refused.judged }),
    ...(error instanceof ListShrinksError && { shrunkList: error.list }),
  };
}

function interrupted(state: RunState): LineupError {
  const deliveries = [state, ...state.siblings];
  const total = deliveries.reduce((sum, { staged }) => sum + (staged?.chunks.length ?? 0), 0);
  const sent = deliveries
    .flatMap(({ chunks }) => [...chunks.values()])
    .reduce((sum, { phase }) => sum + (phase === 'finished' ? 1 : 0), 0);
  return new LineupError('interrupted', interruption(state, sent, total));
}

function interruption(state: RunState, sent: number, total: number): Sentence {
  const owner = ownerOf(destinationOf(state.request.destination));
  if (lastWriteOf(state) === null) return sentence`Interrupted: nothing was sent to ${owner}.`;
  switch (atLineOf(state)) {
    case 'nothing':
      return sentence`Interrupted: ${owner} has none of the ${total} chunks.`;
    case 'whole':
      return sentence`Interrupted: ${owner} has finished all ${total} chunks.`;
    case 'part':
      return sentence`Interrupted: ${owner} has finished ${sent} of ${total} chunks. The audience is incomplete until you continue the run.`;
  }
}

/** What was staged would be refused again. */
const neverSent: readonly string[] = ['nothing_to_send', 'too_few_rows'];

/** A run that continues keeps its request, so it would end in the same way. */
const ofRequest: readonly string[] = [
  'audience_not_found',
  'audience_type_mismatch',
  'audience_name_taken',
  'audience_unusable',
];

/**
 * Whether another process can finish this run.
 * @param kept whether a checkpoint of the scan exists
 * @param ofDestination the reasons of the other side that are about the request
 */
function isResumable(
  error: LineupError,
  state: RunState,
  { kept, ofDestination }: { readonly kept: boolean; readonly ofDestination: readonly string[] },
): boolean {
  if (state.request.dryRun) return false;
  if (neverSent.includes(error.code) || error.code === 'staged_file_changed') return false;
  if (error.code === 'audience_too_large' && state.staged) return false;
  if (error.code === 'source_changed') return false;
  // A checkpoint is worth resuming. Without one, a new run does the same.
  if (error.code === 'source_failed') return kept && error.retryable;
  if (error.code === 'source_crashed' || error.code === 'source_quarantined') return kept;
  if (error.kind === 'usage') return false;
  // Of several deliveries, another one may have something left to send.
  const isAlone = state.siblings.length === 0 || lastWriteOf(state) === null;
  const isOfRequest = ofRequest.includes(error.code) || ofDestination.includes(error.reason ?? '');
  if (isAlone && isOfRequest) return false;
  return state.staged !== null || state.request.source.location !== null;
}
