/**
 * Plans the steps that bring the service to the state in a file. Pure: it sends no requests and changes nothing.
 *
 * Credentials cannot be compared, because nobody can read the stored ones. So an existing authorization keeps its
 * credentials, unless they are lost, a reference to a secret outside Lineup differs, or the options replace them.
 * Terminated jobs are ignored.
 */
import type { Authorization } from '../contracts/authorizations.ts';
import type { JobView } from '../contracts/jobs.ts';
import type { Channel } from '../contracts/notifications.ts';
import type { SettingsView } from '../contracts/settings.ts';
import { siblingText } from '../domain/audiences/sibling-names.ts';
import type { SuppressionList } from '../domain/audiences/suppression-lists.ts';
import { type DeliveryAfter, deliveriesAfter, requestsSameAudience, withAudiences } from '../domain/jobs/audiences.ts';
import type { Operation } from '../domain/people/people.ts';
import { afterJobProblems, awaitedBy, awaitedFirst, prunedProblems, waitingFirst, withoutJobId } from './after-job.ts';
import { type Change, changesBetween, type Problem } from './changes.ts';
import { type ChannelStep, channelProblems, channelsNotIn, stepForChannel } from './channels.ts';
import { type ConfigurationFile, type FileAuthorization, type FileJob, pathOfAudience } from './file.ts';
import { referenceChanges } from './reference.ts';
import { type SettingsStep, settingsSteps } from './settings.ts';
import { type ListStep, listProblems, listsNotIn, stepForList, superfluousLists } from './suppression-lists.ts';

/** The present state of the service. */
export interface Running {
  readonly authorizations: readonly Authorization[];
  readonly suppressionLists: readonly SuppressionList[];
  readonly jobs: readonly JobView[];
  /** The settings and the channels; undefined when the token may not see them. */
  readonly settings?: SettingsView | undefined;
  readonly channels?: readonly Channel[] | undefined;
  /** What the token may do. @default everything */
  readonly operations?: readonly Operation[];
}

export interface PlanOptions {
  /** Replace the credentials of existing authorizations. */
  readonly replaceSecrets: boolean;
  /** Delete what is not in the file. */
  readonly prune: boolean;
}

/** A step of the plan. */
export type Step =
  | SettingsStep
  | ChannelStep
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
  | ListStep
  | { readonly action: 'create'; readonly kind: 'job'; readonly wanted: FileJob }
  | {
      readonly action: 'change';
      readonly kind: 'job';
      readonly existing: JobView;
      readonly wanted: FileJob;
      readonly changes: readonly Change[];
      /** What happens to its audiences at LINE, that of the first identifier first. */
      readonly deliveries: readonly DeliveryAfter[];
      /** Whether the file asks for another audience, also instead of one that a first run creates after planning. */
      readonly another: boolean;
    }
  | { readonly action: 'delete'; readonly kind: 'job'; readonly existing: JobView };

export interface Plan {
  /** In the order of execution. */
  readonly steps: readonly Step[];
  readonly unchanged: number;
  /** Objects that are not in the file and stay unchanged. */
  readonly others: readonly { readonly kind: Step['kind']; readonly name: string }[];
}

