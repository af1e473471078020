/** Applies a plan step by step. When a step is refused, the earlier steps stay done, and the next plan has the rest. */
import { randomUUID } from 'node:crypto';
import { environmentVariable } from '../../config/environment.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { withJobId } from '../../plan/after-job.ts';
import type { Change } from '../../plan/changes.ts';
import type { FileJob, FileSuppressionList } from '../../plan/file.ts';
import { chosenIds, type Plan, type Running, type Step } from '../../plan/plan.ts';
import { variableOf } from '../../plan/reference.ts';
import type { ApiClient, BodyOf } from '../api/client.ts';
import { printNotice, safe } from '../output.ts';
import type { LetIn } from './let-in.ts';
import { describeName } from './show-plan.ts';

/** The configurations of authorizations and channels, and the mail server, with their secrets, by step. */
export type Credentials = ReadonlyMap<Step, Record<string, unknown>>;

/** The credentials that the plan needs, as far as the environment has them. A step that lacks one has none. */
export function credentialsFor(plan: Plan): {
  readonly credentials: Credentials;
  readonly missing: readonly string[];
} {
  const unset: string[] = [];
  const resolved = (value: unknown, missing: string[]): unknown => {
    const variable = typeof value === 'string' ? variableOf(value) : undefined;
    if (variable === undefined) return value;
    const found = environmentVariable(variable);
    if (found === undefined) missing.push(variable);
    return found ?? '';
  };
  const credentials = new Map(
    plan.steps.flatMap((step): [Step, Record<string, unknown>][] => {
      if (step.kind !== 'authorization' && step.kind !== 'notification channel' && step.kind !== 'settings') return [];
      if (step.action === 'delete' || (step.action === 'change' && !step.replaceSecret)) return [];
      const missing: string[] = [];
      const entries = Object.entries(step.kind === 'settings' ? step.wanted : step.wanted.configuration);
      const configuration = Object.fromEntries(entries.map(([key, value]) => [key, resolved(value, missing)]));
      unset.push(...missing);
      return missing.length > 0 ? [] : [[step, configuration]];
    }),
  );
  return { credentials, missing: [...new Set(unset)] };
}

