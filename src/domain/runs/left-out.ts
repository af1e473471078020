/**
 * How many members a suppression list or a hold-out keeps out, and how many a list has, is told in tens to everybody
 * but administrators, and below ten not at all: an exact number would say whether a few people are on a list. So
 * nothing else may give it by subtraction. Every value has one outcome, so what is not told of those who were left out,
 * and of duplicates (a repeated value on a list counts as suppressed), is added to the unique values. An earlier run
 * may have left members out, so its numbers are in tens wherever another answer has them. Whoever writes a query can
 * still try: docs/suppression-lists.md says so.
 */
import { approval } from '../jobs/approvals.ts';
import type { Role } from '../people/people.ts';
import { type Sentence, share, type Value } from '../text/sentence.ts';
import { changeSentences, type SentencePlaces, sentencesIn } from '../text/sentences-in.ts';

/** Rounded down, so that what is not told is never negative. */
export const inTens = (count: number): number => Math.floor(count / 10) * 10;

export const maySeeLeftOut = (role: Role | undefined): boolean => role === undefined || role === 'administrator';

/** The places of a sentence with numbers of members. */
interface Places {
  /** Of the run that the sentence is about. */
  readonly own?: readonly number[];
  /** Of earlier runs, or of a list. */
  readonly others?: readonly number[];
  /** How one of these differs from another, as a share: it would give the exact numbers. */
  readonly change?: { readonly at: number; readonly from: number; readonly to: number };
  /** Shares of a number that the sentence does not tell. */
  readonly shares?: readonly number[];
}

/** Sentences that only earlier versions wrote. Their runs are still read. */
export const countsInEarlierSentences: Readonly<Record<string, Places>> = {
  '{0} members (run {1}, {2})': { others: [0] },
  'All {0} valid values of "{1}" are suppressed or held out. Nothing was sent, and the audience at LINE is unchanged. Check the suppression lists and the hold-out.':
    { others: [0] },
  'LINE holds {0} of {1} members.': { others: [0, 1] },
  'LINE has added {0} of {1} members.': { others: [0, 1] },
  'LINE accepted all {0} members, but the run ended before LINE had finished processing them.': {
    others: [0],
  },
  'LINE processed {0} of the {1} records (chunks: {2}).': { own: [0, 1] },
  'about {0} members (LINE’s upload jobs)': { others: [0] },
};

/** They count for runs of all versions. */
export const countsInSentences: Readonly<Record<string, Places>> = {
  ...countsInEarlierSentences,
  'All {0} valid values of "{1}" are suppressed or held out. Nothing was sent, and the audience at {2} is unchanged. Check the suppression lists and the hold-out.':
    { others: [0] },
  'The audience would shrink from {0} to {1}, by {2}. The limit is {3}, so nothing was sent.': {
    own: [1],
    change: { at: 2, from: 0, to: 1 },
  },
  '{0} members (sent at {1})': { others: [0] },
  '{0} members (of the last run)': { others: [0] },
  'about {0} members ({1}’s upload jobs)': { others: [0] },
  'It is unknown how many members the audience holds. Replacing them with {0} could remove many members, so nothing was sent.':
    { own: [0] },
  'The list has {0} members, {1} fewer than the mean of the last {2} runs ({3}). The limit is {4}.': {
    own: [0],
    others: [3],
    change: { at: 1, from: 3, to: 0 },
  },
  'The list has {0} members, {1} more than the mean of the last {2} runs ({3}). The limit is {4}.': {
    own: [0],
    others: [3],
    change: { at: 1, from: 3, to: 0 },
  },
  'The match rate is {0}, {1} below the mean after earlier runs ({2}). The limit is {3}.': {
    shares: [0, 1, 2],
  },
  'The match rate is {0}, and the mean after earlier runs is {1}.': { shares: [0, 1] },
  '{0} members were approved, and now there are {1}.': { own: [0, 1] },
  'The audience held {0} members when this was approved, and now it holds {1}.': { others: [0, 1] },
  '{0} was approved, and now it is {1}.': { shares: [0, 1] },
  'Approved: {0} members.': { others: [0] },
  'Approved: {0} → {1} members.': { others: [0, 1] },
  '{0} holds {1} of {2} members.': { others: [1, 2] },
  '{0} has added {1} of {2} members.': { others: [1, 2] },
  '{0} accepted all {1} members, but the run ended before {2} had finished processing them.': { others: [1] },
  '{0} processed {1} of the {2} records (chunks: {3}).': { own: [1, 2] },
  'The run sends {0} members, {1} fewer than the one before ({2}). The limit is {3}.': {
    own: [0],
    others: [2],
    change: { at: 1, from: 2, to: 0 },
  },
  '{0} values of "{1}" are to be sent, and the one file that {2} takes has room for {3}. Nothing was sent, and the audience is unchanged. Split the source, and append the parts.':
    { own: [0] },
  'Only {0} values of "{1}" can be sent, and {2} takes no fewer than {3} in one upload. Nothing was sent, and the audience is unchanged.':
    { own: [0] },
  'None of the {0} values of the suppression list "{1}" is valid, so nothing was sent.': { others: [0] },
  'The suppression list "{0}" has shrunk from {1} to {2} values, by {3}. Its limit is {4}, so nothing was sent.': {
    others: [1, 2],
    change: { at: 3, from: 1, to: 2 },
  },
  'The source of the suppression list "{0}" was changed. At the last run of this job, the list kept out {1} members. Now it would keep out {2}, so nothing was sent. The limit is {3}.':
    { others: [1, 2] },
};

