/**
 * Writes a configuration file from the state of the service, with names of variables for credentials, which nobody can
 * read, and the references to those outside Lineup.
 */
import { Document } from 'yaml';
import type { Authorization } from '../contracts/authorizations.ts';
import type { JobView } from '../contracts/jobs.ts';
import { type Channel, channelSecrets } from '../contracts/notifications.ts';
import { type ConfigurationField, findMethod } from '../contracts/providers/index.ts';
import { type SettingsView, settingSection } from '../contracts/settings.ts';
import type { SuppressionList } from '../domain/audiences/suppression-lists.ts';
import { jobTypes } from '../domain/destinations/index.ts';
import { awaitedBy } from './after-job.ts';
import type { Running } from './plan.ts';
import { referenceTo } from './reference.ts';

/** Applying the file to the same service changes nothing. */
export function writeConfigurationFile({
  settings,
  channels = [],
  authorizations,
  suppressionLists,
  jobs,
}: Running): string {
  const variables = new Set<string>();
  const labelOf = new Map(authorizations.map(({ id, label }) => [id, label]));
  const nameOf = new Map(suppressionLists.map(({ id, name }) => [id, name]));
  const content = {
    version: 1,
    ...(settings && { settings: settingsOf(settings, variables) }),
    ...(channels.length > 0 && { notification_channels: channels.map((channel) => channelOf(channel, variables)) }),
    authorizations: authorizations.map((authorization) => authorizationOf(authorization, variables)),
    ...(suppressionLists.length > 0 && {
      suppression_lists: suppressionLists.map((list) => listOf(list, labelOf)),
    }),
    jobs: jobs.filter(({ status }) => status !== 'killed').map((job) => jobOf(job, labelOf, nameOf)),
  };
  // Older YAML parsers read 09:00 as a number. In quotes, it is a text for all parsers.
  const document = new Document(content, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  document.commentBefore =
    ' Written by "lineup export-config". This file contains no credentials. Set the variables that are named below.';
  return document.toString({ lineWidth: 110 });
}

const settingsOf = (settings: SettingsView, variables: Set<string>): Record<string, unknown> => ({
  ...Object.fromEntries(settingSection.options.map((section) => [section, settings[section]])),
  ...(settings.mail_password && {
    mail: {
      ...settings.mail,
      password: settings.mail_password_reference ?? referenceTo(unused('SMTP_PASSWORD', variables)),
    },
  }),
});

/** Where the mail server is that of the settings, a channel has only its own part. */
const ownPart = ({ configuration = {}, mail_server }: Channel): Record<string, unknown> =>
  mail_server === 'settings' ? { to: configuration.to } : configuration;

function channelOf(channel: Channel, variables: Set<string>): Record<string, unknown> {
  const { label, kind, events, language, mail_server, references = {}, secrets = channelSecrets[kind] } = channel;
  const own = mail_server === 'settings' ? [] : secrets;
  const hidden = own.map((key) => [key, references[key] ?? referenceTo(unused(nameFor(label, key), variables))]);
  return {
    label,
    kind,
    events,
    language,
    configuration: { ...ownPart(channel), ...Object.fromEntries(hidden) },
  };
}

function authorizationOf(
  { label, provider, method, description, configured, references = {}, connection }: Authorization,
  variables: Set<string>,
): Record<string, unknown> {
  // Only required fields when nobody can see which optional ones have a value.
  const isUsed = ({ key, required }: ConfigurationField) => configured?.includes(key) ?? required;
  const known = findMethod(provider, method);
  const fields = known?.fields.filter(isUsed) ?? [];
  // It is no secret, and the API shows it.
  const shown = { [known?.consent?.chooses ?? '']: connection?.account?.id };
  const configuration = Object.fromEntries(
    fields.map(({ key }) => [
      key,
      shown[key] ?? references[key] ?? referenceTo(unused(nameFor(label, key), variables)),
    ]),
  );
  return withoutNulls({ label, provider, method, description: description || null, configuration });
}

function listOf(list: SuppressionList, labelOf: ReadonlyMap<string, string>): Record<string, unknown> {
  const { name, description, source_authorization_id: source, segment_id, file_options } = list;
  return withoutNulls({
    name,
    description: description || null,
    source_authorization: source === null ? null : (labelOf.get(source) ?? null),
    segment_id,
    file_options: file_options ?? null,
    fields: list.fields,
    applies_to: list.applies_to,
    max_shrink: list.max_shrink,
  });
}

function jobOf(
  job: JobView,
  labelOf: ReadonlyMap<string, string>,
  nameOf: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const source = job.source_authorization_id;
  const { suppression_lists: chosen, siblings, hash_in_database, trigger, ...configuration } = job.configuration;
  return withoutNulls({
    name: job.name,
    description: job.description || null,
    tags: job.tags.length > 0 ? job.tags : null,
    // The first type is the default.
    type: job.type === jobTypes[0] ? null : job.type,
    authorization: labelOf.get(job.authorization_id) ?? null,
    source_authorization: source === null ? null : (labelOf.get(source) ?? null),
    suppression_lists: chosen.length > 0 ? chosen.map((id) => nameOf.get(id) ?? id) : null,
    after_job: awaitedBy(job) ?? null,
    paused: job.status === 'paused' || null,
    configuration: {
      ...withoutNulls(withAudience(configuration, job.audience_id)),
      ...(trigger && { trigger: withoutNulls({ ...trigger, ...(trigger.kind === 'after_job' && { job_id: null }) }) }),
      ...(hash_in_database && { hash_in_database }),
      ...(siblings.length > 0 && {
        siblings: siblings.map((sibling, n) =>
          withoutNulls(withAudience(sibling, job.sibling_audience_ids[n] ?? null)),
        ),
      }),
    },
  });
}

/**
 * With the id of its audience also when a run has created it: a service that is built from the file goes on with this
 * audience.
 */
const withAudience = <Delivery extends { audience_id: string | null }>(
  delivery: Delivery,
  id: string | null,
): Delivery => ({
  ...delivery,
  audience_id: delivery.audience_id ?? id,
});

/** Removes null values: in a file, they mean the same as missing keys. */
const withoutNulls = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));

/**
 * The name of a variable, e.g. `MAIN_ACCOUNT_SECRET_KEY`. Characters other than Latin letters and digits are dropped.
 */
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
