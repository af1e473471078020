/**
 * The kinds of sources that need credentials: how `--source` names their audiences, and their code, which is loaded only
 * when it is used. A new source needs an entry here, one in src/contracts/providers, and a folder beside this file.
 */
import type { ProviderOptions, SourceProvider } from './source.ts';

export interface SourceKind {
  /** The id of its entry in src/contracts/providers. */
  readonly provider: string;
  /** The audience that a text of `--source` names. Undefined for a source of another kind. */
  readonly audienceOf: (source: string) => string | undefined;
  readonly load: () => Promise<(options: ProviderOptions) => SourceProvider>;
}

/** `<prefix>:<audience>`. With `//` behind the colon, it would be a URL. */
const behind =
  (prefix: string) =>
  (source: string): string | undefined =>
    source.startsWith(`${prefix}:`) && !source.startsWith(`${prefix}://`)
      ? source.slice(prefix.length + 1).trim()
      : undefined;

/** `s3://bucket/…`, also as `newest:s3://bucket/…`. The audience is the whole text. */
const written =
  (scheme: string) =>
  (source: string): string | undefined =>
    source.startsWith(`${scheme}://`) || source.startsWith(`newest:${scheme}://`) ? source.trim() : undefined;

export const sourceKinds: readonly SourceKind[] = [
  {
    provider: 'bigquery',
    audienceOf: behind('bigquery'),
    load: async () => (await import('./bigquery/provider.ts')).bigqueryProvider,
  },
  {
    provider: 'gcs',
    audienceOf: written('gs'),
    load: async () => (await import('./gcs/provider.ts')).gcsProvider,
  },
  {
    provider: 'lytics',
    audienceOf: behind('lytics'),
    load: async () => (await import('./lytics/provider.ts')).lyticsProvider,
  },
  {
    provider: 'mysql',
    audienceOf: behind('mysql'),
    load: async () => (await import('./mysql/provider.ts')).mysqlProvider,
  },
  {
    provider: 'postgresql',
    audienceOf: behind('postgresql'),
    load: async () => (await import('./postgres/provider.ts')).postgresProvider,
  },
  {
    provider: 's3',
    audienceOf: written('s3'),
    load: async () => (await import('./s3/provider.ts')).s3Provider,
  },
  {
    provider: 'snowflake',
    audienceOf: behind('snowflake'),
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
    const audienceId = kind.audienceOf(source);
    if (audienceId !== undefined) return { kind, audienceId };
  }
  return undefined;
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
