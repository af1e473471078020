/**
 * The kinds of sources that need credentials: how `--source` names their audiences, and their code, which is loaded
 * only when it is used. A new source needs an entry here, one in src/contracts/providers, and a folder beside this
 * file.
 */
import type { ProviderOptions, SourceProvider } from './source.ts';

export interface SourceKind {
  /** The id of its entry in src/contracts/providers. */
  readonly provider: string;
  /** How `--source` names its audiences: `lytics:` before an id, `s3://` before an address. */
  readonly prefix: `${string}:` | `${string}://`;
  readonly load: () => Promise<(options: ProviderOptions) => SourceProvider>;
}

export const sourceKinds: readonly SourceKind[] = [
  {
    provider: 'bigquery',
    prefix: 'bigquery:',
    load: async () => (await import('./bigquery/provider.ts')).bigqueryProvider,
  },
  {
    provider: 'gcs',
    prefix: 'gs://',
    load: async () => (await import('./gcs/provider.ts')).gcsProvider,
  },
  {
    provider: 'lytics',
    prefix: 'lytics:',
    load: async () => (await import('./lytics/provider.ts')).lyticsProvider,
  },
  {
    provider: 'mysql',
    prefix: 'mysql:',
    load: async () => (await import('./mysql/provider.ts')).mysqlProvider,
  },
  {
    provider: 'postgresql',
    prefix: 'postgresql:',
    load: async () => (await import('./postgres/provider.ts')).postgresProvider,
  },
  {
    provider: 's3',
    prefix: 's3://',
    load: async () => (await import('./s3/provider.ts')).s3Provider,
  },
  {
    provider: 'snowflake',
    prefix: 'snowflake:',
    load: async () => (await import('./snowflake/provider.ts')).snowflakeProvider,
  },
];

/** An audience that `--source` names, and its kind. */
export interface NamedAudience {
  readonly kind: SourceKind;
  readonly audienceId: string;
}

/** Undefined for files. */
export function audienceOf(source: string): NamedAudience | undefined {
  for (const kind of sourceKinds) {
    const audienceId = audienceBehind(kind.prefix, source);
    if (audienceId !== undefined) return { kind, audienceId };
  }
  return undefined;
}

function audienceBehind(prefix: SourceKind['prefix'], source: string): string | undefined {
  // An address is the audience as a whole, also as `newest:s3://bucket/…`.
  if (prefix.endsWith('//'))
    return source.startsWith(prefix) || source.startsWith(`newest:${prefix}`) ? source.trim() : undefined;
  // With `//` behind the colon, it would be a URL.
  return source.startsWith(prefix) && !source.startsWith(`${prefix}//`)
    ? source.slice(prefix.length).trim()
    : undefined;
}

/**
 * The provider of an entry in src/contracts/providers.
 * @throws {Error} for an id without a kind
 */
export async function loadProvider(id: string, options: ProviderOptions): Promise<SourceProvider> {
  const kind = sourceKinds.find(({ provider }) => provider === id);
  if (!kind) throw new Error(`src/sources/kinds.ts has no entry for "${id}"`);
  return (await kind.load())(options);
}
