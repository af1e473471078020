/** A person approves what a job was stopped with, as the page of the job shows it. */

import type { JobView } from '../../src/contracts/jobs.ts';
import type { UseCases } from '../../src/contracts/use-cases.ts';
import { type SuppressionListView, seenSizesOf } from '../../src/domain/audiences/suppression-lists.ts';
import { type SeenJudgement, seenOf } from '../../src/domain/jobs/approvals.ts';
import { aiko, aikoAs } from './service.ts';

/** What the person sees. */
export async function seenIn({ jobs }: Pick<UseCases, 'jobs'>, id: string): Promise<SeenJudgement> {
  const { approval, revision } = await jobs.get(id);
  if (!approval) throw new Error('there is nothing to approve');
  return seenOf(approval, revision);
}

export const approve = async (service: Pick<UseCases, 'jobs'>, id: string): Promise<JobView> =>
  service.jobs.approve(id, await seenIn(service, id), aikoAs('administrator'));

/** A person accepts what a suppression list has, as its page shows it. */
export const acceptSize = async (
  { suppressionLists }: Pick<UseCases, 'suppressionLists'>,
  id: string,
): Promise<SuppressionListView> => suppressionLists.acceptSize(id, seenSizesOf(await suppressionLists.get(id)), aiko);
