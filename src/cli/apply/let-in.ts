/** Who comes back into audiences when a plan deletes suppression lists that apply to all jobs. A person must have seen the numbers. */
import { LineupError } from '../../contracts/errors.ts';
import { letInBy } from '../../contracts/let-in.ts';
import type { Plan } from '../../plan/plan.ts';
import type { ApiClient } from '../api/client.ts';
import { number } from '../output.ts';

/** For each list by its id. Empty when nobody comes back. */
export type LetIn = ReadonlyMap<string, { readonly jobs: number; readonly members: number }>;

export async function letInOf(client: ApiClient, { steps }: Plan): Promise<LetIn> {
  const found = new Map<string, { jobs: number; members: number }>();
  for (const step of steps) {
    if (step.kind !== 'suppression list' || step.action !== 'delete') continue;
    const { id, applies_to } = step.existing;
    if (applies_to !== 'all_jobs') continue;
    const { jobs } = await client.call('GET /suppression-lists/:id', { params: { id } });
    if (jobs.length > 0) found.set(id, { jobs: jobs.length, members: letInBy(jobs) });
  }
  return found;
}

/** @param confirmed by the flag @throws {LineupError} `invalid_argument` unless a person has confirmed the number */
export function assertLetIn(letIn: LetIn, confirmed: number | undefined): void {
  const members = [...letIn.values()].reduce((sum, one) => sum + one.members, 0);
  if (letIn.size === 0 || confirmed === members) return;
  throw new LineupError(
    'invalid_argument',
    `This plan deletes suppression lists that apply to all jobs, and ${number(members)} members whom they kept out come back. Nothing was changed. If you want that, confirm it with --let-in ${members}.`,
  );
}
