/** What jobs that wait for their data look at in their sources, and what they see there. */
import type { StoredJob } from '../../../contracts/job-store.ts';
import type { JobState } from '../../../contracts/jobs.ts';
import { findProvider } from '../../../contracts/providers/index.ts';
import type { Watched } from '../../../contracts/watched.ts';
import { type FieldError, LineupError } from '../../../domain/errors/errors.ts';
import type { Actor } from '../../../domain/people/people.ts';
import { looksAtTheSame, type Trigger, triggerOf } from '../../../domain/schedule/triggers/index.ts';
import { fieldError } from '../../../domain/text/localized.ts';
import { joinSentences, moment, type Sentence, sentence, sentenceOf } from '../../../domain/text/sentence.ts';
import { timingOf } from '../../../jobs/timing.ts';
import type { PlannedLook, TriggerLook } from '../../../store/repositories/trigger-looks.ts';
import type { UseCaseDeps } from '../../deps.ts';
import type { Initiator } from '../../sources/quarantine.ts';
import { type CountedLook, countQueryLook } from '../../sources/query-looks.ts';
import { withTimeout } from '../../sources/registry.ts';
import { type SourceRef, sourceRefOf } from '../../sources/source-ref.ts';
import type { Triggered } from './kind.ts';

export interface WatchedSource {
  readonly ref: SourceRef;
  readonly watched: Watched;
  /** What is told when something has come. */
  readonly why: Sentence;
}

type OfSource = Pick<StoredJob, 'configuration' | 'sourceAuthorizationId'>;

/** Undefined for a job that waits for something else. */
export function watchedBy(job: OfSource): WatchedSource | undefined {
  const trigger = triggerOf(job.configuration);
  const ref = sourceRefOf(job);
  switch (trigger?.kind) {
    case 'object':
      return {
        ref: { ...ref, audienceId: trigger.address ?? ref.audienceId },
        watched: { kind: 'object' },
        why: sentence`A new object has come.`,
      };
    case 'table':
      return { ref, ...watchedTable(trigger) };
    default:
      return undefined;
  }
}

function watchedTable({ column, query }: Extract<Trigger, { kind: 'table' }>): Omit<WatchedSource, 'ref'> {
  if (query !== null) return { watched: { kind: 'query', query }, why: sentence`The query has another value.` };
  return column === null
    ? { watched: { kind: 'metadata' }, why: sentence`The table was changed.` }
    : { watched: { kind: 'column', column }, why: sentence`The column "${column}" has another maximum.` };
}

/** What a look needs. */
export interface SeeDeps extends Pick<UseCaseDeps, 'sleep'> {
  readonly box: Pick<UseCaseDeps['box'], 'digest' | 'matches'>;
  readonly sources: Pick<UseCaseDeps['sources'], 'latest'>;
}

/** Separates the digests of what triggers have seen from others. */
const PURPOSE = 'trigger';

/**
 * What is there now; null when nothing is. Of what may be a value of a member, it is a digest that nobody can test
 * guesses against. A look has 30 seconds.
 * @param before what was seen before. It stays when it is there still, also when it was digested with another key
 * @throws {LineupError} `source_*`; `not_found` for a deleted authorization
 */
export async function seenInSource(
  deps: SeeDeps,
  { ref, watched }: WatchedSource,
  before: string | null,
  by: Initiator,
  signal: AbortSignal,
): Promise<string | null> {
  const there = await deps.sources.latest(ref, watched, by, signal, (work) => withTimeout(deps, signal, work));
  if (there === null || watched.kind === 'object') return there;
  return before !== null && deps.box.matches(before, PURPOSE, there) ? before : deps.box.digest(PURPOSE, there);
}

/** What a job that is saved has seen in its source, and what is wrong with looking there. */
export interface FirstLook {
  readonly problems: readonly FieldError[];
  /** Null for nothing, and for a job that does not look there. */
  readonly inSource: string | null;
  /** Of a query. Whoever saves the job gives it back. */
  readonly counted?: CountedLook;
}

