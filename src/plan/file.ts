/**
 * The schema of a configuration file. Authorizations are identified by their label, suppression lists and jobs by their name. The file never contains
 * credentials, only the names of the environment variables that contain them.
 */
import { z } from 'zod';
import { authorizationChange } from '../contracts/authorizations.ts';
import { jobConfiguration } from '../contracts/job-configuration.ts';
import { jobChange, newJob } from '../contracts/jobs.ts';
import { findMethod } from '../contracts/providers/index.ts';
import { MOST_LISTS } from '../contracts/requests.ts';
import { MAX_SUPPRESSION_LISTS, newSuppressionList } from '../contracts/suppression-lists.ts';

const REFERENCE = /^\$\{env:([A-Za-z_]\w*)\}$/;

/** The environment variable that a value refers to; undefined for a plain value. */
export const variableOf = (value: string): string | undefined => REFERENCE.exec(value)?.[1];
export const referenceTo = (variable: string): string => `\${env:${variable}}`;

const fileAuthorization = z
  .strictObject({
    label: authorizationChange.shape.label.unwrap(),
    provider: z.string().default('line_ads'),
    method: z.string().default('line_ads_api_key'),
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
      if (value !== undefined && secret && variableOf(value) === undefined) {
        problem(
          ['configuration', key],
          `The file must not contain secrets. Name the variable that holds the secret, as in ${referenceTo('LINE_ADS_SECRET_KEY')}.`,
        );
      }
    }
    const known = method.fields.map(({ key }) => key);
    for (const key of Object.keys(configuration).filter((one) => !known.includes(one))) {
      problem(['configuration', key], `This method does not have this field. It has ${known.join(', ')}.`);
    }
  });
export type FileAuthorization = z.infer<typeof fileAuthorization>;

const { source_authorization_id: _, ...listShape } = newSuppressionList.shape;
/** The label of a source's authorization in the file or in the service; null for files. */
const sourceAuthorization = z.string().min(1).nullable().default(null);

const fileSuppressionList = z.strictObject({ ...listShape, source_authorization: sourceAuthorization });
export type FileSuppressionList = z.infer<typeof fileSuppressionList>;

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
    suppression_lists: z.array(listShape.name).max(MOST_LISTS).optional(),
    /** Allows the next change of the audience to create another one. Without such a change, it has no effect. */
    another_audience: z.boolean().default(false),
    configuration: jobConfiguration,
  })
  .superRefine(({ configuration }, context) => {
    if (configuration.suppression_lists.length === 0) return;
    const message = 'The file names lists by their names: write suppression_lists beside configuration.';
    context.addIssue({ code: 'custom', path: ['configuration', 'suppression_lists'], message });
  });
export type FileJob = z.infer<typeof fileJob>;

export const configurationFile = z
  .strictObject({
    version: z.literal(1, 'This version of Lineup reads files with version: 1.'),
    authorizations: z.array(fileAuthorization).default([]),
    /** Without this key, the lists of the service stay as they are, also with `--prune`. */
    suppression_lists: z.array(fileSuppressionList).max(MAX_SUPPRESSION_LISTS).optional(),
    jobs: z.array(fileJob).default([]),
  })
  .superRefine(({ authorizations, suppression_lists = [], jobs }, context) => {
    const refuseTwice = (
      list: 'authorizations' | 'suppression_lists' | 'jobs',
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
  });
export type ConfigurationFile = z.infer<typeof configurationFile>;
