/** A configuration file from what runs. Credentials become the names of variables, for nobody can read them back. */
import { Document } from 'yaml';
import type { Authorization } from '../contracts/authorizations.ts';
import type { JobView } from '../contracts/jobs.ts';
import { findMethod } from '../contracts/providers.ts';
import { referenceTo } from './file.ts';
import type { Running } from './plan.ts';

/** Applied to the service that it was written from, the file changes nothing. */
export function writeConfigurationFile({ authorizations, jobs }: Running): string {
  const variables = new Set<string>();
  const labelOf = new Map(authorizations.map(({ id, label }) => [id, label]));
  const content = {
    version: 1,
    authorizations: authorizations.map((one) => authorizationOf(one, variables)),
    jobs: jobs.filter(({ status }) => status !== 'killed').map((job) => jobOf(job, labelOf)),
  };
  // Older readers of YAML take 09:00 for a number: in quotes it is a text to all of them.
  const document = new Document(content, { compat: 'yaml-1.1' });
  document.commentBefore =
    ' Written by "lineup export-config". Credentials are not in here: set the variables that are named below.';
  return document.toString({ lineWidth: 110 });
}

function authorizationOf(
  { label, provider, method, description }: Authorization,
  variables: Set<string>,
): Record<string, unknown> {
  // What is optional may not have been given, which cannot be seen.
  const fields = findMethod(provider, method)?.fields.filter(({ required }) => required) ?? [];
  const configuration = Object.fromEntries(
    fields.map(({ key }) => [key, referenceTo(unused(nameFor(label, key), variables))]),
  );
  return withoutNulls({ label, provider, method, description: description || null, configuration });
}

function jobOf(job: JobView, labelOf: ReadonlyMap<string, string>): Record<string, unknown> {
  const source = job.source_authorization_id;
  return withoutNulls({
    name: job.name,
    description: job.description || null,
    tags: job.tags.length > 0 ? job.tags : null,
    authorization: labelOf.get(job.authorization_id) ?? null,
    source_authorization: source === null ? null : (labelOf.get(source) ?? null),
    configuration: withoutNulls(job.configuration),
  });
}

/** Absent and null are the same in a file. */
const withoutNulls = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null));

/** `MAIN_ACCOUNT_SECRET_KEY`; a label without Latin letters gives none of it. */
const nameFor = (label: string, key: string): string =>
  `${label.normalize('NFKC')} ${key}`
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^[_0-9]+|_$/g, '');

function unused(name: string, taken: Set<string>): string {
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? name : `${name}_${n}`;
    if (taken.has(candidate)) continue;
    taken.add(candidate);
    return candidate;
  }
}