const NOTHING: FirstLook = { problems: [], inSource: null };

interface Look {
  /** The edited job; what it has seen counts on while it looks at the same. */
  readonly before: StoredJob | undefined;
  /** Who saves the job. Undefined when it is only checked: then nothing would tell what a query was asked. */
  readonly savedBy: Actor | undefined;
}

/**
 * Looks for a job that is to be saved. The first run begins later, so it reads all that is seen now.
 * @throws {LineupError} `too_many_requests` for a query
 */
export async function firstLook(
  deps: Pick<UseCaseDeps, 'authorizations' | 'box' | 'db' | 'now' | 'sleep' | 'sources'>,
  job: OfSource,
  { before, savedBy }: Look,
  signal: AbortSignal,
): Promise<FirstLook> {
  const watched = watchedBy(job);
  if (!watched || (before && looksAtTheSame(timingOf(before), timingOf(job)))) return NOTHING;
  const path = pathOf(job);
  const { authorizationId } = watched.ref;
  const isQuery = watched.watched.kind === 'query';
  const look = { kind: 'trigger', fields: [] } as const;
  const counted = isQuery && savedBy ? await countQueryLook(deps, savedBy, authorizationId, look) : undefined;
  try {
    const provider = authorizationId === null ? 'files' : await deps.authorizations.providerOf(authorizationId);
    if (!findProvider(provider)?.source?.watches?.includes(watched.watched.kind)) {
      return { problems: [fieldError('configuration.trigger', UNWATCHED[watched.watched.kind])], inSource: null };
    }
    const asked = { ...watched, watched: { ...watched.watched, ...(isQuery && !savedBy && { isOnlyChecked: true }) } };
    const inSource = await seenInSource(deps, asked, null, 'person', signal);
    return { problems: [], inSource, ...(counted && { counted }) };
  } catch (error) {
    if (!(error instanceof LineupError) || signal.aborted) throw error;
    return { problems: [fieldError(path, sentenceOf(error))], inSource: null };
  }
}

const NO_TABLE = sentence`Only a table of a database, as PostgreSQL, MySQL, BigQuery or Snowflake, can tell of changes. Choose another trigger.`;

const UNWATCHED: Readonly<Record<Watched['kind'], Sentence>> = {
  column: NO_TABLE,
  query: NO_TABLE,
  metadata: sentence`Only BigQuery and Snowflake know when a table was changed. Choose a column or a query.`,
  object: sentence`Only a source of objects, as Amazon S3 or Google Cloud Storage, can tell of a new object. Choose another trigger.`,
};

/** The field of what is looked at. */
function pathOf({ configuration }: OfSource): string {
  const trigger = triggerOf(configuration);
  const key =
    trigger?.kind === 'object'
      ? trigger.address && 'address'
      : trigger?.kind === 'table' && ((trigger.column && 'column') || (trigger.query && 'query'));
  return ['configuration.trigger', ...(key ? [key] : [])].join('.');
}

/** What is told of the looks at the source of a job. */
export function describeLook(look: PlannedLook | undefined, { status, slot }: JobState): Triggered {
  const { lookedAt = null, failing = null, found = null, nextAt } = look ?? {};
  // As `jobsToLook` has it.
  const isLookedAt = (status === 'sleeping' || status === 'runnable') && slot === null;
  return {
    view: {
      looked_at: lookedAt?.toISOString() ?? null,
      found,
      next_look_at: (isLookedAt && nextAt?.toISOString()) || null,
      failing_since: failing?.since.toISOString() ?? null,
    },
    warnings: failing ? [fieldError('configuration.trigger', couldNotLook(failing))] : [],
  };
}

const couldNotLook = ({ since, problem }: NonNullable<TriggerLook['failing']>): Sentence =>
  joinSentences(
    sentence`Since ${moment(since)}, Lineup could not look whether something new has come. It goes on trying.`,
    sentenceOf(problem),
  );