/** @returns the plan, or all conflicts between the file and the service */
export function planFor(
  file: ConfigurationFile,
  running: Running,
  options: PlanOptions,
): { readonly plan: Plan } | { readonly problems: readonly Problem[] } {
  const jobs = running.jobs.filter(({ status }) => status !== 'killed');
  const otherJobs = jobs.filter(({ name }) => !file.jobs.some((job) => job.name === name));
  const pruned = options.prune ? otherJobs.map(({ name }) => name) : [];
  const problems = [
    ...notPermitted(file, running),
    ...channelProblems(file, running.channels ?? []),
    ...problemsOf(file, running.authorizations, jobs),
    ...afterJobProblems(file.jobs, jobs),
    ...prunedProblems(file.jobs, pruned),
    ...listProblems(file, running),
  ];
  if (problems.length > 0) return { problems };

  const channels = running.channels ?? [];
  const channelSteps = (file.notification_channels ?? []).map((wanted) =>
    stepForChannel(
      wanted,
      channels.find(({ label }) => label === wanted.label),
      options.replaceSecrets,
    ),
  );
  const otherChannels = channelsNotIn(file, channels);
  const labelOf = new Map(running.authorizations.map(({ id, label }) => [id, label]));
  const showsReferences = running.operations?.includes('authorizations.write') ?? true;
  const authorizationSteps = file.authorizations.map((wanted) =>
    stepForAuthorization(
      wanted,
      running.authorizations.find(({ label }) => label === wanted.label),
      { replaceSecrets: options.replaceSecrets, showsReferences },
    ),
  );
  const listSteps = (file.suppression_lists ?? []).map((wanted) =>
    stepForList(
      wanted,
      running.suppressionLists.find(({ name }) => name === wanted.name),
      labelOf,
    ),
  );
  const listNameOf = new Map(running.suppressionLists.map(({ id, name }) => [id, name]));
  const jobSteps = awaitedFirst(file.jobs).map((wanted) =>
    stepForJob(
      wanted,
      jobs.find(({ name }) => name === wanted.name),
      labelOf,
      listNameOf,
    ),
  );
  const otherLists = listsNotIn(file, running);
  const prunedLists = options.prune ? superfluousLists(otherLists, file, jobs) : [];
  const keptLists = running.suppressionLists.filter((list) => !prunedLists.includes(list));
  const needed = new Set([
    ...file.jobs.flatMap((job) => [job.authorization, job.source_authorization]),
    ...(file.suppression_lists ?? []).map((list) => list.source_authorization),
    ...keptLists
      .filter(({ name }) => !file.suppression_lists?.some((list) => list.name === name))
      .map(({ source_authorization_id: id }) => (id === null ? null : (labelOf.get(id) ?? null))),
  ]);
  const otherAuthorizations = running.authorizations.filter(
    ({ label }) => !file.authorizations.some((authorization) => authorization.label === label),
  );
  const superfluous = otherAuthorizations.filter(({ label }) => !needed.has(label));
  const deletions: Step[] = [
    ...waitingFirst(otherJobs).map((existing) => ({ action: 'delete' as const, kind: 'job' as const, existing })),
    ...prunedLists.map((existing) => ({
      action: 'delete' as const,
      kind: 'suppression list' as const,
      existing,
    })),
    ...superfluous.map((existing) => ({
      action: 'delete' as const,
      kind: 'authorization' as const,
      existing,
    })),
    ...otherChannels.map((existing) => ({
      action: 'delete' as const,
      kind: 'notification channel' as const,
      existing,
    })),
  ];
  const mayChangeLists = running.operations?.includes('suppression_lists.write') ?? true;
  if (!mayChangeLists && [...listSteps, ...(options.prune ? prunedLists : [])].some((step) => step !== undefined)) {
    return { problems: [{ path: ['suppression_lists'], message: LISTS_NEED_ADMINISTRATOR }] };
  }
  // Settings first: they open what sources, lists and channels need.
  const wanted = [
    ...settingsSteps(file, running.settings, options.replaceSecrets),
    ...channelSteps,
    ...authorizationSteps,
    ...listSteps,
    ...jobSteps,
  ];
  return {
    plan: {
      steps: [...wanted.filter((step) => step !== undefined), ...(options.prune ? deletions : [])],
      unchanged: wanted.filter((step) => step === undefined).length,
      others: [
        ...(options.prune ? [] : otherJobs.map(({ name }) => ({ kind: 'job' as const, name }))),
        ...otherLists
          .filter((list) => !prunedLists.includes(list))
          .map(({ name }) => ({ kind: 'suppression list' as const, name })),
        ...(options.prune ? [] : otherChannels).map(({ label }) => ({
          kind: 'notification channel' as const,
          name: label,
        })),
        ...otherAuthorizations
          .filter((authorization) => !options.prune || !superfluous.includes(authorization))
          .map(({ label }) => ({ kind: 'authorization' as const, name: label })),
      ],
    },
  };
}

