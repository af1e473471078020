/**
 * The schema of a configuration file. Authorizations and channels are identified by their label, suppression lists and
 * jobs by their name. The file never contains credentials, only the names of the environment variables that contain
 * them.
 */
import { z } from 'zod';
import { authorizationChange } from '../contracts/authorizations.ts';
import { jobChange, newJob } from '../contracts/jobs.ts';
import { channelChange, channelConfigurations, channelKind, channelSecrets } from '../contracts/notifications.ts';
import { findMethod, providers } from '../contracts/providers/index.ts';
import { orSecretReference } from '../contracts/secret-references.ts';
import { settingChanges } from '../contracts/settings.ts';
import { MAX_LISTS } from '../domain/audiences/requests.ts';
import { MAX_SUPPRESSION_LISTS, newSuppressionList } from '../domain/audiences/suppression-lists.ts';
import { defaultDestination } from '../domain/destinations/index.ts';
import { jobConfiguration } from '../domain/jobs/configuration.ts';
import { customAudienceId } from '../domain/values/bounds.ts';
import { isSecretReference } from '../domain/values/secret-reference.ts';
import { unnamedJob, WITHOUT_JOB_ID, withNamedJob } from './after-job.ts';
import { referenceTo, variableOf } from './reference.ts';

const noSecrets = (variable: string): string =>
  `The file must not contain secrets. Name the variable that holds the secret, as in ${referenceTo(variable)}.`;

const defaultProvider = providers.find(({ id }) => id === defaultDestination.id)!;

const fileAuthorization = z
  .strictObject({
    label: authorizationChange.shape.label.unwrap(),
    provider: z.string().default(defaultProvider.id),
    method: z.string().default(defaultProvider.methods[0]!.id),
    description: authorizationChange.shape.description.unwrap().default(''),
    configuration: z.record(z.string(), z.string('Put it in quotes.')),
  })
  .superRefine(({ provider, method: id, configuration }, context) => {
    const problem = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const method = findMethod(provider, id);
    if (!method) return problem(['method'], `The provider "${provider}" has no method "${id}".`);
    for (const { key, label, secret, required } of method.fields) {
      const value = configuration[key];
      if (value === undefined && required) problem(['configuration'], `${label} (${key}) is missing.`);
      if (value !== undefined && secret && variableOf(value) === undefined && !isSecretReference(value)) {
        problem(['configuration', key], noSecrets('LINE_ADS_SECRET_KEY'));
      }
    }
    const known = method.fields.map(({ key }) => key);
    for (const key of Object.keys(configuration).filter((name) => !known.includes(name))) {
      problem(['configuration', key], `This method does not have this field. It has ${known.join(', ')}.`);
    }
  });
export type FileAuthorization = z.infer<typeof fileAuthorization>;

const { source_authorization_id: _, ...listShape } = newSuppressionList.shape;
/** The label of a source's authorization in the file or in the service; null for files. */
const sourceAuthorization = z.string().min(1).nullable().default(null);

const fileSuppressionList = z.strictObject({ ...listShape, source_authorization: sourceAuthorization });
export type FileSuppressionList = z.infer<typeof fileSuppressionList>;

/**
 * A configuration, and the audiences that runs of the job have created: where the file gives both a name and an id. The
 * API has these ids beside the configuration.
 */
const fileConfiguration = z.unknown().transform((given, context) => {
  const made: (string | null)[] = [];
  const report = (error: z.ZodError | undefined, at: PropertyKey[]) => {
    for (const issue of error?.issues ?? []) {
      context.issues.push({ ...issue, path: [...at, ...issue.path], input: given } as z.core.$ZodRawIssue);
    }
  };
  const withoutMade = (delivery: unknown, path: PropertyKey[]): unknown => {
    const { audience_id: id = null, audience_name: name = null } = (delivery ?? {}) as Record<string, unknown>;
    if (id === null || name === null) {
      made.push(null);
      return delivery;
    }
    const { data = null, error } = customAudienceId.safeParse(id);
    report(error, [...path, 'audience_id']);
    made.push(data);
    return { ...(delivery as object), audience_id: null };
  };
  const first = withoutMade(given, []);
  const siblings = (first as { siblings?: unknown } | null)?.siblings;
  const plain = Array.isArray(siblings)
    ? { ...(first as object), siblings: siblings.map((sibling, n) => withoutMade(sibling, ['siblings', n])) }
    : first;
  const named = withNamedJob(plain);
  if (named === undefined) context.addIssue({ code: 'custom', path: ['trigger', 'job_id'], message: WITHOUT_JOB_ID });
  const { data, error } = jobConfiguration.safeParse(named ?? plain);
  report(error, []);
  if (!data) return z.NEVER;
  if (data.suppression_lists.length > 0) {
    const message = 'The file names lists by their names: write suppression_lists beside configuration.';
    context.addIssue({ code: 'custom', path: ['suppression_lists'], message });
  }
  const [audience_id = null, ...sibling_audience_ids] = made;
  return { configuration: data, audience_id, sibling_audience_ids };
});

/** Valid values in place of references, to check the rest of a configuration. */
const samples: Readonly<Record<string, string>> = {
  url: 'https://hooks.example.com/x',
  signing_key: `whsec_${'A'.repeat(32)}`,
  from: 'lineup@example.com',
};

/** The password is a reference, to a variable or to a secret outside Lineup. */
const fileMail = settingChanges.mail.extend({
  password: orSecretReference(z.string().refine((value) => variableOf(value) !== undefined, noSecrets('SMTP_PASSWORD')))
    .nullable()
    .optional(),
});

