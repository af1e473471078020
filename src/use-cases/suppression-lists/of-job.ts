/** Checks the suppression lists of a job. */

import type { NewJob } from '../../contracts/jobs.ts';
import { MAX_LISTS } from '../../domain/audiences/requests.ts';
import type { FieldError } from '../../domain/errors/errors.ts';
import { deliveriesIn } from '../../domain/jobs/audiences.ts';
import { fieldError, wrongValues } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Db, Tx } from '../../store/database/database.ts';
import { type ListDefinition, listSuppressionLists, lockLists } from '../../store/repositories/suppression-lists.ts';

type Asked = Pick<NewJob, 'source_authorization_id' | 'configuration'>;

const CHOICE = 'configuration.suppression_lists';

/**
 * What is wrong with the lists that would apply to a job.
 * @param lists of the installation; @default those that are saved
 */
export async function listProblems(db: Db, job: Asked, lists?: readonly ListDefinition[]): Promise<FieldError[]> {
  const chosen = job.configuration.suppression_lists;
  const all = lists ?? (await listSuppressionLists(db));
  const missing = chosen.filter((id) => all.every((list) => list.id !== id));
  const applying = all.filter(({ id, applies_to }) => applies_to === 'all_jobs' || chosen.includes(id));
  return [
    ...missing.map((id) =>
      fieldError(
        CHOICE,
        sentence`There is no suppression list "${id}". It may have been deleted. Choose the lists of the job again.`,
      ),
    ),
    ...(applying.length > MAX_LISTS ? [tooMany(applying.length)] : []),
    ...applying
      .filter((list) => isAudienceOf(list, job))
      .map(({ name, applies_to }) =>
        applies_to === 'all_jobs'
          ? fieldError(
              'configuration.segment_id',
              sentence`The suppression list "${name}" is this very audience and applies to all jobs, so nobody would be left in it. Choose another audience.`,
            )
          : fieldError(
              CHOICE,
              sentence`The suppression list "${name}" is the audience of this job, so nobody would be left in it. Choose another list.`,
            ),
      ),
  ];
}

const tooMany = (count: number): FieldError =>
  fieldError(
    CHOICE,
    sentence`${count} suppression lists would apply to this job, with those for all jobs, but at most ${MAX_LISTS} can. Choose fewer.`,
  );

/** Whether the members of the list are those of the job, by one of its identifiers. */
const isAudienceOf = (list: ListDefinition, { source_authorization_id, configuration }: Asked): boolean =>
  list.source_authorization_id === source_authorization_id &&
  list.segment_id === configuration.segment_id &&
  deliveriesIn(configuration).some(({ identifier_type, id_field }) => list.fields[identifier_type] === id_field);

/** Checks again in the transaction that saves the job, where no list changes meanwhile. @throws {LineupError} */
export async function claimLists(tx: Tx, job: Asked): Promise<void> {
  await lockLists(tx, 'save a job');
  const problems = await listProblems(tx, job);
  if (problems.length > 0) throw wrongValues(problems);
}
