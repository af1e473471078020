/**
 * The guard: decides on the counts alone, after staging and before LINE is touched, whether a result may go out.
 */
import { LineupError } from '../contracts/errors.ts';
import { SMALLEST_SIZE } from '../contracts/line-limits.ts';
import type { AudienceBefore, RunRequest, RunWarning } from '../contracts/run.ts';
import { moment, type Sentence, sentence, share, together } from '../contracts/sentence.ts';
import { shrinkage } from '../contracts/shrink.ts';

export interface GuardInput {
  readonly request: Pick<RunRequest, 'mode' | 'maxShrink' | 'identifierType' | 'field'>;
  readonly scanned: number;
  readonly unique: number;
  /** What the audience holds (audience-size.ts); null for one that is made, and where nobody could look. */
  readonly before: AudienceBefore | null;
}

/** Why a result does not go out, and the `maxShrink` that a person could allow, where one exists. */
export interface Refusal {
  readonly error: LineupError;
  readonly allowWith: number | null;
}

/**
 * What speaks against sending this result, if anything: an empty result never goes out; a replace that shrinks
 * the audience by more than `maxShrink` (a fraction of what it holds) waits for a person, and so does one when nothing tells what
 * it holds. A drop of exactly `maxShrink` passes; a `maxShrink` of 1 is a person's yes to every size.
 */
export function guard(input: GuardInput): Refusal | undefined {
  const { request, scanned, unique, before } = input;
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
  if (request.mode !== 'replace' || before === null) return undefined;
  switch (shrinkage(before.size, unique, request.maxShrink)) {
    case 'fits':
      return undefined;
    case 'unknown':
      return { error: sizeUnknown(unique), allowWith: 1 };
    case 'shrinks':
      return {
        error: shrinks(before, before.size ?? 0, unique, request.maxShrink),
        allowWith: allowing(unique, before.size ?? 0),
      };
  }
}

function shrinks(before: AudienceBefore, size: number, unique: number, maxShrink: number): LineupError {
  // Rounded down: what loses nearly all does not lose all.
  const drop = share(Math.floor(((size - unique) / size) * 1_000) / 1_000);
  return new LineupError(
    'audience_shrinks',
    sentence`The audience would shrink from ${sizeInWords(before, size)} to ${unique}, by ${drop}: more than the ${share(maxShrink)} allowed, so nothing was sent.`,
  );
}

const sizeUnknown = (unique: number): LineupError =>
  new LineupError(
    'audience_size_unknown',
    together(
      sentence`Nothing tells how many members the audience holds, so nothing was sent: replacing them with ${unique} could take many away.`,
      sentence`Lineup has not replaced it before, LINE lists no upload with a count, and LINE gives no estimate.`,
    ),
  );

/** How many members, and where that is known from. */
function sizeInWords({ basis, runId, at }: AudienceBefore, size: number): Sentence {
  if (basis === 'last_replace') return sentence`${size} members (run ${runId ?? ''}, ${moment(at ?? '')})`;
  if (basis === 'upload_jobs') return sentence`about ${size} members (LINE’s upload jobs)`;
  return size > SMALLEST_SIZE
    ? sentence`at least ${size} members (LINE’s estimate)`
    : sentence`at most ${size} members (LINE’s estimate)`;
}

/** The same verdict as a warning: a dry run only tells. */
export function shrinkWarning(refusal: Refusal, { before, unique }: GuardInput): RunWarning {
  return {
    code: 'shrink',
    count: Math.max(0, (before?.size ?? 0) - unique),
    message: refusal.error.message,
    sentence: refusal.error.sentence,
  };
}

/** The smallest two-digit `--max-shrink` that lets this result pass. */
function allowing(unique: number, before: number): number {
  return Math.min(1, Math.ceil(((before - unique) / before) * 100) / 100);
}
