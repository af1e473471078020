/** Validates a suppression list before it is saved: its source and fields, and the jobs that it would apply to. */

import { MAX_LISTS } from '../../domain/audiences/requests.ts';
import type { NewSuppressionList } from '../../domain/audiences/suppression-lists.ts';
import type { FieldError } from '../../domain/errors/errors.ts';
import { fieldError, wrongValues } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Db } from '../../store/database/database.ts';
import { choices, jobsExporting } from '../../store/repositories/jobs-of-lists.ts';
import { listSuppressionLists } from '../../store/repositories/suppression-lists.ts';
import type { UseCaseDeps } from '../deps.ts';
import { sourceProblems } from '../sources/source-problems.ts';
import { timeLimit } from '../time-limit.ts';
import { uploadProblemsOfList } from '../uploads/of-list.ts';

/** How long saving a list may wait for its source. */
const CHECK_MS = 40_000;

/**
 * @param id of the list that is changed
 * @throws {LineupError} `invalid_argument` with every problem, each at its key
 */
export async function assertValidList(deps: UseCaseDeps, input: NewSuppressionList, id?: string): Promise<void> {
  const limit = timeLimit(deps, CHECK_MS);
  assertNone(await problemsOfList(deps, input, id, limit).finally(limit.end));
}

/**
 * What is wrong with a list, each problem at its key.
 * @param readsSource whether the source can be read; without its credentials, it is not
 */
export async function problemsOfList(
  deps: UseCaseDeps,
  input: NewSuppressionList,
  id: string | undefined,
  { signal, readsSource = true }: { readonly signal: AbortSignal; readonly readsSource?: boolean },
): Promise<FieldError[]> {
  const ref = {
    authorizationId: input.source_authorization_id,
    audienceId: input.segment_id,
    options: input.file_options,
  };
  const wanted = {
    ref,
    fields: Object.entries(input.fields).map(([type, name]) => ({ name, path: `fields.${type}` })),
    paths: { audience: 'segment_id', options: 'file_options' },
  };
  const [source, stored] = await Promise.all([
    readsSource ? sourceProblems(deps, wanted, signal) : [],
    storedProblems(deps.db, input, id),
  ]);
  return [...source, ...stored];
}

/** What the database alone shows. It is checked again in the transaction that saves the list. */
export async function storedProblems(db: Db, input: NewSuppressionList, id: string | undefined): Promise<FieldError[]> {
  return [
    ...(await audienceProblems(db, input, id)),
    ...(await countProblems(db, input, id)),
    ...(await uploadProblemsOfList(db, input)),
  ];
}

export function assertNone(problems: readonly FieldError[]): void {
  if (problems.length > 0) throw wrongValues(problems);
}

/** A list with exactly the members of a job would leave nobody in its audience. */
async function audienceProblems(
  db: Db,
  { source_authorization_id, segment_id, fields, applies_to }: NewSuppressionList,
  id: string | undefined,
): Promise<FieldError[]> {
  const exporting = await jobsExporting(db, {
    authorizationId: source_authorization_id,
    audienceId: segment_id,
  });
  const [job] = exporting.filter(
    ({ type, field, chosen }) =>
      fields[type] === field && (applies_to === 'all_jobs' || (id !== undefined && chosen.includes(id))),
  );
  if (!job) return [];
  return [
    fieldError(
      'segment_id',
      sentence`The job "${job.name}" exports exactly this audience and field, so nobody would be left in its audience. Choose another audience.`,
    ),
  ];
}

/** No job may get more lists than one job can have. */
async function countProblems(
  db: Db,
  { applies_to }: NewSuppressionList,
  id: string | undefined,
): Promise<FieldError[]> {
  if (applies_to === 'chosen_jobs') return [];
  const others = (await listSuppressionLists(db)).filter((list) => list.id !== id);
  const always = others.filter((list) => list.applies_to === 'all_jobs').length + 1;
  const offered = new Set(others.filter((list) => list.applies_to === 'chosen_jobs').map((list) => list.id));
  if (always > MAX_LISTS) {
    return [
      fieldError(
        'applies_to',
        sentence`At most ${MAX_LISTS} suppression lists can apply to all jobs. Let the jobs choose this one.`,
      ),
    ];
  }
  const full = (await choices(db)).find(
    ({ chosen }) => always + chosen.filter((list) => offered.has(list)).length > MAX_LISTS,
  );
  if (!full) return [];
  return [
    fieldError(
      'applies_to',
      sentence`The job "${full.name}" would get more than ${MAX_LISTS} suppression lists. Let the jobs choose this one, or choose fewer in that job.`,
    ),
  ];
}
