/** Applies a plan step by step. When a step is refused, the earlier steps stay done, and the next plan has the rest. */
import { randomUUID } from 'node:crypto';
import { environmentVariable } from '../../config/environment.ts';
import { LineupError } from '../../contracts/errors.ts';
import { type FileAuthorization, type FileJob, variableOf } from '../../plan/file.ts';
import { chosenIds, type Plan, type Running, type Step } from '../../plan/plan.ts';
import type { ApiClient } from '../api/client.ts';
import type { LetIn } from './let-in.ts';
import { nameOf } from './show-plan.ts';

/** Credentials by the label of their authorization. */
type Credentials = ReadonlyMap<string, Record<string, string>>;

/**
 * Reads every credential that the plan needs, before anything is changed.
 * @throws {LineupError} `missing_credentials` withStepName every variable that is not set
 */
export function credentialsFor(plan: Plan): Credentials {
  const missing = new Set<string>();
  const resolved = (value: string): string => {
    const variable = variableOf(value);
    if (variable === undefined) return value;
    const found = environmentVariable(variable);
    if (found === undefined) missing.add(variable);
    return found ?? '';
  };
  const needed = plan.steps.flatMap((step): FileAuthorization[] => {
    if (step.kind !== 'authorization' || step.action === 'delete') return [];
    return step.action === 'create' || step.replaceSecret ? [step.wanted] : [];
  });
  const credentials = new Map(
    needed.map(({ label, configuration }) => [
      label,
      Object.fromEntries(Object.entries(configuration).map(([key, value]) => [key, resolved(value)])),
    ]),
  );
  if (missing.size === 0) return credentials;
  throw new LineupError(
    'missing_credentials',
    `${[...missing].join(' and ')} ${missing.size === 1 ? 'is' : 'are'} not set in the environment, but the plan needs ${missing.size === 1 ? 'it' : 'them'}. Set ${missing.size === 1 ? 'it' : 'them'} and try again.`,
  );
}

/** What the steps of a plan need besides the plan. */
interface Needs {
  readonly credentials: Credentials;
  readonly letIn: LetIn;
}

/** @param onDone called after each step @throws {LineupError} the error of the service, with the name of the step */
export async function carryOut(
  client: ApiClient,
  plan: Plan,
  running: Running,
  { credentials, letIn }: Needs,
  onDone: (step: Step) => void,
): Promise<void> {
  const idOf = new Map(running.authorizations.map(({ id, label }) => [label, id]));
  const listIdOf = new Map(running.suppressionLists.map(({ id, name }) => [name, id]));
  for (const step of plan.steps) {
    try {
      const let_in = letIn.get(step)?.members;
      if (step.kind === 'job') await doJob(client, step, { idOf, listIdOf, let_in });
      else if (step.kind === 'suppression list') await doList(client, step, { idOf, listIdOf, let_in });
      else await doAuthorization(client, step, credentials, idOf);
    } catch (error) {
      throw error instanceof LineupError ? withStepName(step, error) : error;
    }
    onDone(step);
  }
}

async function doAuthorization(
  client: ApiClient,
  step: Extract<Step, { kind: 'authorization' }>,
  credentials: Credentials,
  idOf: Map<string, string>,
): Promise<void> {
  if (step.action === 'delete')
    return client.call('DELETE /authorizations/:id', { params: { id: step.existing.id } });
  const { label, description } = step.wanted;
  const configuration = credentials.get(label);
  if (step.action === 'create') {
    const { provider, method } = step.wanted;
    const body = { provider, method, label, description, configuration: configuration ?? {} };
    const made = await client.call('POST /authorizations', { body, idempotencyKey: randomUUID() });
    idOf.set(label, made.id);
    return;
  }
  const { id, revision } = step.existing;
  const body = { revision, description, configuration };
  await client.call('PATCH /authorizations/:id', { params: { id }, body });
}

/** What the earlier steps have made, and what a person has confirmed of this one. */
interface Known {
  readonly idOf: ReadonlyMap<string, string>;
  readonly listIdOf: ReadonlyMap<string, string>;
  readonly let_in: number | undefined;
}

async function doList(
  client: ApiClient,
  step: Extract<Step, { kind: 'suppression list' }>,
  { idOf, listIdOf, let_in }: Known & { readonly listIdOf: Map<string, string> },
): Promise<void> {
  if (step.action === 'delete') {
    const { id } = step.existing;
    return client.call('DELETE /suppression-lists/:id', { params: { id }, query: { let_in } });
  }
  const { source_authorization: label, ...list } = step.wanted;
  const body = { ...list, source_authorization_id: label === null ? null : idOf.get(label) };
  if (step.action === 'create') {
    const made = await client.call('POST /suppression-lists', { body, idempotencyKey: randomUUID() });
    listIdOf.set(made.name, made.id);
    return;
  }
  const { id, revision } = step.existing;
  const changed = { revision, ...body, file_options: list.file_options ?? null, let_in };
  await client.call('PATCH /suppression-lists/:id', { params: { id }, body: changed });
}

async function doJob(
  client: ApiClient,
  step: Extract<Step, { kind: 'job' }>,
  { idOf, listIdOf, let_in }: Known,
): Promise<void> {
  if (step.action === 'delete') return client.call('DELETE /jobs/:id', { params: { id: step.existing.id } });
  const body = jobBody(step.wanted, idOf, chosenIds(step, listIdOf));
  if (step.action === 'create') {
    await client.call('POST /jobs', { body, idempotencyKey: randomUUID() });
  } else {
    const { id, revision } = step.existing;
    const { type: _, audience_id: __, sibling_audience_ids: ___, ...change } = body;
    const changed = { revision, ...change, another_audience: step.another, let_in };
    await client.call('PATCH /jobs/:id', { params: { id }, body: changed });
  }
}

const jobBody = (
  { authorization: label, source_authorization, another_audience: _, suppression_lists: __, ...job }: FileJob,
  idOf: ReadonlyMap<string, string>,
  lists: string[],
) => ({
  ...job,
  configuration: { ...job.configuration, suppression_lists: lists },
  // The plan has checked that every authorization exists or is created by an earlier step.
  authorization_id: idOf.get(label)!,
  source_authorization_id: source_authorization === null ? null : idOf.get(source_authorization),
});

function withStepName(step: Step, error: LineupError): LineupError {
  const { code, message, reason, retryable, fields } = error;
  const options = { reason: reason ?? undefined, retryable, fields, cause: error };
  return new LineupError(code, `${step.kind} "${nameOf(step)}" (${step.action}): ${message}`, options);
}