type Body = Readonly<Record<string, unknown>>;

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/**
 * Whether something in an answer says that members were left out. `left_out` of a job may be of an earlier run than its
 * last one, and is in tens already.
 */
export function leavesOut(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.some(leavesOut);
  if (!isBody(answer)) return false;
  return (
    LEFT_OUT.some((key) => typeof answer[key] === 'number') ||
    Object.entries(answer).some(([key, value]) => key !== 'left_out' && leavesOut(value))
  );
}

const LEFT_OUT = ['suppressed', 'held_out', 'kept_out'] as const;

/** The error of a job may be that of an earlier run, until its last one has ended. */
const isUndecided = ({ last_run: last }: Body): boolean =>
  isBody(last) && (last.ended_at === null || last.unique === null);

/**
 * An answer as a role may see it: without exact numbers of those who were left out. Each item of a list is judged on
 * its own.
 * @param places of the sentences of the answer
 * @param known whether the answer is about a run that leaves members out, when it does not say so itself
 */
export function answerForRole<Answer>(
  role: Role | undefined,
  answer: Answer,
  places: SentencePlaces,
  known = false,
): Answer {
  return maySeeLeftOut(role) ? answer : (withoutLeftOut(answer, places, known) as Answer);
}

export function withoutLeftOut(answer: unknown, places: SentencePlaces | undefined, known = false): unknown {
  if (isBody(answer) && Array.isArray(answer.items)) {
    const each = places?.inside.get('items')?.each;
    return { ...answer, items: answer.items.map((item) => withoutLeftOut(item, each, known)) };
  }
  const own = known || leavesOut(answer) || (isBody(answer) && isUndecided(answer));
  return changeSentences(blurred(answer, own), places, (sentence) => sentenceInTens(sentence, own));
}

/** @param own whether the numbers of its own run are not told exactly. Those of other runs, and of lists, never are. */
function blurred(value: unknown, own: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => blurred(item, own));
  if (!isBody(value)) return value;
  const shown: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    shown[key] = typeof field === 'number' ? numberAt(key, field, value, own) : blurredAt(key, field, value, own);
  }
  if (!own) return shown;
  const added = addedTo(value);
  if (isCounts(value)) Object.assign(shown, countsOf(value, added));
  if (Array.isArray(value.chunks)) shown.chunks = chunksOf(value.chunks, addedTo(value.counts));
  else if (typeof value.chunks === 'number' && addedTo(value.counts ?? value) > 0)
    shown.chunks = Math.max(1, value.chunks);
  return shown;
}

function blurredAt(key: string, value: unknown, body: Body, own: boolean): unknown {
  if (key === 'recent_sizes' && Array.isArray(value)) return value.map((size) => inTens(Number(size)));
  // It would show whether guessed members are in a chunk.
  if (key === 'sha256' && own) return '';
  // In a journal, it is about what an earlier run has staged.
  if (key === 'approval' && (body.type === 'started' || body.type === 'resumed'))
    return withoutLeftOut(value, sentencesIn(approval), true);
  // Of a job, it is mostly that of its last run.
  if (key === 'incomplete_at_line' && !own && isLastRun(value, body)) return value;
  return blurred(value, own);
}

const isLastRun = (part: unknown, { last_run: last }: Body): boolean =>
  isBody(part) && isBody(last) && part.run_id === last.id;

function numberAt(key: string, value: number, body: Body, own: boolean): number | null {
  if (isTurnover(body)) return turnoverOf(value, body, own);
  if (isOfOthers(key, body) || (own && isOfRun(key, body))) return inTens(value);
  if (key === 'measured') return measuredOf(value, body, own);
  // The bytes of a chunk give its records.
  if (body.stage === 'upload' && (key === 'bytes' || key === 'bytesSent')) return Math.ceil(value / 1_000) * 1_000;
  if (key === 'allowShrinkTo') return Math.ceil(value * 10) / 10;
  if (key === 'match_rate') return matchRateOf(value, body);
  // What LINE has counted of a chunk, while the records of the chunk are not told.
  return key === 'audienceCount' && own ? null : value;
}

/** Who joins and who leaves. Few people, whom somebody may know, are not counted. */
const isTurnover = (body: Body): boolean => 'joining' in body && 'leaving' in body;

/** With the sizes of two runs, one of the numbers gives the other one. So if one is not told, the other is in tens. */
function turnoverOf(members: number, { joining, leaving, varied }: Body, own: boolean): number | null {
  if (varied === true) return null;
  const areFew = [joining, leaving].some((count) => Number(count) < 10);
  return members < 10 ? null : own || areFew ? inTens(members) : members;
}

/**
 * The size of an audience, of a list, or of what a list keeps out; and the progress of a run, which nobody has counted
 * yet.
 */
