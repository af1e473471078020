/** Whom a change of a split job lets into the audiences of its parts. */
import type { StoredJob } from '../../contracts/job-store.ts';
import { deliveriesAfter } from '../../domain/jobs/audiences.ts';
import type { JobConfiguration } from '../../domain/jobs/configuration.ts';
import { type LetIn, letInByJob } from '../../domain/jobs/let-in.ts';
import { changedAlong } from '../../domain/jobs/parts.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Db } from '../../store/database/database.ts';
import { allParts } from '../../store/repositories/job-parts.ts';
import { leftOutOf } from '../jobs/left-out.ts';

/** Undefined when it lets nobody in. Somebody who comes into two audiences counts twice. */
export async function letInByParts(
  db: Db,
  { id, configuration: before }: StoredJob,
  after: JobConfiguration,
): Promise<LetIn | undefined> {
  const parts = await allParts(db, id);
  const leftOut = await leftOutOf(
    db,
    parts.map((part) => part.id),
  );
  const found = parts.flatMap((part) => {
    const configuration = changedAlong(part.configuration, before, after);
    const deliveries = deliveriesAfter(part, configuration, false);
    return letInByJob(leftOut.get(part.id) ?? null, part.configuration, configuration, deliveries) ?? [];
  });
  if (found.length === 0) return undefined;
  const members = found.reduce((sum, part) => sum + part.members, 0);
  return {
    members,
    what: sentence`The change concerns ${found.length} audiences of this job. About ${members} members who were kept out of them come in with the next runs.`,
  };
}
