/** Reads what the checks need from the service's database, once for all of them. It never writes. */
import { hostname } from 'node:os';
import { sql } from 'kysely';
import { z } from 'zod';
import type { AuditStreamState } from '../contracts/audit-stream.ts';
import type { Authorization } from '../contracts/authorizations.ts';
import type { Connection } from '../contracts/consents.ts';
import { isRemoteSource } from '../contracts/providers/index.ts';
import { destinationOf, isDestination } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { Secret } from '../domain/values/secret.ts';
import { secretReferencesIn } from '../domain/values/secret-reference.ts';
import { webHost } from '../sources/http.ts';
import { loadProvider } from '../sources/kinds.ts';
import type { SourceHost } from '../sources/source.ts';
import type { Database, Db } from '../store/database/database.ts';
import { stateOfMigrations } from '../store/database/migrate.ts';
import { openDatabase } from '../store/database/open-database.ts';
import { holdsDatabase } from '../store/database/pglite.ts';
import { readPostgresUrl } from '../store/database/postgres.ts';
import { auditStreamStates } from '../store/repositories/audit-streams.ts';
import { listAuthorizations, revealConfiguration } from '../store/repositories/authorizations.ts';
import { listChannels, revealChannel } from '../store/repositories/notification-channels.ts';
import { MAIL, revealSetting } from '../store/repositories/settings.ts';
import { hasAdministrator } from '../store/repositories/single-sign-on.ts';
import { type MasterKey, SecretBox } from '../store/secrets/secret-box.ts';
import { examineSecrets, type SecretHealth } from '../store/secrets/stored-secrets.ts';
import { connectionIn } from '../use-cases/consents/connection.ts';
import { savedAuthorizations } from '../use-cases/known-authorizations.ts';
import { channelToUse } from '../use-cases/notifications/channel-to-use.ts';
import type { ReadSecret } from '../use-cases/secrets-outside.ts';
import { readSettings } from '../use-cases/settings.ts';
import { type AgeingJob, ageingJobs } from './ageing.ts';
import { type EndingAudience, endingAudiences } from './ending.ts';
import { type SplitJob, splitJobs } from './parts.ts';
import { type WaitingJob, waitingJobs } from './waiting.ts';
import { type WatchingJob, watchingJobs } from './watching.ts';

export type Stored =
  /** The embedded database, before the first start. */
  | { readonly state: 'absent' }
  /** The embedded database, in use by a running service. */
  | { readonly state: 'in_use'; readonly message: string }
  | { readonly state: 'unusable'; readonly message: string }
  | {
      readonly state: 'open';
      readonly server: ServerState;
      readonly migrations: MigrationsState;
      /** Undefined when the tables are not those of this version. */
      readonly content: StoredContent | undefined;
    };

export interface ServerState {
  /** Without a user or a password. */
  readonly place: string;
  readonly version: string;
  /** Whether a pooler shares the connections. */
  readonly shared: boolean;
  /** The database's clock minus this machine's. */
  readonly aheadMs: number;
  /** Undefined for the embedded database, which has only one. */
  readonly connections: { readonly most: number; readonly used: number } | undefined;
}

export interface MigrationsState {
  readonly applied: number;
  readonly known: number;
  /** Why this version cannot use the tables. */
  readonly problem: string | undefined;
}

export interface StoredContent {
  readonly secrets: SecretHealth;
  readonly timeZones: readonly string[];
  readonly hosts: StoredHosts;
  readonly outside: SecretsOutside;
  readonly administration: Administration;
  readonly auditStreams: readonly AuditStreamState[];
  /** The jobs whose members leave by age. */
  readonly ageing: readonly AgeingJob[];
  /** The audiences of jobs whose end is known. */
  readonly ending: readonly EndingAudience[];
  /** The jobs that run when another one has succeeded. */
  readonly waiting: readonly WaitingJob[];
  /** The jobs that look at their sources, or wait for webhooks. */
  readonly watching: readonly WatchingJob[];
  /** The jobs that have an audience for each value of a column. */
  readonly splits: readonly SplitJob[];
  /** The authorizations of destinations. */
  readonly destinations: readonly StoredDestination[];
}

/** Without its label, which may name a person. */
export interface StoredDestination extends Pick<Authorization, 'id' | 'provider' | 'health'> {
  /** Only where a person consents in the browser. */
  readonly connection: Connection | undefined;
  /** Only where the audiences of an account are counted with them, and they can be read. */
  readonly credentials?: Secret<Record<string, string>> | undefined;
}

/** Whether anybody can manage the service. `nobody_yet`: it has no users. */
export type Administration = 'nobody_yet' | 'managed' | 'locked_out';

/** The references to secrets outside Lineup: of authorizations, channels and the mail server. */
export interface SecretsOutside {
  readonly count: number;
  /** A sentence for each one that cannot be read. It names the reference, and never the value. */
  readonly problems: readonly string[];
}

