/**
 * The guard decides whether a result may be sent. It needs only the counts, after staging and before the
 * first write to LINE.
 */

import { isUpperBound, shrinkage } from '../domain/audiences/size.ts';
import { ownerOf } from '../domain/destinations/index.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { AudienceBefore, JudgedReason, RunRequest, RunWarning } from '../domain/runs/run.ts';
import {
  asSentence,
  joinSentences,
  localized,
  moment,
  type Sentence,
  sentence,
  share,
} from '../domain/text/sentence.ts';
import type { StageCounts, StagedChunk } from './stage/types.ts';

export interface GuardInput {
  readonly request: Pick<RunRequest, 'mode' | 'maxShrink' | 'memberDays' | 'identifierType' | 'field'>;
  /** Whether the audience is to take the place of another one. @default false */
  readonly renews?: boolean;
  readonly scanned: number;
  /** How many values are valid, but suppressed or held out. */
  readonly leftOut: number;
  readonly unique: number;
  readonly chunks: readonly Pick<StagedChunk, 'records'>[];
  readonly traits: Pick<DestinationTraits, 'label' | 'owner' | 'file'>;
  /** What the audience holds (audience-size.ts). null for a new audience, and when nobody could look. */
  readonly before: AudienceBefore | null;
}

/** How many valid values get no line. */
export const leftOutOf = (counts: Pick<StageCounts, 'suppressed' | 'held_out'> | undefined): number =>
  (counts?.suppressed ?? 0) + (counts?.held_out ?? 0);

/** Why a result is not sent, and the `maxShrink` that a person could allow, if there is one. */
export interface Refusal {
  readonly error: LineupError;
  readonly allowWith: number | null;
  /** What a person may overrule. Missing for what is never sent. */
  readonly reason?: JudgedReason;
}

/**
 * The reason not to send this result, if there is one. An empty result is never sent, and neither is one that the
 * destination would not take. A replace waits for a person when the audience would shrink by more than `maxShrink` (a
 * fraction of its size), or when its size is unknown. So does an audience that is to take the place of another one, and
 * would have so many fewer members than the last run sent. A drop of exactly `maxShrink` passes. With a `maxShrink` of
 * 1, a person has allowed every size.
 */
export function guard(input: GuardInput): Refusal | undefined {
  const { request, renews = false, scanned, leftOut, unique, before } = input;
  const owner = ownerOf(input.traits);
  if (unique === 0 && leftOut > 0) {
    const error = new LineupError(
      'nothing_to_send',
      sentence`All ${leftOut} valid values of "${request.field}" are suppressed or held out. Nothing was sent, and the audience at ${owner} is unchanged. Check the suppression lists and the hold-out.`,
    );
    return { error, allowWith: null };
  }
  if (unique === 0) {
    const error = new LineupError(
      'nothing_to_send',
      joinSentences(
        scanned === 0
          ? sentence`The source has no members. Nothing was sent, and the audience at ${owner} is unchanged.`
          : sentence`None of the ${scanned} values of "${request.field}" is valid. Nothing was sent, and the audience at ${owner} is unchanged.`,
        sentence`An empty result is never sent. Check the source and the field, and that the field matches the identifier type.`,
      ),
    );
    return { error, allowWith: null };
  }
  const misfit = misfitOf(input);
  if (misfit) return { error: misfit, allowWith: null };
  if ((request.mode !== 'replace' && !renews) || before === null) return undefined;
  switch (shrinkage(before.size, unique, request.maxShrink)) {
    case 'fits':
      return undefined;
    case 'unknown':
      return {
        allowWith: 1,
        ...asReason('audience_size_unknown', null, request.maxShrink, sizeUnknown(unique, owner)),
      };
    case 'shrinks': {
      const size = before.size ?? 0;
      const reason = shrinks(describeSize(before, size, owner), size, unique, request.maxShrink);
      return {
        allowWith: allowing(unique, size),
        ...asReason('audience_shrinks', (size - unique) / size, request.maxShrink, reason),
      };
    }
  }
}

