/** The link between a job and what it became at another destination. */
import type { StoredJob } from '../../contracts/job-store.ts';
import type { JobView, NewJob } from '../../contracts/jobs.ts';
import { destinationOfJob, successorsOf } from '../../domain/destinations/index.ts';
import type { FieldError } from '../../domain/errors/errors.ts';
import { fieldError } from '../../domain/text/localized.ts';
import { asSentence, sentence } from '../../domain/text/sentence.ts';
import type { Db, Tx } from '../../store/database/database.ts';
import { getJob, getJobs, movesFrom } from '../../store/repositories/jobs.ts';
import { unlessNotFound } from '../uploads/of-job.ts';

/** A new job must not point to any other one: only where one destination takes over from the other. */
export async function movedFromProblems(
  db: Db,
  { type, moved_from }: Pick<NewJob, 'type' | 'moved_from'>,
): Promise<FieldError[]> {
  if (moved_from === undefined) return [];
  const before = await getJob(db, moved_from).catch(unlessNotFound);
  if (!before)
    return [fieldError('moved_from', sentence`The job that is to be moved was deleted. Create a new job instead.`)];
  const { id, label } = destinationOfJob(type);
  const from = destinationOfJob(before.type);
  if (successorsOf(from.id).some((successor) => successor.id === id)) return [];
  return [
    fieldError(
      'moved_from',
      sentence`A job of ${asSentence(from.label)} cannot be moved to ${asSentence(label)}. Leave this empty.`,
    ),
  ];
}

/** The job that goes on as a new one, for the audit log. */
export async function movedFromDetail(tx: Tx, { moved_from: id }: NewJob) {
  if (id === undefined) return undefined;
  const [before] = await getJobs(tx, [id]);
  return { moved_from: before ? `${before.name} (${id})` : id };
}

/** The jobs that these went on as at another destination, and those that went on as these. */
export async function linksOf(db: Db, jobs: readonly StoredJob[]) {
  const ids = jobs.map((job) => job.id);
  const before = jobs.flatMap(({ movedFrom }) => (movedFrom ? [movedFrom.id] : []));
  const present = new Map((await getJobs(db, before)).map(({ id, name }) => [id, name]));
  const moves = await movesFrom(db, ids);
  return ({ id, movedFrom }: StoredJob): Pick<JobView, 'moved_from' | 'moved_to'> => ({
    moved_from: movedFrom && {
      id: movedFrom.id,
      name: present.get(movedFrom.id) ?? movedFrom.name,
      exists: present.has(movedFrom.id),
    },
    moved_to: moves.filter(({ from }) => from === id).map(({ to }) => to),
  });
}