export interface StoredOptions {
  readonly dataDirectory: string;
  readonly databaseUrl: string | undefined;
  /** The keys for a database, with those that it needs and a rotation has kept. */
  readonly keysFor: (db: Db) => Promise<readonly MasterKey[]>;
  readonly readSecret: ReadSecret;
}

export async function readStored({ dataDirectory, databaseUrl, keysFor, readSecret }: StoredOptions): Promise<Stored> {
  // Opening a missing database would create it.
  if (databaseUrl === undefined && !holdsDatabase(dataDirectory)) return { state: 'absent' };
  try {
    const database = await openDatabase({
      dataDirectory,
      ...(databaseUrl !== undefined && { url: databaseUrl }),
    });
    try {
      return await readOpen(database, databaseUrl, keysFor, readSecret);
    } catch (error) {
      throw database.explain(error);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    if (error.code === 'data_directory_in_use') {
      return { state: 'in_use', message: error.message.replaceAll(` on ${hostname()}`, '') };
    }
    return { state: 'unusable', message: withoutUser(error.message, databaseUrl) };
  }
}

/** Removes the user from an error message, because it may be the name of a person. */
function withoutUser(message: string, databaseUrl: string | undefined): string {
  if (databaseUrl === undefined) return message;
  try {
    const { label, place } = readPostgresUrl(databaseUrl);
    return message.replaceAll(label, place);
  } catch {
    return message;
  }
}

async function readOpen(
  database: Database,
  databaseUrl: string | undefined,
  keysFor: StoredOptions['keysFor'],
  readSecret: ReadSecret,
): Promise<Stored> {
  const { db } = database;
  const server = await serverState(database, databaseUrl);
  const migrations = await migrationsState(db);
  const current = migrations.problem === undefined && migrations.applied >= migrations.known;
  const keys = current ? await keysFor(db) : [];
  const content = current
    ? {
        secrets: await examineSecrets(db, keys),
        timeZones: await timeZonesOf(db),
        hosts: await storedHosts(db, keys, readSecret),
        outside: await secretsOutside(db, keys, readSecret),
        administration: await administrationOf(db),
        auditStreams: await auditStreamStates(db, new Date()),
        ageing: await ageingJobs(db, new Date()),
        ending: await endingAudiences(db),
        waiting: await waitingJobs(db),
        watching: await watchingJobs(db),
        splits: await splitJobs(db),
        destinations: await storedDestinations(db, keys, readSecret),
      }
    : undefined;
  return { state: 'open', server, migrations, content };
}

async function administrationOf(db: Db): Promise<Administration> {
  if (await hasAdministrator(db)) return 'managed';
  const somebody = await db.selectFrom('users').select('id').limit(1).executeTakeFirst();
  return somebody ? 'locked_out' : 'nobody_yet';
}

async function serverState({ db, connection }: Database, databaseUrl: string | undefined): Promise<ServerState> {
  const asked = Date.now();
  const { rows } = await sql<{ version: string; now: number }>`
    select current_setting('server_version') as version, (extract(epoch from clock_timestamp()) * 1000)::float8 as now`.execute(
    db,
  );
  // The server reads its clock about half-way through the round trip.
  const here = (asked + Date.now()) / 2;
  const [{ version, now } = { version: 'unknown', now: here }] = rows;
  return {
    place: databaseUrl === undefined ? 'the data directory' : readPostgresUrl(databaseUrl).place,
    version: version.split(' ')[0] ?? version,
    shared: connection.kind === 'postgres' && connection.shared,
    aheadMs: now - here,
    connections: connection.kind === 'postgres' ? await connectionsOf(db) : undefined,
  };
}

/** The lowest of the limits of the server, the database and the user. */
async function connectionsOf(db: Db): Promise<{ most: number; used: number }> {
  const { rows } = await sql<{ most: number; used: number }>`
    select least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
        (select nullif(datconnlimit, -1) from pg_database where datname = current_database())
      ) as most,
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`.execute(db);
  return rows[0] ?? { most: 0, used: 0 };
}

async function migrationsState(db: Db): Promise<MigrationsState> {
  try {
    return { ...(await stateOfMigrations(db)), problem: undefined };
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    return { applied: 0, known: 0, problem: error.message };
  }
}

async function timeZonesOf(db: Db): Promise<string[]> {
  const { rows } = await sql<{ zone: string }>`
    select distinct zone from (
      select configuration ->> 'timezone' as zone from lineup.jobs where status <> 'killed'
      union select value ->> 'time_zone' from lineup.settings where key = 'appearance'
    ) as zones where zone is not null order by zone limit 100`.execute(db);
  return rows.map(({ zone }) => zone);
}

/** The hosts that stored authorizations, channels and settings name, without the rest of their configuration. */
export interface StoredHosts {
  readonly hosts: readonly SourceHost[];
  /** The allowed hosts inside the network, from the settings. */
  readonly internalHosts: readonly string[];
  /** How many could not be read, because the key cannot decrypt them or they are not valid. */
  readonly unreadable: number;
}

const web = (label: string, address: string): SourceHost => webHost(label, new URL(address));

const mail = z.object({ host: z.string(), port: z.number(), security: z.string() });
const hook = z.object({ url: z.string() });

export async function storedHosts(db: Db, keys: readonly MasterKey[], readSecret: ReadSecret): Promise<StoredHosts> {
  const { files, network } = await readSettings(db);
  const hosts = files.url_roots.map(({ url }) => web('files', url));
  let unreadable = 0;
  const add = async (read: () => Promise<readonly SourceHost[]>) => {
    try {
      hosts.push(...(await read()));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      unreadable += 1;
    }
  };
  if (keys.length > 0) {
    const box = new SecretBox(keys);
    const authorizations = savedAuthorizations(db, box, readSecret);
    for (const { id, provider } of await listAuthorizations(db)) {
      await add(async () => hostsOfSource(provider, await authorizations.reveal(id)));
    }
    for (const { id, kind } of await listChannels(db)) {
      await add(async () => {
        const { configuration } = await channelToUse({ db, box, readSecret }, id);
        return [hostOfChannel(kind, configuration.reveal())];
      });
    }
  }
  return { hosts: distinct(hosts), internalHosts: network.internal_hosts, unreadable };
}

async function storedDestinations(
  db: Db,
  keys: readonly MasterKey[],
  readSecret: ReadSecret,
): Promise<StoredDestination[]> {
  if (keys.length === 0) return [];
  const box = new SecretBox(keys);
  const authorizations = savedAuthorizations(db, box, readSecret);
  const found: StoredDestination[] = [];
  for (const authorization of await listAuthorizations(db)) {
    const { id, provider, health } = authorization;
    if (!isDestination(provider)) continue;
    // Credentials that cannot be decrypted are a finding of the key.
    const configuration = (await revealConfiguration(db, box, id).catch(() => undefined))?.reveal();
    const connection = await connectionIn(db, { box, readSecret, publicUrl: null }, authorization, configuration);
    const isCounted = destinationOf(provider).limits.audiences !== undefined;
    // A secret outside that cannot be read is a finding of its own.
    const credentials = isCounted ? await authorizations.reveal(id).catch(() => undefined) : undefined;
    found.push({ id, provider, health, connection, ...(credentials && { credentials }) });
  }
  return found;
}

async function secretsOutside(db: Db, keys: readonly MasterKey[], readSecret: ReadSecret): Promise<SecretsOutside> {
  if (keys.length === 0) return { count: 0, problems: [] };
  const references = new Set<string>();
  for (const configuration of await configurationsWithSecrets(db, new SecretBox(keys))) {
    for (const reference of Object.values(secretReferencesIn(configuration))) references.add(reference);
  }
  const problems: string[] = [];
  for (const reference of references) {
    await readSecret(reference).catch((error: unknown) => {
      if (!(error instanceof LineupError)) throw error;
      problems.push(error.message);
    });
  }
  return { count: references.size, problems };
}

/** All that may refer to secrets outside. What cannot be decrypted is a finding of the key. */
async function configurationsWithSecrets(db: Db, box: SecretBox): Promise<Readonly<Record<string, unknown>>[]> {
  const opened = async <T>(read: Promise<Secret<T> | undefined>) => (await read.catch(() => undefined))?.reveal();
  const authorizations = (await listAuthorizations(db)).map(({ id }) => opened(revealConfiguration(db, box, id)));
  const channels = (await listChannels(db)).map(({ id }) =>
    opened(revealChannel(db, box, id).then(({ configuration }) => configuration)),
  );
  const password = await opened(revealSetting(db, box, MAIL));
  return [...(await Promise.all([...authorizations, ...channels])).map((found) => Object(found)), { password }];
}

async function hostsOfSource(
  provider: string,
  configuration: Secret<Record<string, string>>,
): Promise<readonly SourceHost[]> {
  if (!isRemoteSource(provider)) return [];
  return (await loadProvider(provider, {})).hosts?.(configuration) ?? [];
}

function hostOfChannel(kind: string, configuration: unknown): SourceHost {
  if (kind !== 'email') return web(kind === 'slack' ? 'Slack' : 'webhook', hook.parse(configuration).url);
  const { host, port, security } = mail.parse(configuration);
  return { what: 'mail server', host, port, tls: security === 'tls' };
}

function distinct(hosts: readonly SourceHost[]): SourceHost[] {
  const key = ({ what: label, host, port }: SourceHost) => `${label} ${host} ${port}`;
  return [...new Map(hosts.map((host) => [key(host), host])).values()];
}