const LISTS_NEED_ADMINISTRATOR =
  'Only an administrator may change suppression lists, and this token is not one of an administrator. Use such a token in LINEUP_TOKEN, or remove the section: what is not in the file stays as it is.';

/** One problem for all that only administrators see. */
function notPermitted(file: ConfigurationFile, { settings, channels, operations }: Running): Problem[] {
  if (operations === undefined) return [];
  const sections = [
    ...(file.settings && !settings ? (['settings'] as const) : []),
    ...(file.notification_channels && !channels ? (['notification_channels'] as const) : []),
  ];
  const [first] = sections;
  if (!first) return [];
  const message = `Only an administrator may see and change ${sections.join(' and ')}, and this token is not one of an administrator. Use such a token in LINEUP_TOKEN, or remove ${sections.length === 1 ? 'the section' : 'both sections'}: what is not in the file stays as it is.`;
  return [{ path: [first], message }];
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
      const known = authorizations.find((authorization) => authorization.label === label);
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
      const ambiguous = isTwice(names, job.name) ? [{ path: [...path, 'name'], message: twice(job.name) }] : [];
      const running = jobs.find(({ name }) => name === job.name);
      const left = (running ? deliveriesOf(running, job) : []).flatMap(({ audience }) =>
        audience.kind === 'unconfirmed' ? [audience.left] : [],
      );
      const unconfirmed = left.length > 0 ? [{ path: [...path, 'configuration'], message: notConfirmed(left) }] : [];
      const others = running ? otherAudiences(running, job, path) : [];
      return [...ambiguous, ...unknown, ...unconfirmed, ...others];
    }),
  ];
}

/** Ids in the file of audiences that the job of the service does not fill. Only a new job takes an audience over. */
function otherAudiences(existing: JobView, wanted: FileJob, path: Problem['path']): Problem[] {
  const ids = [wanted.audience_id, ...wanted.sibling_audience_ids];
  return deliveriesOf(existing, wanted).flatMap(({ before, audience }, n) => {
    const id = ids[n] ?? null;
    if (id === null || audience.kind === 'unconfirmed') return [];
    const at = [...path, ...pathOfAudience(n)];
    if (audience.kind === 'another') {
      const message = `With another_audience, the job leaves the audience ${id}. Remove its id from the file.`;
      return [{ path: at, message }];
    }
    const own = before?.audienceId ?? null;
    if (own === id) return [];
    const message =
      own === null
        ? `In the service, the job "${wanted.name}" has not created its audience, and only a new job takes one over. Remove the id, or delete the job there and apply the file again.`
        : `In the service, the job "${wanted.name}" fills the audience ${own}. Write that id, or remove it. To fill ${id} instead, remove the audience_name.`;
    return [{ path: at, message }];
  });
}

const notConfirmed = (left: readonly string[]): string =>
  left.length === 1
    ? `Another ad account or identifier type needs another audience, and ${left[0]} stays unchanged. Write "another_audience: true" beside "configuration" to create one, or give the audience_id of an existing one.`
    : `Another ad account needs other audiences, and ${left.join(', ')} stay unchanged. Write "another_audience: true" beside "configuration" to create them, or give the audience_id of existing ones.`;

