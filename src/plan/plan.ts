/**
 * Plans the steps that bring the service to the state in a file. Pure: it sends no requests and changes nothing.
 *
 * Credentials cannot be compared, because nobody can read the stored ones. So an existing authorization keeps its credentials, unless
 * the options replace them. Terminated jobs are ignored.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Authorization } from '../contracts/authorizations.ts';
import type { FieldError } from '../contracts/errors.ts';
import { type AudienceAfter, audienceAfter } from '../contracts/job-configuration.ts';
import type { JobView } from '../contracts/jobs.ts';
import type { ConfigurationFile, FileAuthorization, FileJob } from './file.ts';

/** The present state of the service. */
export interface Running {
  readonly authorizations: readonly Authorization[];
  readonly jobs: readonly JobView[];
}

export interface PlanOptions {
  /** Replace the credentials of existing authorizations. */
  readonly replaceSecrets: boolean;
  /** Delete what is not in the file. */
  readonly prune: boolean;
}

export interface Change {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** A step of the plan. */
export type Step =
  | { readonly action: 'create'; readonly kind: 'authorization'; readonly wanted: FileAuthorization }
  | {
      readonly action: 'change';
      readonly kind: 'authorization';
      readonly existing: Authorization;
      readonly wanted: FileAuthorization;
      readonly changes: readonly Change[];
      readonly replaceSecret: boolean;
    }
  | { readonly action: 'delete'; readonly kind: 'authorization'; readonly existing: Authorization }
  | { readonly action: 'create'; readonly kind: 'job'; readonly wanted: FileJob }
  | {
      readonly action: 'change';
      readonly kind: 'job';
      readonly existing: JobView;
      readonly wanted: FileJob;
      readonly changes: readonly Change[];
      /** What happens to its audience at LINE. */
      readonly audience: AudienceAfter;
      /** Whether the file asks for another audience, also instead of one that a first run creates after planning. */
      readonly another: boolean;
    }
  | { readonly action: 'delete'; readonly kind: 'job'; readonly existing: JobView };

export interface Plan {
  /** In the order of execution. */
  readonly steps: readonly Step[];
  readonly unchanged: number;
  /** Objects that are not in the file and stay unchanged. */
  readonly others: readonly { readonly kind: 'authorization' | 'job'; readonly name: string }[];
}

/** A step that is not possible; `path` is its place in the file. */
export interface Problem extends Pick<FieldError, 'message'> {
  readonly path: readonly (string | number)[];
}

/** @returns the plan, or all conflicts between the file and the service */
export function planFor(
  file: ConfigurationFile,
  running: Running,
  options: PlanOptions,
): { readonly plan: Plan } | { readonly problems: readonly Problem[] } {
  const jobs = running.jobs.filter(({ status }) => status !== 'killed');
  const problems = problemsOf(file, running.authorizations, jobs);
  if (problems.length > 0) return { problems };

  const labelOf = new Map(running.authorizations.map(({ id, label }) => [id, label]));
  const authorizationSteps = file.authorizations.map((wanted) =>
    stepForAuthorization(
      wanted,
      running.authorizations.find(({ label }) => label === wanted.label),
      options.replaceSecrets,
    ),
  );
  const jobSteps = file.jobs.map((wanted) =>
    stepForJob(
      wanted,
      jobs.find(({ name }) => name === wanted.name),
      labelOf,
    ),
  );
  const needed = new Set(file.jobs.flatMap((job) => [job.authorization, job.source_authorization]));
  const otherJobs = jobs.filter(({ name }) => !file.jobs.some((job) => job.name === name));
  const otherAuthorizations = running.authorizations.filter(
    ({ label }) => !file.authorizations.some((one) => one.label === label),
  );
  const superfluous = otherAuthorizations.filter(({ label }) => !needed.has(label));
  const deletions: Step[] = [
    ...otherJobs.map((existing) => ({ action: 'delete' as const, kind: 'job' as const, existing })),
    ...superfluous.map((existing) => ({
      action: 'delete' as const,
      kind: 'authorization' as const,
      existing,
    })),
  ];
  const wanted = [...authorizationSteps, ...jobSteps];
  return {
    plan: {
      steps: [...wanted.filter((step) => step !== undefined), ...(options.prune ? deletions : [])],
      unchanged: wanted.filter((step) => step === undefined).length,
      others: [
        ...(options.prune ? [] : otherJobs.map(({ name }) => ({ kind: 'job' as const, name }))),
        ...otherAuthorizations
          .filter((one) => !options.prune || !superfluous.includes(one))
          .map(({ label }) => ({ kind: 'authorization' as const, name: label })),
      ],
    },
  };
}

function problemsOf(
  file: ConfigurationFile,
  authorizations: readonly Authorization[],
  jobs: readonly JobView[],
): Problem[] {
  const labels = [...authorizations, ...file.authorizations].map(({ label }) => label);
  const isTwice = (names: readonly string[], name: string) => names.indexOf(name) !== names.lastIndexOf(name);
  const twice = (name: string) =>
    `The service has several with the name "${name}". Rename all of them except one first.`;
  const existing = authorizations.map(({ label }) => label);
  return [
    ...file.authorizations.flatMap(({ label, provider, method }, index) => {
      const path = ['authorizations', index];
      if (isTwice(existing, label)) return [{ path: [...path, 'label'], message: twice(label) }];
      const known = authorizations.find((one) => one.label === label);
      if (!known || (known.provider === provider && known.method === method)) return [];
      const message = `"${label}" exists with the method ${known.method}, and a method cannot change. Use another label.`;
      return [{ path: [...path, 'method'], message }];
    }),
    ...file.jobs.flatMap((job, index) => {
      const names = jobs.map(({ name }) => name);
      const path = ['jobs', index];
      const unknown = (['authorization', 'source_authorization'] as const).flatMap((key) => {
        const label = job[key];
        if (label === null) return [];
        if (isTwice(existing, label)) return [{ path: [...path, key], message: twice(label) }];
        if (labels.includes(label)) return [];
        const message = `The authorization "${label}" is neither in the file nor in the service. Add it to the file, or correct its label.`;
        return [{ path: [...path, key], message }];
      });
      const ambiguous = isTwice(names, job.name)
        ? [{ path: [...path, 'name'], message: twice(job.name) }]
        : [];
      const running = jobs.find(({ name }) => name === job.name);
      const unconfirmed =
        running && audienceOf(running, job).kind === 'unconfirmed'
          ? [
              {
                path: [...path, 'configuration'],
                message: `Another ad account or identifier type needs another audience at LINE, and ${running.audience_id} stays unchanged. Write "another_audience: true" beside "configuration" to create one, or give the audience_id of an existing one.`,
              },
            ]
          : [];
      return [...ambiguous, ...unknown, ...unconfirmed];
    }),
  ];
}

/** Undefined when there is nothing to do. */
function stepForAuthorization(
  wanted: FileAuthorization,
  existing: Authorization | undefined,
  replaceSecret: boolean,
): Step | undefined {
  if (!existing) return { action: 'create', kind: 'authorization', wanted };
  const changes = changesBetween({ description: existing.description }, { description: wanted.description });
  if (changes.length === 0 && !replaceSecret) return undefined;
  return { action: 'change', kind: 'authorization', existing, wanted, changes, replaceSecret };
}

function stepForJob(
  wanted: FileJob,
  existing: JobView | undefined,
  labelOf: ReadonlyMap<string, string>,
): Step | undefined {
  if (!existing) return { action: 'create', kind: 'job', wanted };
  const source = existing.source_authorization_id;
  const changes = changesBetween(
    {
      description: existing.description,
      tags: existing.tags,
      authorization: labelOf.get(existing.authorization_id),
      source_authorization: source === null ? null : labelOf.get(source),
      ...configurationKeys(existing.configuration),
    },
    {
      description: wanted.description,
      tags: wanted.tags ?? existing.tags,
      authorization: wanted.authorization,
      source_authorization: wanted.source_authorization,
      ...configurationKeys(wanted.configuration),
    },
  );
  if (changes.length === 0) return undefined;
  const [audience, another] = [audienceOf(existing, wanted), wantsAnother(existing, wanted)];
  return { action: 'change', kind: 'job', existing, wanted, changes, audience, another };
}

function audienceOf(existing: JobView, wanted: FileJob): AudienceAfter {
  const job = { audienceId: existing.audience_id, configuration: existing.configuration };
  return audienceAfter(job, wanted.configuration, wantsAnother(existing, wanted));
}

/** `another_audience` only counts for a change that needs it, so later changes do not create further audiences. */
function wantsAnother(
  { configuration: before }: JobView,
  { configuration: after, another_audience }: FileJob,
): boolean {
  const isConcerned = (['adaccount_id', 'audience_id', 'audience_name', 'identifier_type'] as const).some(
    (key) => before[key] !== after[key],
  );
  return another_audience && isConcerned && after.audience_id === null;
}

const configurationKeys = (configuration: FileJob['configuration']): Record<string, unknown> =>
  Object.fromEntries(Object.entries(configuration).map(([key, value]) => [`configuration.${key}`, value]));

function changesBetween(before: Record<string, unknown>, after: Record<string, unknown>): Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !isDeepStrictEqual(before[key] ?? null, after[key] ?? null))
    .map((key) => ({ key, before: before[key] ?? null, after: after[key] ?? null }));
}
