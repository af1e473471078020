/** What happens to the parts of a split job when a person changes, ends or deletes it. */
import { isDeepStrictEqual } from 'node:util';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { JobChange } from '../../contracts/jobs.ts';
import { deliveriesAfter } from '../../domain/jobs/audiences.ts';
import { changedAlong, nameOfPart } from '../../domain/jobs/parts.ts';
import { type ActContext, actOn } from '../act.ts';
import { edit } from '../edit.ts';

/** Changes in each part what it has from its split job, in the transaction that changes that. */
export async function changeParts(context: ActContext, before: StoredJob, after: StoredJob): Promise<void> {
  for (const part of await context.tx.lockParts(after.id)) {
    const change = changeOf(part, before, after);
    if (Object.keys(change).length === 0 || part.state.status === 'killed') continue;
    const deliveries = deliveriesAfter(part, change.configuration ?? part.configuration, false);
    await edit(context, { before: part, change, deliveries, inSource: null });
  }
}

function changeOf(part: StoredJob, before: StoredJob, after: StoredJob): Omit<JobChange, 'another_audience'> {
  const configuration = changedAlong(part.configuration, before.configuration, after.configuration);
  const value = part.part?.value ?? '';
  const wasNamed = part.name === nameOfPart(before.name, value);
  const name = nameOfPart(after.name, value);
  return {
    ...(!isDeepStrictEqual(configuration, part.configuration) && { configuration }),
    ...(part.authorizationId !== after.authorizationId && { authorization_id: after.authorizationId }),
    ...(wasNamed && part.name !== name && { name }),
    ...(isDeepStrictEqual(part.tags, before.tags) &&
      !isDeepStrictEqual(part.tags, after.tags) && { tags: [...after.tags] }),
  };
}

/** Terminates the parts of a split job, in the transaction that terminates it. */
export async function terminateParts(context: ActContext, jobId: string): Promise<void> {
  for (const part of await context.tx.lockParts(jobId)) {
    if (part.state.status !== 'killed') await actOn(context, part, { type: 'terminate' });
  }
}
