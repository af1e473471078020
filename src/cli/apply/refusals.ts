/** Asks the service what it would refuse of a plan, all of it before anything is done. */
import type { Assumed, PlannedStep } from '../../contracts/configuration.ts';
import { MAX_PLANNED } from '../../contracts/configuration.ts';
import type { FieldError } from '../../domain/errors/errors.ts';
import { awaitedIdOf } from '../../plan/after-job.ts';
import type { Problem } from '../../plan/changes.ts';
import { type ConfigurationFile, pathOfAudience } from '../../plan/file.ts';
import { chosenIds, type Plan, type Running, type Step } from '../../plan/plan.ts';
import type { ApiClient } from '../api/client.ts';
import { type Credentials, changesMoreThanPause, jobBody, listBody, withoutCreation } from './carry-out.ts';
import { describeName } from './show-plan.ts';

export interface Refusals {
  /** What the service takes, but is unwise. */
  readonly warnings: readonly string[];
  readonly problems: readonly Problem[];
  /** Steps that were not checked whole, because the environment does not have their credentials. */
  readonly incomplete: readonly Step[];
}

/** @param credentials those that the environment has */
export async function refusalsOf(
  client: ApiClient,
  file: ConfigurationFile,
  { plan, running, credentials }: { plan: Plan; running: Running; credentials: Credentials },
): Promise<Refusals> {
  const { assumed, ...ids } = after(plan, running, credentials);
  const asked = plan.steps.flatMap((step): { step: Step; planned: PlannedStep }[] => {
    const planned = plannedStep(step, credentials, ids);
    return planned ? [{ step, planned }] : [];
  });
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const incomplete = plan.steps.filter((step) => needsCredentials(step) && !credentials.has(step));
  for (let from = 0; from < asked.length; from += MAX_PLANNED) {
    const some = asked.slice(from, from + MAX_PLANNED);
    const body = { assumed, steps: some.map(({ planned }) => planned) };
    const { steps } = await client.call('POST /configuration/validate', { body });
    for (const [n, { step }] of some.entries()) {
      const { errors = [], warnings: found = [], incomplete: isIncomplete = false } = steps[n] ?? {};
      warnings.push(...found.map(({ message }) => `${describeName(step)}: ${message}`));
      problems.push(...errors.map((error) => asProblem(file, step, error)));
      if (isIncomplete) incomplete.push(step);
    }
  }
  return { problems, warnings, incomplete };
}

/** Whether a step sends a configuration with secrets. */
export const needsCredentials = (step: Step): boolean =>
  (step.kind === 'authorization' || step.kind === 'notification channel' || step.kind === 'settings') &&
  (step.action === 'create' || (step.action === 'change' && step.replaceSecret));

const withoutPassword = ({ password: _, ...shown }: Record<string, unknown>) => shown;

/** What later steps count on. New things have ids that the service never makes. */
function after(plan: Plan, running: Running, credentials: Credentials) {
  const idOf = new Map(running.authorizations.map(({ id, label }) => [label, id]));
  const listIdOf = new Map(running.suppressionLists.map(({ id, name }) => [name, id]));
  const jobIdOf = new Map(running.jobs.map(({ id, name }) => [name, id]));
  for (const [n, step] of plan.steps.entries()) {
    if (step.action !== 'create') continue;
    if (step.kind === 'authorization') idOf.set(step.wanted.label, `planned-${n}`);
    if (step.kind === 'suppression list') listIdOf.set(step.wanted.name, `planned-${n}`);
    if (step.kind === 'job') jobIdOf.set(step.wanted.name, `planned-${n}`);
  }
  const settings = Object.fromEntries(
    plan.steps.flatMap((step) =>
      step.kind === 'settings' && ['files', 'network', 'mail'].includes(step.section)
        ? [[step.section, credentials.get(step) ?? withoutPassword(step.wanted)]]
        : [],
    ),
  );
  const authorizations = plan.steps.flatMap((step) => {
    if (step.kind !== 'authorization' || step.action === 'delete' || !needsCredentials(step)) return [];
    const { label, provider, method } = step.wanted;
    const configuration = (credentials.get(step) as Record<string, string> | undefined) ?? null;
    return [{ id: idOf.get(label)!, provider, method, configuration }];
  });
  const suppression_lists = plan.steps.flatMap((step) =>
    step.kind === 'suppression list' && step.action !== 'delete'
      ? [{ ...listBody(step.wanted, idOf), id: listIdOf.get(step.wanted.name)! }]
      : [],
  );
  const awaited = new Set(
    plan.steps.flatMap((step) =>
      step.kind === 'job' && step.action !== 'delete' ? (step.wanted.after_job ?? []) : [],
    ),
  );
  const jobs = plan.steps.flatMap((step) =>
    step.kind === 'job' && step.action === 'create' && awaited.has(step.wanted.name)
      ? [jobIdOf.get(step.wanted.name)!]
      : [],
  );
  const waits = plan.steps.flatMap((step) => {
    if (step.kind !== 'job' || step.action === 'create') return [];
    const awaited = step.action === 'change' ? step.wanted.after_job : undefined;
    if (awaited === undefined && awaitedIdOf(step.existing) === undefined) return [];
    return [{ id: step.existing.id, for: awaited === undefined ? null : jobIdOf.get(awaited)! }];
  });
  const assumed = {
    settings,
    authorizations,
    suppression_lists,
    ...(jobs.length > 0 && { jobs }),
    ...(waits.length > 0 && { waits }),
  } as Assumed;
  return { assumed, idOf, listIdOf, jobIdOf };
}

