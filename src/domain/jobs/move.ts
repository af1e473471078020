/**
 * What a job becomes at the destination that takes over the audiences of its own, as LY Ads those of LINE Ads: its
 * configuration there, what it keeps, what is different, and what a person still has to choose. Pure.
 */
import type { IfaKind } from '../audiences/requests.ts';
import { unusedName } from '../audiences/sibling-names.ts';
import { ifaFormatsOf, mayShare } from '../destinations/index.ts';
import type { DestinationTraits } from '../destinations/traits.ts';
import type { FieldError } from '../errors/errors.ts';
import { scheduleOf } from '../schedule/schedule.ts';
import { triggerOf } from '../schedule/triggers/index.ts';
import { fieldError } from '../text/localized.ts';
import { asSentence, joinSentences, listed, type Sentence, sentence } from '../text/sentence.ts';
import { type Delivery, deliveriesIn } from './audiences.ts';
import { hashingProblem, type JobConfiguration } from './configuration.ts';
import { destinationProblems } from './destination-rules.ts';
import { suggestedDays } from './member-days.ts';

/** What a job may have, and keeps. */
export const keptParts = [
  'source',
  'identifiers',
  'schedule',
  'suppression_lists',
  'hold_out',
  'alerts',
  'tags',
  'description',
] as const;
export type KeptPart = (typeof keptParts)[number];

/** What is different, as a program can tell it. */
export const moveNotes = [
  'moved_before',
  'job_stays',
  'new_audience',
  'leaves_by_age',
  'shrink_warns',
  'one_audience',
  'raw_ids',
  'hashes_elsewhere',
  'few_rows',
  'history_stays',
] as const;
export interface MoveNote {
  readonly code: (typeof moveNotes)[number];
  readonly text: Sentence;
}

export interface MovedJob {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly configuration: JobConfiguration;
  /** The names of the audiences, in the order of the identifiers. Null for one that nobody knows. */
  readonly audienceNames: readonly (string | null)[];
  /** How many members its last run found; null when none is known. */
  readonly members: number | null;
  /** What it was moved to before. */
  readonly movedTo: readonly { readonly name: string }[];
}

export interface MoveChoices {
  /** The ad account. */
  readonly account?: string | undefined;
  readonly memberDays?: number | undefined;
  /** What the advertising ids are. */
  readonly ifaKind?: IfaKind | undefined;
  /** Each identifier fills an audience of its own, also where several may fill one. */
  readonly apart?: boolean | undefined;
}

export interface Move {
  readonly name: string;
  /** Without an ad account while nobody has chosen one. */
  readonly configuration: JobConfiguration;
  readonly keeps: readonly KeptPart[];
  readonly notes: readonly MoveNote[];
  readonly missing: readonly FieldError[];
}

type MoveTo = Pick<
  DestinationTraits,
  'label' | 'identifiers' | 'name' | 'sharing' | 'leaving' | 'modes' | 'file' | 'lifeDays'
>;

/** @param to the destination that takes over the audiences of `from` */
export function moveOf(
  job: MovedJob,
  from: Pick<DestinationTraits, 'label' | 'modes'>,
  to: MoveTo,
  choices: MoveChoices = {},
): Move {
  const { member_days: _, ...before } = job.configuration;
  const [first, ...others] = movedDeliveries(job, to, choices);
  const { shares: __, ...delivery } = first!;
  const configuration: JobConfiguration = {
    ...before,
    ...delivery,
    adaccount_id: choices.account ?? '',
    siblings: others.map(({ adaccount_id: ___, ...sibling }) => sibling),
    hash_in_database: before.hash_in_database && hashingProblem([first!, ...others]) === undefined,
    ...(to.leaving.by === 'age' && {
      member_days: choices.memberDays ?? suggestedDays(to.leaving.days, job.configuration),
    }),
  };
  return {
    name: nameAt(to, job),
    configuration,
    keeps: keptBy(job),
    notes: notesOf(job, from, to, configuration),
    missing: [
      ...(choices.account === undefined
        ? [fieldError('configuration.adaccount_id', sentence`Choose the ad account.`)]
        : []),
      ...destinationProblems(to, configuration),
    ],
  };
}

/** The longest name of a job, in characters. */
const MAX_NAME = 200;

/** Another name than those of its earlier moves: a configuration file tells jobs apart by their names. */
function nameAt({ label }: Pick<MoveTo, 'label'>, { name, movedTo }: MovedJob): string {
  for (let n = 1; ; n += 1) {
    const ending = n === 1 ? ` (${label})` : ` (${label} ${n})`;
    const found = `${[...name].slice(0, MAX_NAME - ending.length).join('')}${ending}`;
    if (movedTo.every((moved) => moved.name !== found)) return found;
  }
}

