/** A database as a provider of audiences: its tables and views, or a query. */
import { Secret } from '../../domain/values/secret.ts';
import {
  type Credentials,
  credential,
  type ProviderOptions,
  type Source,
  type SourceProvider,
  type SourceWatch,
  type Verified,
} from '../source.ts';
import type { DatabaseConnection, DatabaseTarget } from './target.ts';

/** The time limit for a test of a connection, and for a list. */
export const LOOKUP_MS = 30_000;

export interface TablesRequest {
  readonly connection: DatabaseConnection;
  readonly limit: number;
  /** The `id` of the last item of the page before. */
  readonly after?: string | undefined;
  /** A part of the name with its schema or database, in upper or lower case. */
  readonly search?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListedTable {
  /** For example `crm.members`: an id that can be read again, and a label. */
  readonly id: string;
  /** The comment that an administrator wrote about it. */
  readonly description: string;
  /** The server's estimate of its rows. null for a view, and when there is none. */
  readonly size: number | null;
}

/** What differs between databases. */
export interface DatabaseKind {
  readonly system: string;
  readTarget(connection: DatabaseConnection): DatabaseTarget & { readonly socket?: string | undefined };
  open(connection: DatabaseConnection, audienceId: string, signal: AbortSignal): Promise<Source>;
  listTables(request: TablesRequest): Promise<{ readonly items: readonly ListedTable[]; readonly next: string | null }>;
  /** Whether `listTables` lists it. The server's own tables show who else works there, and on what. */
  isListed(audienceId: string): boolean;
  testConnection(connection: DatabaseConnection, signal: AbortSignal): Promise<Verified>;
  readonly watch: SourceWatch;
}

/** Credentials: `connection_url`, and `ca_certificate` when Node.js does not trust the server's authority. */
export const databaseProvider =
  (kind: DatabaseKind) =>
  ({ ownMachine, networkAt }: ProviderOptions): SourceProvider => {
    const connect = (credentials: Credentials): DatabaseConnection => {
      const url = new Secret(credential(credentials, 'connection_url') ?? '');
      const connection = { url, ca: credential(credentials, 'ca_certificate'), ownMachine };
      return { ...connection, network: networkAt?.(kind.readTarget(connection).port) };
    };
    return {
      open: async (credentials, audienceId, signal) => kind.open(connect(credentials), audienceId, signal),
      audiences: async (credentials, { limit, cursor, search }, signal) => {
        const request = { connection: connect(credentials), limit, after: cursor, search, signal };
        const { items, next } = await kind.listTables(request);
        return {
          items: items.map(({ id, description, size }) => ({
            id,
            name: id,
            description,
            size,
            updated_at: null,
            file: null,
          })),
          next,
        };
      },
      lists: async (audienceId) => kind.isListed(audienceId),
      watch: kind.watch,
      verify: async (credentials, signal) => kind.testConnection(connect(credentials), signal),
      hosts: (credentials) => {
        const { host, port, socket } = kind.readTarget(connect(credentials));
        return socket === undefined ? [{ what: `${kind.system} source`, host, port, tls: false }] : [];
      },
    };
  };
