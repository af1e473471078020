/**
 * Checks a plan of configuration as code: what the service would refuse of each step, if the steps before it were done.
 * Nothing is changed, and nothing of the plan is stored.
 */
import { newAuthorization } from '../contracts/authorizations.ts';
import type { Assumed, PlannedStep, StepChecks } from '../contracts/configuration.ts';
import { configurationOf } from '../contracts/providers/index.ts';
import type { SettingSection } from '../contracts/settings.ts';
import type { Configuration } from '../contracts/use-cases.ts';
import { type FieldError, LineupError } from '../domain/errors/errors.ts';
import { deliveriesAfter } from '../domain/jobs/audiences.ts';
import type { JobConfiguration } from '../domain/jobs/configuration.ts';
import { assertMayDo, type Caller, type Operation } from '../domain/people/people.ts';
import { fieldError, fieldErrorsOf } from '../domain/text/localized.ts';
import { sentenceOf } from '../domain/text/sentence.ts';
import { allParts } from '../store/repositories/job-parts.ts';
import { getJob } from '../store/repositories/jobs.ts';
import { lastRun } from '../store/repositories/runs.ts';
import { listSuppressionLists } from '../store/repositories/suppression-lists.ts';
import { credentialProblems } from './credentials.ts';
import type { UseCaseDeps } from './deps.ts';
import { problemsOfChange } from './jobs/change.ts';
import { whyKept } from './jobs/index.ts';
import { whyJobsAwaited } from './jobs/triggers/after-job.ts';
import type { PlannedWaits } from './jobs/triggers/kind.ts';
import { problemsOf, warningsOf } from './jobs/validate.ts';
import { withPlanned } from './known-authorizations.ts';
import { channelProblems } from './notifications/index.ts';
import { assertMayRefer } from './secrets-outside.ts';
import { readSettings, settingProblems } from './settings.ts';
import { problemsOfList } from './suppression-lists/validate.ts';
import { timeLimit } from './time-limit.ts';

/** Steps that are checked at the same time, so that there are readers left for others. */
const AT_ONCE = 2;
/** How long one step may wait for LINE and its source. */
const CHECK_MS = 60_000;

export const configurationUseCases = (deps: UseCaseDeps): Configuration => ({
  validate: async ({ assumed, steps }, caller, signal) => {
    assertMayAssume(assumed, caller);
    const plan = await planned(deps, assumed);
    const checked: StepChecks['steps'][number][] = [];
    for (let from = 0; from < steps.length; from += AT_ONCE) {
      const some = steps.slice(from, from + AT_ONCE);
      checked.push(...(await Promise.all(some.map((step) => checkOf(plan, step, caller, signal)))));
    }
    return { steps: checked };
  },
});

interface Plan {
  /** As if the steps before were done. */
  readonly deps: UseCaseDeps;
  readonly lists: Awaited<ReturnType<typeof listSuppressionLists>>;
  /** Authorizations whose credentials the client does not have. */
  readonly closed: ReadonlySet<string>;
  /** The ids of new jobs that others wait for. */
  readonly jobs: readonly string[];
  readonly waits: PlannedWaits;
  /** Whether an earlier step enters the mail server. */
  readonly hasMailServer: boolean;
}

/** With other folders and hosts, an editor could look where only an administrator may let exports read. */
function assertMayAssume({ settings, authorizations, suppression_lists }: Assumed, { role }: Caller): void {
  if (Object.keys(settings).length > 0) assertMayDo(role, 'settings.write');
  if (suppression_lists.length > 0) assertMayDo(role, 'suppression_lists.write');
  for (const { configuration } of authorizations) assertMayRefer(configuration ?? {}, role);
}

async function planned(
  deps: UseCaseDeps,
  { settings, authorizations, suppression_lists, jobs = [], waits = [] }: Assumed,
): Promise<Plan> {
  const usable = authorizations.map((authorization) => ({
    ...authorization,
    configuration: normalised(authorization),
  }));
  const known = withPlanned(deps.authorizations, usable, deps.readSecret);
  const now = await readSettings(deps.db);
  const internalHosts = async () => deps.internalHosts(settings.network?.internal_hosts);
  const files = async () => ({ ...now.files, ...settings.files });
  const saved = await listSuppressionLists(deps.db);
  const ids = new Set(suppression_lists.map(({ id }) => id));
  return {
    deps: {
      ...deps,
      authorizations: known,
      destinations: { ...deps.destinations, authorizations: known },
      sources: deps.sources.assuming({ authorizations: known, internalHosts, files }),
      internalHosts,
    },
    lists: [
      ...saved.filter(({ id }) => !ids.has(id)),
      ...suppression_lists.map((list) => ({ ...saved.find(({ id }) => id === list.id)!, ...list })),
    ],
    jobs,
    waits: new Map(waits.map((wait) => [wait.id, wait.for])),
    hasMailServer: settings.mail?.host != null,
    closed: new Set(usable.flatMap(({ id, configuration }) => (configuration ? [] : [id]))),
  };
}