/** @throws {LineupError} `missing_credentials` with every variable that is not set */
export function assertSet(missing: readonly string[]): void {
  if (missing.length === 0) return;
  const [are, them] = missing.length === 1 ? ['is', 'it'] : ['are', 'them'];
  throw new LineupError(
    'missing_credentials',
    `${missing.join(' and ')} ${are} not set in the environment, but the plan needs ${them}. Set ${them} and try again.`,
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
  const jobIdOf = new Map(running.jobs.map(({ id, name }) => [name, id]));
  for (const [n, step] of plan.steps.entries()) {
    try {
      const let_in = letIn.get(step)?.members;
      if (step.kind === 'job') await doJob(client, step, { idOf, listIdOf, jobIdOf, let_in });
      else if (step.kind === 'suppression list') await doList(client, step, { idOf, listIdOf, let_in });
      else if (step.kind === 'settings') await doSettings(client, step, credentials);
      else if (step.kind === 'notification channel') await doChannel(client, step, credentials);
      else await doAuthorization(client, step, credentials, idOf);
    } catch (error) {
      throw error instanceof LineupError ? withProgress(plan.steps, n, error) : error;
    }
    onDone(step);
  }
}

async function doSettings(
  client: ApiClient,
  step: Extract<Step, { kind: 'settings' }>,
  credentials: Credentials,
): Promise<void> {
  const { section, wanted } = step;
  // The schema of the file is that of these endpoints.
  await client.call(`PUT /settings/${section}` as 'PUT /settings/network', { body: credentials.get(step) ?? wanted });
}

async function doChannel(
  client: ApiClient,
  step: Extract<Step, { kind: 'notification channel' }>,
  credentials: Credentials,
): Promise<void> {
  if (step.action === 'delete') {
    return client.call('DELETE /notification-channels/:id', { params: { id: step.existing.id } });
  }
  const { kind, label, events, language } = step.wanted;
  const configuration = credentials.get(step);
  const { signing_key } =
    step.action === 'change'
      ? await client.call('PATCH /notification-channels/:id', {
          params: { id: step.existing.id },
          body: { events, language, configuration },
        })
      : await client.call('POST /notification-channels', {
          body: { kind, label, events, language, configuration } as BodyOf<'POST /notification-channels'>,
        });
  if (!signing_key) return;
  printNotice(`The key that signs the messages of "${safe(label)}". It is shown only once:`);
  printNotice(signing_key);
}

async function doAuthorization(
  client: ApiClient,
  step: Extract<Step, { kind: 'authorization' }>,
  credentials: Credentials,
  idOf: Map<string, string>,
): Promise<void> {
  if (step.action === 'delete') return client.call('DELETE /authorizations/:id', { params: { id: step.existing.id } });
  const { label, description } = step.wanted;
  const configuration = credentials.get(step) as Record<string, string> | undefined;
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
  const body = listBody(step.wanted, idOf);
  if (step.action === 'create') {
    const made = await client.call('POST /suppression-lists', { body, idempotencyKey: randomUUID() });
    listIdOf.set(made.name, made.id);
    return;
  }
  const { id, revision } = step.existing;
  const changed = { revision, ...body, file_options: body.file_options ?? null, let_in };
  await client.call('PATCH /suppression-lists/:id', { params: { id }, body: changed });
}

async function doJob(
  client: ApiClient,
  step: Extract<Step, { kind: 'job' }>,
  { idOf, listIdOf, jobIdOf, let_in }: Known & { readonly jobIdOf: Map<string, string> },
): Promise<void> {
  if (step.action === 'delete') return client.call('DELETE /jobs/:id', { params: { id: step.existing.id } });
  const body = jobBody(step.wanted, { idOf, jobIdOf }, chosenIds(step, listIdOf));
  if (step.action === 'create') {
    const made = await client.call('POST /jobs', { body, idempotencyKey: randomUUID() });
    jobIdOf.set(made.name, made.id);
  } else {
    const { id, revision } = step.existing;
    if (changesMoreThanPause(step)) {
      const changed = { revision, ...withoutCreation(body), another_audience: step.another, let_in };
      await client.call('PATCH /jobs/:id', { params: { id }, body: changed });
    }
    const pause = step.changes.find(({ key }) => key === 'paused');
    if (!pause) return;
    const action = pause.after === true ? 'pause' : 'resume';
    await client.call('POST /jobs/:id/actions/:action', { params: { id, action } });
  }
}

export const changesMoreThanPause = ({ changes }: { readonly changes: readonly Change[] }): boolean =>
  changes.some(({ key }) => key !== 'paused');

/** The body of a change: without what only a new job takes. */
export const withoutCreation = ({
  type: _,
  paused: __,
  audience_id: ___,
  sibling_audience_ids: ____,
  ...change
}: ReturnType<typeof jobBody>) => change;

/** The plan has checked that every authorization exists or is created by an earlier step. */
export const listBody = (
  { source_authorization: label, ...list }: FileSuppressionList,
  idOf: ReadonlyMap<string, string>,
) => ({ ...list, source_authorization_id: label === null ? null : idOf.get(label)! });

export const jobBody = (
  {
    authorization: label,
    source_authorization,
    another_audience: _,
    suppression_lists: __,
    after_job,
    ...job
  }: FileJob,
  { idOf, jobIdOf }: { readonly idOf: ReadonlyMap<string, string>; readonly jobIdOf: ReadonlyMap<string, string> },
  lists: string[],
) => ({
  ...job,
  configuration: {
    ...job.configuration,
    suppression_lists: lists,
    ...(job.configuration.trigger && {
      trigger: withJobId(job.configuration.trigger, jobIdOf.get(after_job ?? '') ?? ''),
    }),
  },
  authorization_id: idOf.get(label)!,
  source_authorization_id: source_authorization === null ? null : idOf.get(source_authorization)!,
});

/** The failure of step `n`, with what was done and what was not. */
function withProgress(steps: readonly Step[], n: number, error: LineupError): LineupError {
  const { code, message, reason, retryable, fields } = error;
  const options = { reason: reason ?? undefined, retryable, fields, cause: error };
  const step = steps[n]!;
  const names = (some: readonly Step[]) => some.map(describeName).join(', ');
  const left = steps.slice(n);
  const text = [
    `${describeName(step)} (${step.action}): ${message}`,
    n === 0 ? 'Nothing was done before.' : `Done: ${names(steps.slice(0, n))}.`,
    `Not done: ${names(left)}.`,
    // The answer may have been lost after the service had done the step.
    ...(code === 'service_unreachable' ? [`Whether ${describeName(step)} was done is not known.`] : []),
    'Apply the file again to go on: what is done stays, and only the rest is planned.',
  ];
  return new LineupError(code, text.join(' '), options);
}