/** Why the destination would not take the files. */
function misfitOf({ request: { field }, unique, chunks, traits }: GuardInput): LineupError | undefined {
  const { label, file } = traits;
  const records = chunks.map((chunk) => chunk.records);
  if (file.files === 'one' && records.length > 1) {
    return new LineupError(
      'audience_too_large',
      sentence`${unique} values of "${field}" are to be sent, and the one file that ${asSentence(label)} takes has room for ${records[0]!}. Nothing was sent, and the audience is unchanged. Split the source, and append the parts.`,
    );
  }
  // Each file is an upload of its own.
  const fewest = Math.min(...records);
  if (fewest >= file.minRecords) return undefined;
  return new LineupError(
    'too_few_rows',
    sentence`Only ${fewest} values of "${field}" can be sent, and ${asSentence(label)} takes no fewer than ${file.minRecords} in one upload. Nothing was sent, and the audience is unchanged.`,
  );
}

/** The error, and the reason that a person may overrule. */
const asReason = (
  code: JudgedReason['code'],
  measured: number | null,
  limit: number,
  reason: Sentence,
): Pick<Refusal, 'error' | 'reason'> => ({
  error: new LineupError(code, reason),
  reason: { code, measured, limit, ...localized(reason) },
});

/** @param held what the audience holds, in words */
function shrinks(held: Sentence, size: number, unique: number, maxShrink: number): Sentence {
  return sentence`The audience would shrink from ${held} to ${unique}, by ${dropOf(size, unique)}. The limit is ${share(maxShrink)}, so nothing was sent.`;
}

/** By how much a size has shrunk. Rounded down, so that 99.96 % is not shown as 100 %. */
export const dropOf = (before: number, after: number) => share(Math.floor(((before - after) / before) * 1_000) / 1_000);

const sizeUnknown = (unique: number, owner: Sentence): Sentence =>
  joinSentences(
    sentence`It is unknown how many members the audience holds. Replacing them with ${unique} could remove many members, so nothing was sent.`,
    sentence`Lineup has not replaced this audience before, and ${owner} gives neither an upload with a count nor an estimate.`,
  );

/** The number of members, and its source. */
function describeSize({ basis, at }: AudienceBefore, size: number, owner: Sentence): Sentence {
  if (basis === 'last_replace') return sentence`${size} members (sent at ${moment(at ?? '')})`;
  if (basis === 'last_run') return sentence`${size} members (of the last run)`;
  if (basis === 'upload_jobs') return sentence`about ${size} members (${owner}’s upload jobs)`;
  return isUpperBound(size)
    ? sentence`at most ${size} members (${owner}’s estimate)`
    : sentence`at least ${size} members (${owner}’s estimate)`;
}

/** The refusal as a warning, for a dry run. */
export function shrinkWarning(refusal: Refusal, { before, unique }: GuardInput): RunWarning {
  return {
    code: 'shrink',
    count: Math.max(0, (before?.size ?? 0) - unique),
    message: refusal.error.message,
    sentence: refusal.error.sentence,
  };
}

/**
 * Where members leave by age, sending fewer takes nothing away at once. So it only warns.
 * @param before how many members the last successful run sent; undefined when none has
 */
export function fewerThanBefore(
  { request: { maxShrink, memberDays }, unique }: Pick<GuardInput, 'request' | 'unique'>,
  before: number | undefined,
): RunWarning[] {
  if (memberDays === undefined || before === undefined || shrinkage(before, unique, maxShrink) !== 'shrinks') return [];
  const text = joinSentences(
    sentence`The run sends ${unique} members, ${dropOf(before, unique)} fewer than the one before (${before}). The limit is ${share(maxShrink)}.`,
    sentence`Nobody leaves the audience at once: who is not sent again leaves ${memberDays} days after the last time.`,
  );
  return [{ code: 'shrink', count: before - unique, ...localized(text) }];
}

/** The smallest two-digit `--max-shrink` that lets this result pass. */
function allowing(unique: number, before: number): number {
  return Math.min(1, Math.ceil(((before - unique) / before) * 100) / 100);
}
