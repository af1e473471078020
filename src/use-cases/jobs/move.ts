/** What a job becomes at the destination that takes over the audiences of its own. Nothing is created here. */

import type { JobMove, JobMoveQuery } from '../../contracts/job-move.ts';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { NewJob } from '../../contracts/jobs.ts';
import { destinationOfJob, successorsOf } from '../../domain/destinations/index.ts';
import type { DestinationTraits } from '../../domain/destinations/traits.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { moveOf } from '../../domain/jobs/move.ts';
import { wrongValue } from '../../domain/text/localized.ts';
import { asSentence, joinSentences, listed, localized, type Sentence, sentence } from '../../domain/text/sentence.ts';
import { assertReadable } from '../../jobs/readable.ts';
import type { Db } from '../../store/database/database.ts';
import { getJob, getJobs, movesFrom } from '../../store/repositories/jobs.ts';
import { lastRun } from '../../store/repositories/runs.ts';
import type { UseCaseDeps } from '../deps.ts';
import { unlessNotFound } from '../uploads/of-job.ts';
import { warningsOf } from './validate.ts';

/**
 * @throws {LineupError} `not_found`; `data_newer`; `action_not_allowed` for a split job and its parts;
 * `invalid_argument` for an authorization of another destination
 */
export async function jobMoveOf(
  { db, authorizations }: Pick<UseCaseDeps, 'db' | 'authorizations'>,
  id: string,
  { authorization_id, adaccount_id, member_days, ifa_kind, own_lists }: JobMoveQuery,
): Promise<JobMove> {
  const job = await getJob(db, id);
  assertReadable(job);
  if (job.part || job.configuration.split) throw new LineupError('action_not_allowed', await whyTogether(db, job));
  const from = destinationOfJob(job.type);
  const provider = await authorizations.providerOf(authorization_id).catch(unlessNotFound);
  const to = successorsOf(from.id).find((successor) => successor.id === provider);
  if (!to) throw wrongValue('authorization_id', whyNot(from, provider));
  const last = (await lastRun(db, id))?.summary;
  const found = moveOf(
    {
      ...job,
      audienceNames: [last, ...(last?.siblings ?? [])].map((part) => part?.audience_name ?? null),
      members: last?.unique ?? null,
      movedTo: (await movesFrom(db, [id])).map((move) => move.to),
    },
    from,
    to,
    { account: adaccount_id, memberDays: member_days, ifaKind: ifa_kind, apart: own_lists },
  );
  const { name, configuration, keeps, notes, missing } = found;
  const moved = {
    type: to.jobType as NewJob['type'],
    name,
    description: job.description,
    tags: [...job.tags],
    authorization_id,
    source_authorization_id: job.sourceAuthorizationId,
    configuration,
    paused: true,
    moved_from: id,
  };
  return {
    job: moved,
    keeps,
    notes: notes.map(({ code, text }) => ({ code, ...localized(text) })),
    missing,
    warnings: warningsOf(moved),
  };
}

async function whyTogether(db: Db, { part }: StoredJob): Promise<Sentence> {
  const [owner] = part ? await getJobs(db, [part.of]) : [];
  const instead = sentence`Create a new job there that fills an audience for each value of the same column, and terminate the old one when its audiences are filled.`;
  return part
    ? joinSentences(
        sentence`This job fills one of the audiences of the job "${owner?.name ?? part.of}", so it cannot be moved.`,
        instead,
      )
    : joinSentences(sentence`A job that fills an audience for each value of a column cannot be moved.`, instead);
}

function whyNot({ id, label }: DestinationTraits, provider: string | undefined): Sentence {
  if (provider === undefined) return sentence`This authorization was deleted. Choose another one.`;
  const successors = successorsOf(id);
  return successors.length === 0
    ? sentence`Jobs of ${asSentence(label)} cannot be moved: no destination takes over its audiences.`
    : sentence`Choose an authorization of ${listed(successors.map((successor) => asSentence(successor.label)))}.`;
}
