/**
 * The registry of providers. The forms, the API, the database and the variables of the command line follow it, so a new
 * provider needs only a new entry. How the entry of a source is opened is in src/sources/kinds.ts, and how that of a
 * destination is reached in src/destinations/kinds.ts.
 */
import { z } from 'zod';
import { jobTypes } from '../../domain/destinations/index.ts';
import { issueText } from '../../domain/text/sentence.ts';
import { secretReferencesIn } from '../../domain/values/secret-reference.ts';
import { secretReference } from '../secret-references.ts';
import { bigquery } from './bigquery.ts';
import { gcs } from './gcs.ts';
import { lineAds } from './line-ads.ts';
import { lineOfficialAccount } from './line-official-account.ts';
import { lyAds } from './ly-ads.ts';
import { lytics } from './lytics.ts';
import { mysql } from './mysql.ts';
import { postgresql } from './postgresql.ts';
import type { Method, Provider } from './provider.ts';
import { s3 } from './s3.ts';
import { snowflake } from './snowflake.ts';

export type { ConfigurationField, Method, Provider, SourceTraits } from './provider.ts';

export const jobType = z.enum(jobTypes);
export type JobType = z.infer<typeof jobType>;

/** Files need no authorization. An administrator's setting decides which files exports may read. */
const files: Provider = {
  id: 'files',
  label: 'Files',
  about: issueText`Files of this machine, uploads, and URLs.`,
  role: 'source',
  methods: [],
  jobTypes: [],
  source: { written: 'path', files: true, hashes: false },
};

export const providers: readonly Provider[] = [
  lineAds,
  lyAds,
  lineOfficialAccount,
  bigquery,
  s3,
  gcs,
  snowflake,
  postgresql,
  mysql,
  lytics,
  files,
];

export const findProvider = (id: string): Provider | undefined => providers.find((provider) => provider.id === id);

/** The method, or undefined when the registry has no such pair. */
export function findMethod(providerId: string, methodId: string): Method | undefined {
  return findProvider(providerId)?.methods.find((method) => method.id === methodId);
}

/**
 * Checks and normalises a configuration. A field may refer to a secret outside Lineup: its value is not known here.
 */
export function checkConfiguration({ configuration: schema }: Method, given: unknown) {
  const references = typeof given === 'object' && given ? secretReferencesIn(given as Record<string, unknown>) : {};
  const keys = Object.keys(references);
  if (keys.length === 0 || !(schema instanceof z.ZodObject)) return schema.safeParse(given);
  const shape = keys.filter((key) => Object.hasOwn(schema.shape, key)).map((key) => [key, secretReference]);
  const referring = z.strictObject({ ...schema.shape, ...Object.fromEntries(shape) });
  return referring.safeParse(given) as z.ZodSafeParseResult<Record<string, string>>;
}

/**
 * The normalised configuration of a method.
 * @throws {z.ZodError} each problem at its key
 */
export function configurationOf(
  provider: string,
  method: string,
  configuration: Record<string, string>,
): Record<string, string> {
  const found = findMethod(provider, method);
  if (!found) return configuration;
  const { data, error } = checkConfiguration(found, configuration);
  if (error) throw error;
  return data;
}

/** Whether audiences come from the provider, with the credentials of an authorization. */
export const isRemoteSource = (id: string): boolean => id !== files.id && findProvider(id)?.role === 'source';