const fileChannel = z
  .strictObject({
    label: channelChange.shape.label.unwrap(),
    kind: channelKind,
    /** Without events or a language in the file, the channel keeps its own. */
    events: channelChange.shape.events,
    language: channelChange.shape.language,
    configuration: z.record(z.string(), z.unknown()),
  })
  .superRefine(({ kind, configuration }, context) => {
    const secrets: readonly string[] = channelSecrets[kind];
    const filled: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(configuration)) {
      const isVariable = typeof value === 'string' && variableOf(value) !== undefined;
      filled[key] = isVariable ? (samples[key] ?? 'x') : value;
      if (!secrets.includes(key) || isVariable || isSecretReference(value) || value === null) continue;
      context.addIssue({ code: 'custom', path: ['configuration', key], message: noSecrets('SLACK_URL') });
      filled[key] = samples[key] ?? 'x';
    }
    const { error } = channelConfigurations[kind].safeParse(filled);
    if (kind === 'email' && filled.host !== undefined && filled.from === undefined) {
      context.addIssue({ code: 'custom', path: ['configuration', 'from'], message: 'Enter an e-mail address.' });
    }
    for (const issue of error?.issues ?? []) {
      context.issues.push({
        ...issue,
        path: ['configuration', ...issue.path],
        input: filled,
      } as z.core.$ZodRawIssue);
    }
  });
export type FileChannel = z.infer<typeof fileChannel>;

const fileJob = z
  .strictObject({
    name: newJob.shape.name,
    description: newJob.shape.description,
    /** Without tags in the file, the job keeps its tags. */
    tags: jobChange.shape.tags,
    type: newJob.shape.type,
    /** The label of an authorization in the file or in the service. */
    authorization: z.string().min(1, 'Name the authorization by its label.'),
    source_authorization: sourceAuthorization,
    /** The names of the lists that it chooses. Without this key, it keeps its lists. */
    suppression_lists: z.array(listShape.name).max(MAX_LISTS).optional(),
    /** The name of the job whose success it waits for, in the file or in the service. */
    after_job: newJob.shape.name.optional(),
    /** Without this key, the job stays as it is. A new one is not paused. */
    paused: newJob.shape.paused,
    /** Allows the next change of the audience to create another one. Without such a change, it has no effect. */
    another_audience: z.boolean().default(false),
    configuration: fileConfiguration,
  })
  .transform(({ configuration, ...job }) => ({ ...job, ...configuration }))
  .superRefine(({ after_job, configuration }, context) => {
    const message = unnamedJob(after_job, configuration?.trigger);
    if (message) context.addIssue({ code: 'custom', path: ['after_job'], message });
  });
export type FileJob = z.infer<typeof fileJob>;

/** Where a job of the file has the id of its audience `n`, from 0. */
export const pathOfAudience = (n: number): readonly (string | number)[] => [
  'configuration',
  ...(n === 0 ? [] : ['siblings', n - 1]),
  'audience_id',
];

/** The audiences that the file names by id: chosen ones, and those that runs of the job have created. */
const audiencesIn = ({ configuration, audience_id, sibling_audience_ids }: FileJob): (string | null)[] =>
  [configuration, ...configuration.siblings].map(
    (delivery, n) => delivery.audience_id ?? [audience_id, ...sibling_audience_ids][n] ?? null,
  );

export const configurationFile = z
  .strictObject({
    version: z.literal(1, 'This version of Lineup reads files with version: 1.'),
    /**
     * Sections and keys that are not in the file stay as they are. They need the token of an administrator, as do
     * channels.
     */
    settings: z
      .strictObject({ ...settingChanges, mail: fileMail })
      .partial()
      .optional(),
    /** Without this key, the channels of the service stay as they are, also with `--prune`. */
    notification_channels: z.array(fileChannel).optional(),
    authorizations: z.array(fileAuthorization).default([]),
    /** Without this key, the lists of the service stay as they are, also with `--prune`. */
    suppression_lists: z.array(fileSuppressionList).max(MAX_SUPPRESSION_LISTS).optional(),
    jobs: z.array(fileJob).default([]),
  })
  .superRefine(({ notification_channels = [], authorizations, suppression_lists = [], jobs }, context) => {
    const refuseTwice = (
      list: 'notification_channels' | 'authorizations' | 'suppression_lists' | 'jobs',
      key: string,
      names: readonly string[],
    ) => {
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) === index) continue;
        const message = `"${name}" is in the file twice.`;
        context.addIssue({ code: 'custom', path: [list, index, key], message });
      }
    };
    refuseTwice(
      'notification_channels',
      'label',
      notification_channels.map(({ label }) => label),
    );
    refuseTwice(
      'authorizations',
      'label',
      authorizations.map(({ label }) => label),
    );
    refuseTwice(
      'suppression_lists',
      'name',
      suppression_lists.map(({ name }) => name),
    );
    refuseTwice(
      'jobs',
      'name',
      jobs.map(({ name }) => name),
    );
    const filled = new Map<string, string>();
    for (const [index, job] of jobs.entries()) {
      for (const [n, id] of audiencesIn(job).entries()) {
        if (id === null) continue;
        const other = filled.get(id);
        if (other !== undefined) {
          const message = `The audience ${id} is also that of "${other}". Each one needs an audience of its own.`;
          context.addIssue({ code: 'custom', path: ['jobs', index, ...pathOfAudience(n)], message });
        }
        filled.set(id, job.name);
      }
    }
  });
export type ConfigurationFile = z.infer<typeof configurationFile>;
