/**
 * How many members a suppression list or a hold-out keeps out is told in tens to everybody but administrators, and below ten not at
 * all: an exact number would say whether a few people are on a list. So nothing else of such a run may give it by subtraction.
 * Every value has one outcome, so what is not told of those who were left out, and of duplicates (a repeated value on a list
 * counts as suppressed), is added to the unique values. Whoever writes a query can still try: docs/suppression-lists.md says so.
 */
import type { Role } from '../contracts/people.ts';
import type { Sentence, Value } from '../contracts/sentence.ts';
import { changeSentencesInBody } from '../contracts/sentence.ts';

/** Rounded down, so that what is not told is never negative. */
export const inTens = (count: number): number => Math.floor(count / 10) * 10;

export const maySeeLeftOut = (role: Role | undefined): boolean =>
  role === undefined || role === 'administrator';

/** Sentences with numbers of members, and the places of these numbers. They count for runs of all versions. */
export const countsInSentences: Readonly<Record<string, readonly number[]>> = {
  'All {0} valid values of "{1}" are suppressed or held out. Nothing was sent, and the audience at LINE is unchanged. Check the suppression lists and the hold-out.':
    [0],
  'The audience would shrink from {0} to {1}, by {2}. The limit is {3}, so nothing was sent.': [1],
  '{0} members (run {1}, {2})': [0],
  'It is unknown how many members the audience holds. Replacing them with {0} could remove many members, so nothing was sent.':
    [0],
  'The list has {0} members, {1} fewer than the mean of the last {2} runs ({3}). The limit is {4}.': [0, 3],
  'The list has {0} members, {1} more than the mean of the last {2} runs ({3}). The limit is {4}.': [0, 3],
  'The source of the suppression list "{0}" was changed. At the last run of this job, the list kept out {1} members. Now it would keep out {2}, so nothing was sent. The limit is {3}.':
    [1, 2],
  'LINE processed {0} of the {1} records (chunks: {2}).': [0, 1],
};

type Body = Readonly<Record<string, unknown>>;

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Whether something in an answer says that members were left out. */
export function leavesOut(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.some(leavesOut);
  if (!isBody(answer)) return false;
  return (
    LEFT_OUT.some((key) => typeof answer[key] === 'number') ||
    Object.values(answer).some((value) => leavesOut(value))
  );
}

const LEFT_OUT = ['suppressed', 'held_out', 'kept_out'] as const;

/**
 * An answer without exact numbers of those who were left out. Each item of a list is judged on its own.
 * @param known whether the answer is about a run that leaves members out, when it does not say so itself
 */
export function withoutLeftOut(answer: unknown, known = false): unknown {
  if (isBody(answer) && Array.isArray(answer.items)) {
    return { ...answer, items: answer.items.map((item) => withoutLeftOut(item, known)) };
  }
  if (!known && !leavesOut(answer)) return answer;
  return changeSentencesInBody(blurred(answer), sentenceInTens);
}

function blurred(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blurred);
  if (!isBody(value)) return value;
  const added = addedTo(value);
  const shown: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) shown[key] = blurredAt(key, one, value);
  if (isCounts(value)) Object.assign(shown, countsOf(value, added));
  if (Array.isArray(value.chunks)) shown.chunks = chunksOf(value.chunks, addedTo(value.counts));
  else if (typeof value.chunks === 'number' && addedTo(value.counts ?? value) > 0)
    shown.chunks = Math.max(1, value.chunks);
  return shown;
}

/** The numbers that are those of the unique values in another place. */
const IN_TENS = ['suppressed', 'held_out', 'kept_out', 'sent', 'total', 'members_week_ago'];

function blurredAt(key: string, value: unknown, of: Body): unknown {
  if (typeof value === 'number') {
    if (IN_TENS.includes(key)) return inTens(value);
    // What LINE has counted of a chunk, while the records of the chunk are not told.
    if (key === 'audienceCount') return null;
    // The size of an audience before a replace, the progress of a scan, and the size of a warning.
    const isSize =
      (key === 'size' && 'basis' in of) ||
      (key === 'unique' && 'stage' in of) ||
      (key === 'members' && ('at' in of || 'members_week_ago' in of)) ||
      (key === 'count' && SIZES.includes(String(of.code)));
    if (isSize) return inTens(value);
    if (key === 'allowShrinkTo') return Math.ceil(value * 10) / 10;
    // LINE's estimate is exact, so the rate would give the number of members.
    if (key === 'match_rate') return Math.round(value * 100) / 100;
    return value;
  }
  if (key === 'recent_sizes' && Array.isArray(value)) return value.map((size) => inTens(Number(size)));
  // It would show whether guessed members are in a chunk.
  if (key === 'sha256') return '';
  // What a person approves must be what the person saw.
  return key === 'approval' ? value : blurred(value);
}

const SIZES = ['shrink', 'count_differs', 'no_match', 'size_change_exceeded'];

const isCounts = (value: Body): boolean =>
  typeof value.unique === 'number' && typeof value.duplicates === 'number';

const NOT_TOLD = ['suppressed', 'held_out', 'duplicates'] as const;

/** How many values of the counts are not told as what they are. */
function addedTo(counts: unknown): number {
  if (!isBody(counts) || !isCounts(counts)) return 0;
  return NOT_TOLD.reduce((sum, key) => sum + Number(counts[key] ?? 0) - inTens(Number(counts[key] ?? 0)), 0);
}

function countsOf(counts: Body, added: number): Body {
  const unique = Number(counts.unique);
  const uploaded = counts.uploaded;
  return {
    duplicates: inTens(Number(counts.duplicates)),
    unique: unique + added,
    ...(typeof uploaded === 'number' && {
      uploaded: uploaded === unique ? unique + added : inTens(uploaded),
    }),
  };
}

/** Their records are those of the counts together. */
const chunksOf = (chunks: readonly unknown[], added: number): unknown[] =>
  chunks.map((chunk, n) => {
    const shown = blurred(chunk) as Record<string, unknown>;
    const [records, bytes] = [Number(shown.records), Number(shown.bytes)];
    if (n < chunks.length - 1 || records === 0) return shown;
    return { ...shown, records: records + added, bytes: Math.round((bytes / records) * (records + added)) };
  });

function sentenceInTens(sentence: Sentence): Sentence {
  if ('sentences' in sentence) return { sentences: sentence.sentences.map(sentenceInTens) };
  const places = countsInSentences[sentence.template] ?? [];
  return {
    ...sentence,
    values: sentence.values.map((value, n): Value => {
      if (typeof value === 'number') return places.includes(n) ? inTens(value) : value;
      if (typeof value !== 'object') return value;
      return 'template' in value || 'sentences' in value ? sentenceInTens(value) : value;
    }),
  };
}