function plannedStep(
  step: Step,
  credentials: Credentials,
  { idOf, listIdOf, jobIdOf }: Omit<ReturnType<typeof after>, 'assumed'>,
): PlannedStep | undefined {
  const configuration = credentials.get(step);
  if (needsCredentials(step) && !configuration) return undefined;
  switch (step.kind) {
    case 'settings':
      return { kind: 'settings', section: step.section, body: configuration ?? step.wanted };
    case 'notification channel': {
      if (step.action === 'delete') return undefined;
      const { kind, label, events, language } = step.wanted;
      const about = { ...(events && { events }), ...(language && { language }) };
      return step.action === 'create'
        ? { kind: 'notification_channel', id: null, body: { kind, label, ...about, configuration } }
        : {
            kind: 'notification_channel',
            id: step.existing.id,
            body: { ...about, ...(configuration && { configuration }) },
          };
    }
    case 'authorization': {
      if (step.action === 'delete' || !configuration) return undefined;
      const { provider, method, label, description } = step.wanted;
      return { kind: 'authorization', body: { provider, method, label, description, configuration } };
    }
    case 'suppression list': {
      if (step.action === 'delete') return undefined;
      const id = step.action === 'create' ? null : step.existing.id;
      return { kind: 'suppression_list', id, body: listBody(step.wanted, idOf) };
    }
    case 'job': {
      if (step.action === 'delete') return { kind: 'job_deletion', id: step.existing.id };
      const body = jobBody(step.wanted, { idOf, jobIdOf }, chosenIds(step, listIdOf));
      if (step.action === 'create') return { kind: 'job', id: null, body };
      if (!changesMoreThanPause(step)) return undefined;
      return {
        kind: 'job_change',
        id: step.existing.id,
        body: { ...withoutCreation(body), another_audience: step.another },
      };
    }
  }
}

/** A refusal at its place in the file. */
function asProblem(file: ConfigurationFile, step: Step, { path, message }: FieldError): Problem {
  const said = `The service would refuse this: ${message}`;
  const at = placeOf(file, step);
  if (!at) return { path: [], message: `${describeName(step)}: ${said}` };
  return { path: [...at, ...pathInFile(path)], message: said };
}

function placeOf(file: ConfigurationFile, step: Step): (string | number)[] | undefined {
  if (step.kind === 'settings') return ['settings', step.section];
  if (step.action === 'delete') return undefined;
  const section = sections[step.kind];
  const inFile: readonly unknown[] = file[section] ?? [];
  return [section, inFile.indexOf(step.wanted)];
}

const sections = {
  'notification channel': 'notification_channels',
  authorization: 'authorizations',
  'suppression list': 'suppression_lists',
  job: 'jobs',
} as const satisfies Record<Exclude<Step['kind'], 'settings'>, keyof ConfigurationFile>;

/** Keys that the file has elsewhere than the API. */
const elsewhere: readonly [RegExp, (match: RegExpExecArray) => readonly (string | number)[]][] = [
  [/^authorization_id$/, () => ['authorization']],
  [/^source_authorization_id$/, () => ['source_authorization']],
  [/^configuration\.suppression_lists/, () => ['suppression_lists']],
  [/^configuration\.trigger\.job_id$/, () => ['after_job']],
  [/^audience_id$/, () => pathOfAudience(0)],
  [/^sibling_audience_ids\.(\d+)$/, ([, n]) => pathOfAudience(Number(n) + 1)],
];

function pathInFile(path: string): readonly (string | number)[] {
  for (const [pattern, place] of elsewhere) {
    const match = pattern.exec(path);
    if (match) return place(match);
  }
  if (path === '') return [];
  return path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
