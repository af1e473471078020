/** The checks of `lineup doctor` on this installation. */
import { homedir } from 'node:os';
import { extname } from 'node:path';
import { type Config, readConfigAnyway, type ServerSettings } from '../config/config.ts';
import { type Environment, withoutValue } from '../config/environment.ts';
import { readSurroundings } from '../config/surroundings.ts';
import { readTelemetry } from '../config/telemetry.ts';
import { findProvider } from '../contracts/providers/index.ts';
import { noSecretsOutside } from '../contracts/secrets-outside.ts';
import { kindOf } from '../destinations/kinds.ts';
import { ageingFindings } from '../doctor/ageing.ts';
import { refusedFindings } from '../doctor/authorizations.ts';
import { consentFindings } from '../doctor/consents.ts';
import {
  administrationFindings,
  auditStreamFindings,
  databaseFindings,
  type KeyState,
  keyFindings,
} from '../doctor/database.ts';
import { type Directory, directory, sharedMemory } from '../doctor/disk.ts';
import { endingFindings } from '../doctor/ending.ts';
import {
  type Check,
  type Examination,
  examine,
  type Finding,
  type FindingStatus,
  ok,
  problem,
  warning,
} from '../doctor/finding.ts';
import {
  type DestinationApi,
  destinationApi,
  hostCheck,
  mostHosts,
  oidcIssuer,
  ownService,
  proxyFindings,
} from '../doctor/hosts.ts';
import { limits, timeZones, versions } from '../doctor/machine.ts';
import { partFindings } from '../doctor/parts.ts';
import { roomChecks } from '../doctor/room.ts';
import { readStored, type Stored, type StoredDestination } from '../doctor/stored.ts';
import { openFiles, outsideFindings } from '../doctor/variable-files.ts';
import { waitingFindings } from '../doctor/waiting.ts';
import { watchingFindings } from '../doctor/watching.ts';
import { defaultDestination } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { Secret } from '../domain/values/secret.ts';
import { systemClock } from '../machine/system-clock.ts';
import { webHost } from '../sources/http.ts';
import { sourceKinds } from '../sources/kinds.ts';
import type { SourceHost } from '../sources/source.ts';
import type { Db } from '../store/database/database.ts';
import { readSecretOutside } from '../store/secrets/outside.ts';
import { keyFile, readKeys } from '../store/secrets/secret-keys.ts';
import { findKeys } from '../store/secrets/secrets.ts';
import { credentialsFromEnvironment, hasCredentials } from './source-credentials.ts';

export type { Examination, Finding, FindingStatus };

/**
 * Time limits of checks: quick ones, hosts, and the database (a busy machine needs seconds to open the embedded one).
 */
const QUICK_MS = 10_000;
const HOST_MS = 15_000;
const DATABASE_MS = 30_000;

export interface DoctorOptions {
  /** The version of this program. */
  readonly version: string;
  /** @default limits for a person who waits */
  readonly limits?: { readonly quickMs: number; readonly hostMs: number; readonly databaseMs: number };
}

