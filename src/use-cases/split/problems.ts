/** What a job that splits, or is a part of one, must not be given. */
import type { StoredJob } from '../../contracts/job-store.ts';
import type { NewJob } from '../../contracts/jobs.ts';
import type { FieldError } from '../../domain/errors/errors.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { uploadOfSegment } from '../../domain/files/file-names.ts';
import { fixedChanges, givenChanges } from '../../domain/jobs/parts.ts';
import { fieldError } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Db, Tx } from '../../store/database/database.ts';
import { allParts, countSplitJobs, lockSplitJobs } from '../../store/repositories/job-parts.ts';
import { getJobs } from '../../store/repositories/jobs.ts';
import type { Validated } from '../jobs/audience-problems.ts';

/** How many split jobs an installation may have. Together they have at most 5,000 parts. */
const MAX_SPLIT_JOBS = 25;

/** Each problem at its key. */
export async function splitProblems(db: Db, { input, existing }: Validated): Promise<FieldError[]> {
  const before = existing?.before;
  if (!before) return input.configuration.split ? newProblems(input) : [];
  if (before.part) return partProblems(db, input, before);
  const splits = Boolean(input.configuration.split);
  if (splits !== Boolean(before.configuration.split)) {
    return [
      fieldError(
        'configuration.split',
        sentence`Only a new job can begin to fill an audience for each value of a column, and it cannot become a job with one audience. Create another job.`,
      ),
    ];
  }
  if (!splits || (await allParts(db, before.id)).length === 0) return [];
  return fixedChanges(before.configuration, input.configuration).map((path) =>
    fieldError(
      `configuration.${path}`,
      sentence`This job has audiences that were made with the present value. It cannot change any more. Create another job.`,
    ),
  );
}

function newProblems({ audience_id, sibling_audience_ids = [], moved_from }: Validated['input']): FieldError[] {
  const adopts = sentence`A job that fills an audience for each value of a column creates all of them. Leave this empty.`;
  return [
    ...(audience_id ? [fieldError('audience_id', adopts)] : []),
    ...(sibling_audience_ids.some((id) => id !== null) ? [fieldError('sibling_audience_ids', adopts)] : []),
    ...(moved_from === undefined ? [] : [fieldError('moved_from', adopts)]),
  ];
}

async function partProblems(db: Db, input: Validated['input'], before: StoredJob): Promise<FieldError[]> {
  const { configuration } = input;
  const paths = [
    ...(input.authorization_id === before.authorizationId ? [] : ['authorization_id']),
    ...(input.source_authorization_id === null ? [] : ['source_authorization_id']),
    // The file changes with each scan, so a person may have seen an earlier one.
    ...(uploadOfSegment(configuration.segment_id) === undefined ? ['configuration.segment_id'] : []),
    ...givenChanges(before.configuration, configuration).map((path) => `configuration.${path}`),
  ];
  if (paths.length === 0) return [];
  const [owner] = await getJobs(db, [before.part!.of]);
  const why = sentence`This comes from the job "${owner?.name ?? before.part!.of}", which fills this audience with others. Change it there.`;
  return paths.map((path) => fieldError(path, why));
}

/** Bounds the parts of all split jobs together. @throws {LineupError} `action_not_allowed` */
export async function claimSplit(tx: Tx, { configuration }: Pick<NewJob, 'configuration'>): Promise<void> {
  if (!configuration.split) return;
  await lockSplitJobs(tx);
  if ((await countSplitJobs(tx)) < MAX_SPLIT_JOBS) return;
  throw new LineupError(
    'action_not_allowed',
    sentence`There are ${MAX_SPLIT_JOBS} jobs already that fill an audience for each value of a column, and no more are possible. Delete one that you no longer need.`,
  );
}
