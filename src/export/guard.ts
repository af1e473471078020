/**
 * The guard: decides on the counts alone, after staging and before LINE is touched, whether a result may go out.
 */
import { LineupError } from '../contracts/errors.ts';
import type { RunRequest, RunWarning } from '../contracts/run.ts';
import { sentence, share, together } from '../contracts/sentence.ts';

export interface GuardInput {
  readonly request: Pick<RunRequest, 'mode' | 'maxShrink' | 'identifierType' | 'field'>;
  readonly scanned: number;
  readonly unique: number;
  /** The last succeeded replace of the same audience, if any. */
  readonly lastReplace: { readonly runId: string; readonly unique: number } | undefined;
}

/** Why a result does not go out, and the `maxShrink` that a person could allow, where one exists. */
export interface Refusal {
  readonly error: LineupError;
  readonly allowWith: number | null;
}

/**
 * What speaks against sending this result, if anything: an empty result never goes out; a replace that shrinks
 * the audience by more than `maxShrink` (a fraction of the last good run) waits for a person. A drop of exactly `maxShrink` passes.
 */
export function guard(input: GuardInput): Refusal | undefined {
  const { request, scanned, unique, lastReplace } = input;
  if (unique === 0) {
    const error = new LineupError(
      'nothing_to_send',
      together(
        scanned === 0
          ? sentence`The source has no members, so nothing was sent and the audience at LINE is unchanged.`
          : sentence`None of the ${scanned} values of "${request.field}" is usable, so nothing was sent and the audience at LINE is unchanged.`,
        sentence`Check the source, the field, and that it holds what the identifier type says; an empty result is never sent.`,
      ),
    );
    return { error, allowWith: null };
  }
  if (
    request.mode === 'replace' &&
    lastReplace &&
    shrinksTooMuch(unique, lastReplace.unique, request.maxShrink)
  ) {
    const drop = share((lastReplace.unique - unique) / lastReplace.unique);
    const error = new LineupError(
      'audience_shrinks',
      sentence`The audience would shrink from ${lastReplace.unique} members (run ${lastReplace.runId}) to ${unique}, by ${drop}: more than the ${share(request.maxShrink)} allowed, so nothing was sent.`,
    );
    return { error, allowWith: allowing(unique, lastReplace.unique) };
  }
  return undefined;
}

/** The same verdict as a warning: a dry run only tells. */
export function shrinkWarning(refusal: Refusal, input: GuardInput): RunWarning {
  return {
    code: 'shrink',
    count: Math.max(0, (input.lastReplace?.unique ?? 0) - input.unique),
    message: refusal.error.message,
    sentence: refusal.error.sentence,
  };
}

function shrinksTooMuch(unique: number, before: number, maxShrink: number): boolean {
  // The tolerance is for the binary fraction: 0.58 × 50 is a little less than 29.
  return before - unique > maxShrink * before + before * 1e-9;
}

/** The smallest two-digit `--max-shrink` that lets this result pass. */
function allowing(unique: number, before: number): number {
  return Math.min(1, Math.ceil(((before - unique) / before) * 100) / 100);
}