/** Undefined when there is nothing to do. */
function stepForAuthorization(
  wanted: FileAuthorization,
  existing: Authorization | undefined,
  { replaceSecrets, showsReferences }: { readonly replaceSecrets: boolean; readonly showsReferences: boolean },
): Step | undefined {
  if (!existing) return { action: 'create', kind: 'authorization', wanted };
  // Viewers do not see where secrets are.
  const references = showsReferences ? referenceChanges(existing.references, wanted.configuration) : [];
  const changes = [
    ...changesBetween({ description: existing.description }, { description: wanted.description }),
    ...references.map((change) => ({ ...change, key: `configuration.${change.key}` })),
  ];
  // Lost credentials must be entered again, and others replace all that there are.
  const enters = replaceSecrets || existing.enter_again === true || references.length > 0;
  if (changes.length === 0 && !enters) return undefined;
  return { action: 'change', kind: 'authorization', existing, wanted, changes, replaceSecret: enters };
}

function stepForJob(
  wanted: FileJob,
  existing: JobView | undefined,
  labelOf: ReadonlyMap<string, string>,
  listNameOf: ReadonlyMap<string, string>,
): Step | undefined {
  if (!existing) return { action: 'create', kind: 'job', wanted };
  const chosen = existing.configuration.suppression_lists.map((id) => listNameOf.get(id) ?? id).sort();
  const source = existing.source_authorization_id;
  const isPaused = existing.status === 'paused';
  // A job that failed or has completed rests already.
  const canPause = isPaused || existing.status === 'runnable' || existing.status === 'sleeping';
  const changes = changesBetween(
    {
      description: existing.description,
      tags: existing.tags,
      paused: isPaused,
      authorization: labelOf.get(existing.authorization_id),
      source_authorization: source === null ? null : labelOf.get(source),
      suppression_lists: chosen,
      after_job: awaitedBy(existing),
      ...configurationKeys(existing.configuration),
    },
    {
      description: wanted.description,
      tags: wanted.tags ?? existing.tags,
      paused: canPause ? (wanted.paused ?? isPaused) : isPaused,
      authorization: wanted.authorization,
      source_authorization: wanted.source_authorization,
      suppression_lists: wanted.suppression_lists?.toSorted() ?? chosen,
      after_job: wanted.after_job,
      ...configurationKeys(wanted.configuration),
    },
  );
  if (changes.length === 0) return undefined;
  const [deliveries, another] = [deliveriesOf(existing, wanted), wantsAnother(existing, wanted)];
  return { action: 'change', kind: 'job', existing, wanted, changes, deliveries, another };
}

/** The ids of the lists that a job chooses after its step. A job without lists in the file keeps those that it has. */
export function chosenIds(
  step: Extract<Step, { kind: 'job'; action: 'create' | 'change' }>,
  listIdOf: ReadonlyMap<string, string>,
): string[] {
  const kept = step.action === 'change' ? step.existing.configuration.suppression_lists : [];
  // A list of the plan has no id before it is made.
  return step.wanted.suppression_lists?.map((name) => listIdOf.get(name) ?? name) ?? kept;
}

const deliveriesOf = (existing: JobView, wanted: FileJob): DeliveryAfter[] =>
  deliveriesAfter(withAudiences(existing), wanted.configuration, wantsAnother(existing, wanted));

/** `another_audience` only counts for a change that needs it, so later changes do not create further audiences. */
function wantsAnother(existing: JobView, { configuration, another_audience }: FileJob): boolean {
  const isConcerned = deliveriesAfter(withAudiences(existing), configuration, false).some(
    ({ before, wanted }) =>
      before && wanted.audience_id === null && !wanted.shares && !requestsSameAudience(before.configuration, wanted),
  );
  return another_audience && isConcerned;
}

/**
 * Without the suppression lists and the awaited job, which a file names beside the configuration. Further identifiers
 * are short texts.
 */
const configurationKeys = ({
  suppression_lists: _,
  siblings,
  trigger,
  ...configuration
}: FileJob['configuration']): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries({
      ...configuration,
      trigger: trigger && withoutJobId(trigger),
      siblings: siblings.map(siblingText),
    }).map(([key, value]) => [`configuration.${key}`, value]),
  );