/** Its identifiers at the destination, each with the name of its audience. */
function movedDeliveries(job: MovedJob, to: MoveTo, { ifaKind, apart = false }: MoveChoices): Delivery[] {
  const named = deliveriesIn(job.configuration).map((delivery, n) => ({
    delivery,
    known: job.audienceNames[n] ?? delivery.audience_name,
  }));
  const taken: string[] = [];
  return sharingFirst(named, to, apart).map(({ delivery, known }, n, [main]) => {
    const { identifier_type, id_field, default_country, ifa_kind } = delivery;
    const isIfa = identifier_type === 'ifa';
    const kind = isIfa && to.identifiers.ifa?.kinds ? (ifa_kind ?? ifaKind) : undefined;
    const shares = n > 0 && !apart && mayShare(to, main!.delivery.identifier_type, identifier_type);
    const moved = {
      adaccount_id: '',
      audience_id: null,
      audience_name: shares ? null : audienceNameAt(to, identifier_type, known, taken, job.name),
      identifier_type,
      id_field,
      default_country,
      ifa_format: isIfa ? ifaFormatAt(to, delivery.ifa_format) : ('sha256' as const),
      ...(kind && { ifa_kind: kind }),
      ...(shares && { shares: true }),
    };
    if (moved.audience_name !== null) taken.push(moved.audience_name);
    return moved;
  });
}

/** The first identifier is the one whose audience others share, so the first that others can share goes there. */
function sharingFirst<Named extends { readonly delivery: Delivery }>(
  named: readonly Named[],
  { sharing }: Pick<MoveTo, 'sharing'>,
  apart: boolean,
): Named[] {
  const together = named.filter(({ delivery }) => sharing.includes(delivery.identifier_type));
  const main = apart || together.length < 2 ? undefined : together[0];
  return main ? [main, ...named.filter((other) => other !== main)] : [...named];
}

const ifaFormatAt = (to: Pick<MoveTo, 'identifiers'>, format: Delivery['ifa_format']): Delivery['ifa_format'] => {
  const formats = ifaFormatsOf(to);
  return formats.includes(format) ? format : (formats[0] ?? format);
};

function audienceNameAt(
  { name: { maxLength } }: Pick<MoveTo, 'name'>,
  type: Delivery['identifier_type'],
  known: string | null,
  taken: readonly string[],
  job: string,
): string {
  const name = [...(known ?? taken[0] ?? job)].slice(0, maxLength).join('').trim();
  return taken.includes(name) ? unusedName(name, type, taken, maxLength) : name;
}

function keptBy({ configuration, tags, description }: MovedJob): KeptPart[] {
  const { suppression_lists, hold_out, alerts } = configuration;
  const has: Readonly<Record<KeptPart, boolean>> = {
    source: true,
    identifiers: true,
    schedule: scheduleOf(configuration) !== undefined || triggerOf(configuration) !== undefined,
    suppression_lists: suppression_lists.length > 0,
    hold_out: hold_out !== null,
    alerts: Object.keys(alerts ?? {}).length > 0,
    tags: tags.length > 0,
    description: description !== '',
  };
  return keptParts.filter((part) => has[part]);
}

function notesOf(
  job: MovedJob,
  from: Pick<DestinationTraits, 'label' | 'modes'>,
  to: MoveTo,
  after: JobConfiguration,
): MoveNote[] {
  const there = asSentence(to.label);
  const here = asSentence(from.label);
  const before = deliveriesIn(job.configuration);
  const deliveries = deliveriesIn(after);
  const shared = deliveries.filter(({ shares }) => shares).map((delivery) => delivery.identifier_type);
  const hashed = before.some(({ identifier_type, ifa_format }) => identifier_type === 'ifa' && ifa_format !== 'raw');
  const isRaw = hashed && deliveries.some(({ ifa_format }) => ifa_format === 'raw');
  const noMoreReplaces = from.modes.includes('replace') && !to.modes.includes('replace');
  const notes: Record<MoveNote['code'], Sentence | false> = {
    moved_before:
      job.movedTo.length > 0 &&
      sentence`This job was moved before. There are already: ${listed(job.movedTo.map(({ name }) => name))}.`,
    job_stays: sentence`The job "${job.name}" stays as it is, and goes on filling its audience at ${here}. Pause it when your campaigns use the new list.`,
    new_audience: sentence`${there} gets a new list, which begins empty. The audience at ${here} stays, and your campaigns use it until you choose the new list in them.`,
    leaves_by_age:
      after.member_days !== undefined &&
      joinSentences(
        sentence`At ${there}, nobody can be removed. Who is no longer sent leaves the list ${after.member_days} days after the last time.`,
        sentence`This is also true for people on a suppression list.`,
      ),
    shrink_warns: noMoreReplaces && sentence`A run that sends fewer members than before is not stopped. It warns.`,
    one_audience:
      shared.length > 0 &&
      sentence`These identifiers fill one list together: ${listed([after.identifier_type, ...shared])}.`,
    raw_ids:
      isRaw && sentence`${there} takes advertising IDs only as they are. Check that their field holds no hashes.`,
    hashes_elsewhere:
      job.configuration.hash_in_database &&
      !after.hash_in_database &&
      sentence`Advertising IDs are not hashed, so the database of the source does not hash the identifiers any more.`,
    few_rows:
      job.members !== null &&
      job.members < to.file.minRecords &&
      sentence`The last run had too few members. ${there} takes no fewer than ${to.file.minRecords} of each identifier in one run.`,
    history_stays: sentence`Runs, sizes and alerts so far stay with the job "${job.name}". Each of the two jobs links to the other.`,
  };
  return moveNotes.flatMap((code) => {
    const text = notes[code];
    return text ? [{ code, text }] : [];
  });
}
