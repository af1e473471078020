/**
 * The guard: decides on the counts alone, after staging and before LINE is touched, whether a result may go out.
 */
import { LineupError } from '../contracts/errors.ts';
import type { RunRequest, RunWarning } from '../contracts/run.ts';

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
    const why =
      scanned === 0
        ? 'The source has no members'
        : `None of the ${number(scanned)} values of "${request.field}" is usable`;
    const error = new LineupError(
      'nothing_to_send',
      `${why}, so nothing was sent and the audience at LINE is unchanged. Check the source, the field, and that it holds what the identifier type (${request.identifierType}) says; an empty result is never sent.`,
    );
    return { error, allowWith: null };
  }
  if (
    request.mode === 'replace' &&
    lastReplace &&
    shrinksTooMuch(unique, lastReplace.unique, request.maxShrink)
  ) {
    const drop = percent((lastReplace.unique - unique) / lastReplace.unique);
    const allowWith = allowing(unique, lastReplace.unique);
    const error = new LineupError(
      'audience_shrinks',
      `The audience would shrink from ${number(lastReplace.unique)} members (run ${lastReplace.runId}) to ${number(unique)}, by ${drop}: more than the ${percent(request.maxShrink)} allowed, so nothing was sent. If the new size is right, let this run go: with --max-shrink ${allowWith}, or by "Run anyway" in the service.`,
    );
    return { error, allowWith };
  }
  return undefined;
}

/** The same verdict as a warning: a dry run only tells. */
export function shrinkWarning(refusal: Refusal, input: GuardInput): RunWarning {
  return {
    code: 'shrink',
    count: Math.max(0, (input.lastReplace?.unique ?? 0) - input.unique),
    message: refusal.error.message,
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

const percent = (fraction: number): string => `${Math.round(fraction * 1000) / 10} %`;

const number = (n: number): string => n.toLocaleString('en-US');
