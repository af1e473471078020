/** Who comes back into live audiences when a plan is applied. A person must have seen the numbers. */

import type { SuppressionList } from '../../domain/audiences/suppression-lists.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type LetIn as Found, letInByDeletion, letInByJob, letInByList } from '../../domain/jobs/let-in.ts';
import { inEnglish } from '../../domain/text/sentence.ts';
import { chosenIds, type Plan, type Step } from '../../plan/plan.ts';
import type { ApiClient } from '../api/client.ts';
import { number } from '../output.ts';

/** For each of these steps. Empty when nobody comes back. */
export type LetIn = ReadonlyMap<Step, StepLetIn>;

interface StepLetIn {
  readonly members: number;
  readonly message: string;
}

/** @param lists those of the service */
export async function letInOf(client: ApiClient, { steps }: Plan, lists: readonly SuppressionList[]): Promise<LetIn> {
  const idOf = new Map(lists.map(({ id, name }) => [name, id]));
  const found = new Map<Step, StepLetIn>();
  for (const step of steps) {
    const stepLetIn = await letInOfStep(client, step, idOf);
    if (stepLetIn) found.set(step, stepLetIn);
  }
  return found;
}

async function letInOfStep(
  client: ApiClient,
  step: Step,
  listIdOf: ReadonlyMap<string, string>,
): Promise<StepLetIn | undefined> {
  if (step.kind === 'job' && step.action === 'change') {
    const { left_out, configuration: before } = step.existing;
    const after = { ...step.wanted.configuration, suppression_lists: chosenIds(step, listIdOf) };
    return asText(letInByJob(left_out, before, after, step.deliveries));
  }
  if (step.kind !== 'suppression list' || step.action === 'create') return undefined;
  const { id } = step.existing;
  const view = await client.call('GET /suppression-lists/:id', { params: { id } });
  return asText(step.action === 'change' ? letInByList(view, step.wanted) : letInByDeletion(view));
}

const asText = (found: Found | undefined): StepLetIn | undefined =>
  found && { members: found.members, message: inEnglish(found.what) };

/** @param confirmed by the flag @throws {LineupError} `invalid_argument` unless a person has confirmed the number */
export function assertLetIn(letIn: LetIn, confirmed: number | undefined): void {
  const members = [...letIn.values()].reduce((sum, stepLetIn) => sum + stepLetIn.members, 0);
  if (letIn.size === 0 || confirmed === members) return;
  throw new LineupError(
    'invalid_argument',
    `This plan changes who is kept out of live audiences, and ${number(members)} members come back. Nothing was changed. If you want that, confirm it with --let-in ${members}.`,
  );
}