export async function examineInstallation(
  { version, limits: given }: DoctorOptions,
  environment?: NodeJS.ProcessEnv,
): Promise<Examination> {
  const { quickMs, hostMs, databaseMs } = given ?? {
    quickMs: QUICK_MS,
    hostMs: HOST_MS,
    databaseMs: DATABASE_MS,
  };
  const { config, problems } = await readConfigAnyway(environment);
  const { timeZone, proxy, variableFiles } = readSurroundings(environment);
  const server = await config.server();
  const embedded = server.databaseUrl === undefined;
  const key = await keyOf(config, server);
  // Several checks wait for one look at the database. Each has its own time limit.
  const { dataDirectory } = config;
  const keysFor = async (db: Db) =>
    key.problem === undefined ? findKeys(db, { value: server.secretKey, dataDirectory }) : [];
  const stored = readStored({
    dataDirectory,
    databaseUrl: server.databaseUrl,
    keysFor,
    readSecret: (reference) => readSecretOutside(reference, server.secretsOutside ?? noSecretsOutside),
  });
  // The checks report its failure. Without this line, a failure before they wait would be an unhandled rejection.
  stored.catch(() => {});

  const check = (topic: string, limitMs: number, look: Check['look']): Check => ({ topic, limitMs, look });
  const remote = await config.remote();
  const own = await ownHosts(config, environment);
  const checks: Check[] = [
    check('Versions', quickMs, async () => versions(version, extname(import.meta.filename) === '.js')),
    check('Configuration', quickMs, async () => configurationFindings([...problems, ...own.problems])),
    check('Secret files', quickMs, () => openFiles(variableFiles)),
    check('Database', databaseMs, async () => databaseFindings(await stored)),
    check('Secret key', databaseMs, async () => keyFindings(key, await stored)),
    check('Secrets outside', databaseMs, async () => outsideFindings(contentOf(await stored)?.outside)),
    check('Administrators', databaseMs, async () => administrationFindings(contentOf(await stored)?.administration)),
    check('Audit log stream', databaseMs, async () => auditStreamFindings(contentOf(await stored)?.auditStreams)),
    check('LINE Ads API', hostMs, (signal) => destinationApi(lineAdsApi(config), signal)),
    check('Authorizations', databaseMs, async () => refusedFindings(contentOf(await stored)?.destinations)),
    check('Connected authorizations', databaseMs, async () =>
      consentFindings(contentOf(await stored)?.destinations, new Date()),
    ),
    check('Lists by age', databaseMs, async () => ageingFindings(contentOf(await stored)?.ageing)),
    check('Audiences that end', databaseMs, async () => endingFindings(contentOf(await stored)?.ending, new Date())),
    check('Jobs that wait', databaseMs, async () => waitingFindings(contentOf(await stored)?.waiting)),
    check('Looks at sources', databaseMs, async () => watchingFindings(contentOf(await stored)?.watching, new Date())),
    check('Audiences by value', databaseMs, async () => partFindings(contentOf(await stored)?.splits, new Date())),
    ...(server.oidc
      ? [check('Single sign-on', hostMs, (signal) => oidcIssuer(server.oidc?.issuer ?? '', signal))]
      : []),
    ...(remote ? [check('Service', hostMs, (signal) => ownService(remote.url, signal))] : []),
    check('Proxy', quickMs, async () => proxyFindings(proxy)),
    ...directoriesOf(config, server).map((place) => check(place.topic, quickMs, () => directory(place))),
    check('Shared memory', quickMs, () => sharedMemory()),
    check('Memory', quickMs, () => limits(embedded)),
    check('Time zones', databaseMs, async () => timeZones(timeZone, zonesOf(await stored))),
  ];
  const [first, others, hosts] = await Promise.all([
    examine(checks),
    reachDestinations(config, stored, hostMs, databaseMs),
    reachHosts(own.hosts, stored, server.internalHosts, hostMs, databaseMs),
  ]);
  return {
    findings: [...first.findings, ...others.findings, ...hosts.findings].map(withoutHome),
    leftBehind: first.leftBehind || others.leftBehind || hosts.leftBehind,
  };
}

/** The name of a home directory is often the name of a person. */
function withoutHome(finding: Finding): Finding {
  const home = homedir();
  if (home.length < 2) return finding;
  const { message, todo } = finding;
  return { ...finding, message: message.replaceAll(home, '~'), todo: todo?.replaceAll(home, '~') ?? null };
}

function configurationFindings(problems: readonly string[]): Finding[] {
  const topic = 'Configuration';
  if (problems.length === 0) return [ok(topic, 'All variables are valid.')];
  return problems.map((message) =>
    problem(topic, message, 'Correct this variable. This check ignored it and used its default.'),
  );
}

async function keyOf({ dataDirectory }: Config, { secretKey, databaseUrl }: ServerSettings): Promise<KeyState> {
  const about = { path: keyFile(dataDirectory), embedded: databaseUrl === undefined };
  const from = secretKey ? 'LINEUP_SECRET_KEY' : 'file';
  try {
    const keys = await readKeys(secretKey, dataDirectory);
    return { ...about, from: keys.length > 0 ? from : 'nowhere', problem: undefined };
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    return { ...about, from, problem: error.message };
  }
}

function directoriesOf({ dataDirectory }: Config, server: ServerSettings): Directory[] {
  const embedded = server.databaseUrl === undefined;
  const data: Directory = {
    topic: 'Data directory',
    path: dataDirectory,
    variable: 'LINEUP_DATA_DIR',
    precious: embedded,
    locks: embedded,
  };
  const { uploadsDirectory } = server;
  if (uploadsDirectory === undefined) return [data];
  const uploads = { topic: 'Uploads', path: uploadsDirectory, variable: 'LINEUP_UPLOADS_DIR' };
  return [data, { ...uploads, precious: true, locks: false }];
}

const contentOf = (stored: Stored) => (stored.state === 'open' ? stored.content : undefined);
const zonesOf = (stored: Stored): readonly string[] => contentOf(stored)?.timeZones ?? [];

const lineAdsApi = ({ baseUrls }: Config): DestinationApi => ({
  topic: 'LINE Ads API',
  address: baseUrls.line_ads,
  hasClock: true,
});