/** Null also for one that its own step reports as wrong: later steps cannot use it. */
function normalised({ provider, method, configuration }: Assumed['authorizations'][number]) {
  try {
    return configuration && configurationOf(provider, method, configuration);
  } catch {
    return null;
  }
}

const needed = {
  settings: 'settings.write',
  notification_channel: 'notifications.write',
  authorization: 'authorizations.write',
  suppression_list: 'suppression_lists.write',
  job: 'jobs.write',
  job_change: 'jobs.write',
  job_deletion: 'jobs.write',
} as const satisfies Record<PlannedStep['kind'], Operation>;

async function checkOf(
  plan: Plan,
  step: PlannedStep,
  { role }: Caller,
  signal: AbortSignal,
): Promise<StepChecks['steps'][number]> {
  const limit = timeLimit(plan.deps, CHECK_MS);
  const either = AbortSignal.any([signal, limit.signal]);
  try {
    assertMayDo(role, needed[step.kind]);
    if (step.kind === 'authorization' || step.kind === 'notification_channel') {
      assertMayRefer(Object(step.body.configuration), role);
    }
    const warnings = await warningsOfStep(plan, step);
    return { errors: await errorsOf(plan, step, either), warnings, incomplete: isIncomplete(plan, step) };
  } catch (error) {
    // What keeps the service from checking would keep it from saving, too.
    if (!(error instanceof LineupError) || signal.aborted) throw error;
    const errors = error.fields.length > 0 ? error.fields : [fieldError('', sentenceOf(error))];
    return { errors, warnings: [], incomplete: false };
  } finally {
    limit.end();
  }
}

async function errorsOf(plan: Plan, step: PlannedStep, signal: AbortSignal): Promise<readonly FieldError[]> {
  const { deps, lists, jobs: planned, waits } = plan;
  switch (step.kind) {
    case 'settings':
      return settingProblems(deps, step.section as SettingSection, step.body);
    case 'notification_channel':
      return channelProblems(deps, step.id, step.body, plan.hasMailServer);
    case 'authorization': {
      const { data, error } = newAuthorization.safeParse(step.body);
      return data ? credentialProblems(data.provider, data.configuration) : fieldErrorsOf(error);
    }
    case 'suppression_list':
      return problemsOfList(deps, step.body, step.id ?? undefined, {
        signal,
        readsSource: isOpen(plan, step.body.source_authorization_id),
      });
    case 'job':
      return problemsOf(deps, { input: step.body, lists, planned, waits, ...reachable(plan, step.body) }, signal);
    case 'job_change': {
      const before = await getJob(deps.db, step.id);
      const { another_audience = false, ...change } = step.body;
      const input = { type: before.type, ...change };
      const deliveries = deliveriesAfter(before, input.configuration, another_audience);
      const job = { input, existing: { before, deliveries }, lists, planned, waits, ...reachable(plan, input) };
      return problemsOfChange(deps, job, another_audience, signal);
    }
    case 'job_deletion': {
      const job = await getJob(deps.db, step.id);
      const parts = await allParts(deps.db, step.id);
      const why = whyKept(await lastRun(deps.db, step.id)) ?? (await whyJobsAwaited(deps.db, [job, ...parts], waits));
      return why ? [fieldError('', why)] : [];
    }
  }
}

async function warningsOfStep({ deps }: Plan, step: PlannedStep): Promise<FieldError[]> {
  if (step.kind === 'job') return warningsOf(step.body);
  if (step.kind !== 'job_change') return [];
  const { type } = await getJob(deps.db, step.id);
  return warningsOf({ type, configuration: step.body.configuration });
}

const isOpen = ({ closed }: Plan, id: string | null): boolean => id === null || !closed.has(id);

interface Asked {
  readonly authorization_id: string;
  readonly source_authorization_id: string | null;
  readonly configuration: JobConfiguration;
}

/** Whether LINE and the source can be asked. */
const reachable = (plan: Plan, { authorization_id, source_authorization_id }: Asked) => ({
  asksLine: isOpen(plan, authorization_id),
  readsSource: isOpen(plan, source_authorization_id),
});

const isIncomplete = (plan: Plan, step: PlannedStep): boolean => {
  if (step.kind === 'suppression_list') return !isOpen(plan, step.body.source_authorization_id);
  if (step.kind !== 'job' && step.kind !== 'job_change') return false;
  const { asksLine, readsSource } = reachable(plan, step.body);
  return !asksLine || !readsSource;
};
