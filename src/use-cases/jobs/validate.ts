/**
 * Validates a job before it is saved: the authorizations, the source and its fields, the ad account, the audiences. It
 * reports all problems at once, each at its key, and only reads.
 */
import type { NewJob } from '../../contracts/jobs.ts';
import { destinationOfJob, destinations } from '../../domain/destinations/index.ts';
import { type ErrorCode, type FieldError, LineupError } from '../../domain/errors/errors.ts';
import { deliveriesIn, pathOfDelivery } from '../../domain/jobs/audiences.ts';
import { destinationProblems } from '../../domain/jobs/destination-rules.ts';
import { configurationWarnings } from '../../domain/jobs/member-days.ts';
import type { Actor } from '../../domain/people/people.ts';
import { fieldError, wrongValues } from '../../domain/text/localized.ts';
import { asSentence, sentence, sentenceOf } from '../../domain/text/sentence.ts';
import type { UseCaseDeps } from '../deps.ts';
import { destinationWith, interactive } from '../destinations.ts';
import type { CountedLook } from '../sources/query-looks.ts';
import { sourceProblems, type WantedSource } from '../sources/source-problems.ts';
import { sourceRefOf } from '../sources/source-ref.ts';
import { splitProblems } from '../split/problems.ts';
import { listProblems } from '../suppression-lists/of-job.ts';
import { timeLimit } from '../time-limit.ts';
import { unlessNotFound, uploadProblems } from '../uploads/of-job.ts';
import { audienceProblems, type Validated } from './audience-problems.ts';
import { movedFromProblems } from './moved-from.ts';
import { triggerProblems } from './triggers/index.ts';
import { firstLook } from './triggers/source.ts';

/** How long saving a job may wait for LINE and the source. */
const CHECK_MS = 60_000;

/** @throws {LineupError} `line_*` when LINE does not answer, because the job then cannot be validated */
export const problemsOf = async (deps: UseCaseDeps, job: Validated, signal: AbortSignal): Promise<FieldError[]> =>
  (await checksOf(deps, job, signal)).problems;

interface Checks {
  readonly problems: FieldError[];
  /** What its trigger sees in its source, if it looks there. */
  readonly inSource: string | null;
  /** Of the query of its trigger. */
  readonly counted?: CountedLook | undefined;
}

async function checksOf(deps: UseCaseDeps, job: Validated, signal: AbortSignal): Promise<Checks> {
  const { asksLine = true, readsSource = true } = job;
  const taken = destinationProblems(destinationOfJob(job.input.type), job.input.configuration);
  const trigger = { id: job.existing?.before.id, planned: job.planned, waits: job.waits };
  const { configuration, source_authorization_id: sourceAuthorizationId } = job.input;
  const look = { before: job.existing?.before, savedBy: job.savedBy };
  const [moved, split, triggers, looked, upload, source, lists, line] = await Promise.all([
    movedFromProblems(deps.db, job.input),
    splitProblems(deps.db, job),
    triggerProblems(deps.db, job.input, trigger),
    readsSource
      ? firstLook(deps, { configuration, sourceAuthorizationId }, look, signal)
      : { problems: [], inSource: null, counted: undefined },
    uploadProblems(deps.db, job.input),
    readsSource ? sourceProblems(deps, sourceOf(job.input), signal) : [],
    listProblems(deps.db, job.input, job.lists),
    asksLine ? audiencesAtDestination(deps, job, signal) : [],
  ]);
  const { problems, inSource, counted } = looked;
  return {
    problems: [...moved, ...split, ...taken, ...line, ...upload, ...source, ...lists, ...triggers, ...problems],
    inSource,
    counted,
  };
}

const sourceOf = ({ source_authorization_id, configuration }: Validated['input']): WantedSource => ({
  ref: sourceRefOf({ sourceAuthorizationId: source_authorization_id, configuration }),
  fields: [
    ...deliveriesIn(configuration).map(({ id_field }, n) => ({
      name: id_field,
      path: `${pathOfDelivery(n)}.id_field`,
    })),
    ...(configuration.split ? [{ name: configuration.split.column, path: 'configuration.split.column' }] : []),
  ],
  paths: {
    audience: 'configuration.segment_id',
    options: 'configuration.file_options',
    ...(configuration.hash_in_database && { hashing: 'configuration.hash_in_database' }),
  },
});

/** What is unwise in a job. It is saved all the same. */
export const warningsOf = ({ type, configuration }: Pick<NewJob, 'type' | 'configuration'>): FieldError[] => {
  const traits = destinations.find(({ jobType }) => jobType === type);
  return traits ? configurationWarnings(traits, configuration) : [];
};

/** @throws {LineupError} `invalid_argument` with every problem; as `problemsOf` */
export async function assertValid(
  deps: UseCaseDeps,
  job: Validated & { readonly savedBy: Actor },
): Promise<Omit<Checks, 'problems'>> {
  const limit = timeLimit(deps, CHECK_MS);
  const { problems, ...seen } = await checksOf(deps, job, limit.signal).finally(limit.end);
  assertNone(problems);
  return seen;
}

async function audiencesAtDestination(deps: UseCaseDeps, job: Validated, signal: AbortSignal): Promise<FieldError[]> {
  const { authorization_id } = job.input;
  const provider = await deps.authorizations.providerOf(authorization_id).catch(unlessNotFound);
  if (provider === undefined)
    return [fieldError('authorization_id', sentence`This authorization was deleted. Choose another one.`)];
  const { id, label } = destinationOfJob(job.input.type);
  if (provider !== id) {
    return [fieldError('authorization_id', sentence`Choose an authorization of ${asSentence(label)}.`)];
  }
  const destination = await destinationWith(deps.destinations, authorization_id, interactive);
  try {
    return await audienceProblems(deps, destination, job, signal);
  } catch (error) {
    const path = error instanceof LineupError ? fieldsOfFailures[error.code] : undefined;
    if (path === undefined) throw error;
    return [fieldError(path, sentenceOf(error as LineupError))];
  }
}

/** The field that a refusal of the destination is about. */
const fieldsOfFailures: Readonly<Partial<Record<ErrorCode, string>>> = {
  line_unauthorized: 'authorization_id',
  line_clock_skewed: 'authorization_id',
  line_forbidden: 'configuration.adaccount_id',
  line_rejected: 'configuration.adaccount_id',
};

function assertNone(problems: readonly FieldError[]): void {
  if (problems.length > 0) throw wrongValues(problems);
}