/** Checks the other destinations that authorizations are for. Nobody else connects to them. */
async function reachDestinations(
  { baseUrls }: Config,
  stored: Promise<Stored>,
  hostMs: number,
  databaseMs: number,
): Promise<Examination> {
  let all: readonly StoredDestination[] = [];
  // The check of the database reports its problems.
  const read: Check = {
    topic: 'Destinations',
    limitMs: databaseMs,
    look: async () => {
      all = (await stored.then(contentOf, () => undefined))?.destinations ?? [];
      return [];
    },
  };
  const { leftBehind } = await examine([read]);
  const used = new Set(all.map(({ provider }) => provider));
  used.delete(defaultDestination.id);
  const apis: DestinationApi[] = [];
  for (const id of used) {
    const { hosts } = await kindOf(id).load();
    const topic = `${findProvider(id)?.label ?? id} API`;
    const hasClock = findProvider(id)?.destination?.clock != null;
    // One comparison of the clocks is enough for all hosts of a destination.
    for (const [n, address] of (hosts?.(baseUrls[id]) ?? []).entries())
      apis.push({ topic, address, hasClock: hasClock && n === 0 });
  }
  const reached = await examine([
    ...apis.map(
      (api): Check => ({
        topic: api.topic,
        limitMs: hostMs,
        look: (signal) => destinationApi(api, signal),
      }),
    ),
    ...roomChecks(all, { baseUrlOf: (provider) => baseUrls[provider], clock: systemClock, limitMs: hostMs }),
  ]);
  return { findings: reached.findings, leftBehind: leftBehind || reached.leftBehind };
}

/** Checks the hosts of the environment (for the command line) and the stored hosts (for the service). */
async function reachHosts(
  own: readonly SourceHost[],
  stored: Promise<Stored>,
  internal: readonly string[],
  hostMs: number,
  databaseMs: number,
): Promise<Examination> {
  let content: Extract<Stored, { state: 'open' }>['content'];
  // The check of the database reports its problems.
  const read: Check = {
    topic: 'Hosts',
    limitMs: databaseMs,
    look: async () => {
      const found = await stored.catch(() => undefined);
      content = found?.state === 'open' ? found.content : undefined;
      return [];
    },
  };
  const { leftBehind } = await examine([read]);
  const { hosts = [], internalHosts = [], unreadable = 0 } = content?.hosts ?? {};
  const allowed = [...internal, ...internalHosts];
  const shown = mostHosts(hosts);
  const reached = await examine([
    ...shown.map((host) => hostCheck(host, allowed, hostMs)),
    ...own.map((host) => hostCheck(host, undefined, hostMs)),
  ]);
  const further: Finding[] = [];
  if (shown.length < hosts.length) {
    const rest = hosts.length - shown.length;
    further.push(
      warning('Host', `${rest} more hosts were not checked.`, 'Verify their authorizations in the web app.'),
    );
  }
  if (unreadable > 0) {
    further.push(
      warning(
        'Host',
        `The hosts of ${unreadable} authorizations or channels cannot be read.`,
        'See the secret key above, or enter the credentials again.',
      ),
    );
  }
  return {
    findings: [...reached.findings, ...further],
    leftBehind: leftBehind || reached.leftBehind,
  };
}

/** What the environment itself leads to: the sources with credentials there, and the collector. */
interface OwnHosts {
  /** No list limits them, because the command line runs with the rights of its user. */
  readonly hosts: readonly SourceHost[];
  /** Sentences about variables that cannot be used. */
  readonly problems: readonly string[];
}

async function ownHosts({ variable }: Config, environment: Environment | undefined): Promise<OwnHosts> {
  const hosts: SourceHost[] = [];
  const problems: string[] = [];
  for (const { provider, load } of sourceKinds) {
    try {
      if (!hasCredentials(provider, variable)) continue;
      const credentials = new Secret(credentialsFromEnvironment(provider, variable));
      hosts.push(...((await load())({ ownMachine: true, machineCredentials: true }).hosts?.(credentials) ?? []));
    } catch (error) {
      if (!(error instanceof LineupError)) throw error;
      if (error.code === 'invalid_configuration') problems.push(withoutValue(error.message));
    }
  }
  try {
    hosts.push(...collectorsOf(environment));
  } catch (error) {
    if (!(error instanceof LineupError)) throw error;
    problems.push(error.message);
  }
  return { hosts, problems };
}

/** One for both signals, if they go to the same. */
function collectorsOf(environment: Environment | undefined): SourceHost[] {
  const { traces, metrics } = readTelemetry(environment) ?? {};
  const origins = [traces, metrics].flatMap((endpoint) => (endpoint ? [new URL(endpoint.url).origin] : []));
  return [...new Set(origins)].map((origin) => webHost('OpenTelemetry', new URL(origin)));
}