const isOfOthers = (key: string, body: Body): boolean =>
  (key === 'size' && ('basis' in body || 'read_at' in body || 'suppressed' in body)) ||
  ((key === 'before' || key === 'after') && ('accepted' in body || 'keptOut' in body)) ||
  ((key === 'sent' || key === 'total') && 'run_id' in body) ||
  (key === 'unique' && body.stage === 'scan') ||
  (key === 'values' && body.stage === 'suppression') ||
  (key === 'count' && body.code === 'shrink');

const isOfRun = (key: string, body: Body): boolean =>
  (IN_TENS.includes(key) && !isOfValues(body)) ||
  (key === 'after' && 'reasons' in body) ||
  (key === 'members' && ('at' in body || 'members_week_ago' in body)) ||
  (key === 'count' && SIZES.includes(String(body.code)));

/** How many audiences a column names, and not how many members they have. */
const isOfValues = (body: Body): boolean => 'total' in body && ('missing' in body || 'rows_without' in body);

/** The numbers that are those of the unique values in another place. */
const IN_TENS = ['suppressed', 'held_out', 'kept_out', 'sent', 'total', 'members_week_ago'];
const SIZES = ['count_differs', 'no_match', 'size_change_exceeded'];

/** What an alert rule or the guard has measured. A change of a size follows from the numbers that are told. */
function measuredOf(value: number, body: Body, own: boolean): number {
  // An alert is in percent, a reason is a share.
  const [kind, whole] = 'rule' in body ? [body.rule, 100] : [body.code, 1];
  if (kind === 'match_rate_drop') return coarse(value / whole) * whole;
  if (kind !== 'size_change' && kind !== 'size_change_exceeded' && kind !== 'audience_shrinks') return value;
  const change = changeIn(body.sentence as Sentence | null, own);
  if (change === undefined) return coarse(value / whole) * whole;
  return (kind === 'audience_shrinks' ? -change : Math.round(change * 1_000) / 1_000) * whole;
}

/** LINE's estimate is exact, so the rate would give the number of members. */
function matchRateOf(value: number, { members, estimated_size }: Body): number | null {
  const [size, estimate] = [inTens(Number(members)), Number(estimated_size)];
  if (Number.isNaN(size) || Number.isNaN(estimate)) return coarse(value);
  return size === 0 ? null : Math.min(1, estimate / size);
}

/** In tens of percent: of a hundred members, these are ten. */
const coarse = (share: number): number => Math.round(share * 10) / 10;

const isCounts = (value: Body): boolean => typeof value.unique === 'number' && typeof value.duplicates === 'number';

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
    const shown = blurred(chunk, true) as Record<string, unknown>;
    const [records, bytes] = [Number(shown.records), Number(shown.bytes)];
    if (n < chunks.length - 1 || records === 0) return shown;
    return { ...shown, records: records + added, bytes: Math.round((bytes / records) * (records + added)) };
  });

function sentenceInTens(sentence: Sentence, own: boolean): Sentence {
  if ('sentences' in sentence) {
    return { sentences: sentence.sentences.map((part) => sentenceInTens(part, own)) };
  }
  const { own: ownCounts = [], others = [], shares = [], change } = countsInSentences[sentence.template] ?? {};
  const values = sentence.values.map((value, n): Value => {
    if (typeof value === 'number') return others.includes(n) || (own && ownCounts.includes(n)) ? inTens(value) : value;
    if (typeof value !== 'object') return value;
    if ('share' in value) return shares.includes(n) ? share(coarse(value.share)) : value;
    return 'template' in value || 'sentences' in value ? sentenceInTens(value, own) : value;
  });
  const differs = change && changeOf(values, change);
  // Rounded down, so that 99.96 % is not shown as 100 %.
  if (differs !== undefined) values[change!.at] = share(Math.floor(Math.abs(differs) * 1_000) / 1_000);
  return { ...sentence, values };
}

/** How one number of a sentence differs from another, as a share. */
function changeOf(values: readonly Value[], { from, to }: NonNullable<Places['change']>): number {
  const [before, after] = [numberIn(values[from]), numberIn(values[to])];
  return before === 0 ? 0 : (after - before) / before;
}

/** A number, or the first one of a sentence about it. */
function numberIn(value: Value | undefined): number {
  if (typeof value !== 'object' || !('values' in value)) return Number(value);
  return Number(value.values.find((number) => typeof number === 'number'));
}

/** The change that a sentence tells, or one in it. */
function changeIn(sentence: Sentence | null | undefined, own: boolean): number | undefined {
  if (!sentence) return undefined;
  if ('sentences' in sentence) {
    return sentence.sentences.map((part) => changeIn(part, own)).find((change) => change !== undefined);
  }
  const { change } = countsInSentences[sentence.template] ?? {};
  const shown = sentenceInTens(sentence, own);
  if (change && 'values' in shown) return changeOf(shown.values, change);
  return sentence.values
    .map((value) =>
      typeof value === 'object' && ('template' in value || 'sentences' in value) ? changeIn(value, own) : undefined,
    )
    .find((found) => found !== undefined);
}
