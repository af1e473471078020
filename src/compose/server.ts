/** One process of the service: the API with the web app, the worker, or both. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, isIPv6 } from 'node:net';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { ServerSettings } from '../config/server-settings.ts';
import type { Release } from '../contracts/ports.ts';
import type { Telemetry } from '../contracts/telemetry.ts';
import type { UseCases } from '../contracts/use-cases.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { activeTrace } from '../machine/active-trace.ts';
import { heartbeatFile } from '../machine/heartbeat-file.ts';
import { systemClock } from '../machine/system-clock.ts';
import { buildApp } from '../server/app.ts';
import { createAuth, setupLink } from '../server/auth/auth.ts';
import { listen } from '../server/connections.ts';
import { createLog, eventLog, type Log } from '../server/log.ts';
import { processMetrics } from '../server/monitoring.ts';
import { authTables } from '../store/database/auth-tables.ts';
import { sessionSecret } from '../store/repositories/settings.ts';
import { adoptMailServer } from '../use-cases/notifications/mail-server.ts';
import { openService, type RunningService, type ServiceOptions } from './service.ts';
import type { Pace } from './service-pace.ts';
import { openTelemetry } from './telemetry.ts';

export interface ServeOptions {
  readonly config: Config;
  readonly role: 'all' | 'api' | 'worker';
  readonly host: string;
  readonly port: number;
  /** The version of this program. */
  readonly version: string;
  /** A file that is written every ten seconds while the process can work. @default none */
  readonly heartbeat?: string | undefined;
  /** Called with the path of the key file when this start has made it. */
  readonly onKeyMade?: (path: string) => void;
  /** @default `usualPace` */
  readonly pace?: Partial<Pace>;
}

export interface Serving {
  /** The use cases, for callers within this process. */
  readonly useCases: UseCases;
  /** The URL of the service; null for a worker, which answers no requests. */
  readonly url: string | null;
  /** The link that makes the first administrator; null when there is one already. */
  readonly setupLink: string | null;
  /**
   * Stops the service: open requests are answered, streams end, and runs that have not ended after `graceMs` are handed
   * over to another worker or to the next start. At the end, the last traces and metrics are sent.
   * @returns false when that took too long: it goes on, and nobody should wait for it
   */
  close(graceMs?: number): Promise<boolean>;
}

/** @throws {LineupError} as `openService`; `invalid_argument` for an address where it cannot listen */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { config, role } = options;
  const settings = await config.server();
  const log = createLog({ level: settings.logLevel, trace: activeTrace });
  const telemetry = await openTelemetry(options.version, (note) => log.warn(note));
  const running = await openService({
    dataDirectory: config.dataDirectory,
    databaseUrl: settings.databaseUrl,
    secretKey: settings.secretKey,
    baseUrls: config.baseUrls,
    secretsOutside: settings.secretsOutside,
    oidc: settings.oidc,
    auditTargets: settings.auditTargets,
    role,
    clock: systemClock,
    publicUrl: settings.publicUrl ?? null,
    uploads: uploadsOf(settings),
    memberFingerprints: settings.memberFingerprints,
    internalHosts: settings.internalHosts,
    readers: readersOf(settings),
    log: eventLog(log),
    telemetry,
    onNote: (note) => log.warn(note),
    ...(options.onKeyMade && { onKeyMade: options.onKeyMade }),
    ...(options.heartbeat !== undefined && { heartbeat: heartbeatFile(options.heartbeat, systemClock.now) }),
    pace: { ...paceOf(settings), ...options.pace },
  });
  try {
    if (role === 'worker') {
      telemetry?.measure(processMetrics());
      const { useCases } = running;
      return { useCases, url: null, setupLink: null, close: closing((graceMs) => running.close(graceMs), telemetry) };
    }
    const { close, ...serving } = await serveApi(running, options, settings, log, telemetry);
    return { ...serving, close: closing(close, telemetry) };
  } catch (error) {
    await running.close();
    throw error;
  }
}

const closing =
  (close: (graceMs?: number) => Promise<void>, telemetry: Telemetry | undefined): Serving['close'] =>
  async (graceMs) => {
    await close(graceMs);
    return (await telemetry?.close()) ?? true;
  };

const uploadsOf = ({ uploadsDirectory, uploadMaxBytes }: ServerSettings): ServiceOptions['uploads'] => ({
  ...(uploadsDirectory !== undefined && { directory: uploadsDirectory }),
  ...(uploadMaxBytes !== undefined && { maxBytes: uploadMaxBytes }),
});

const readersOf = ({ readerMemoryBytes }: ServerSettings): ServiceOptions['readers'] => ({
  ...(readerMemoryBytes !== undefined && { memoryBytes: readerMemoryBytes }),
});

/** Only the values that are set. The others keep their defaults. */
const paceOf = ({ concurrency, retryHours }: ServerSettings): Partial<Pace> => ({
  ...(concurrency !== undefined && { concurrency }),
  ...(retryHours !== undefined && { retryLimitMs: retryHours * 3_600_000 }),
});

async function serveApi(
  running: RunningService,
  { host, port: wanted, version }: ServeOptions,
  settings: ServerSettings,
  log: Log,
  telemetry: Telemetry | undefined,
): Promise<Omit<Serving, 'close'> & Pick<RunningService, 'close'>> {
  // Links contain the port, so a free one is chosen before anything is built.
  const port = wanted === 0 ? await freePort(host) : wanted;
  const {
    publicUrl = `http://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    oidc,
    trustProxy,
    metricsPerJob,
  } = settings;
  const { database, box, useCases } = running;
  await adoptMailServer(database.db, box, systemClock.now());
  const auth = createAuth({
    database: { db: database.db, type: 'postgres' },
    tables: authTables,
    secret: await sessionSecret(database.db, box, systemClock.now()),
    publicUrl,
    oidc: oidc && useCases.singleSignOn ? { config: oidc, rules: useCases.singleSignOn } : undefined,
    log,
  });
  const webDirectory = findWebApp(import.meta.dirname);
  const app = await buildApp({
    useCases,
    auth,
    log,
    telemetry,
    config: { publicUrl, trustProxy, webDirectory, version, metricsPerJob },
  });
  const listening = await listenAt(() => listen(app, { host, port }));
  const stopReadingAhead = keepReadingAhead(useCases);
  return {
    useCases,
    url: listening.url,
    setupLink: (await setupLink(auth, settings.publicUrl ?? listening.url)) ?? null,
    close: async (graceMs) => {
      stopReadingAhead();
      await listening.stop();
      await running.close(graceMs);
    },
  };
}

/** Half the time after which a large answer is given no more (src/use-cases/reuse.ts). */
const READ_AHEAD_MS = 5 * 60_000;

/** Now, and again before what was read is too old to be given. What fails is read by the next one who asks for it. */
function keepReadingAhead({ status }: UseCases): Release {
  const read = () => void status.readAhead().catch(() => {});
  read();
  return systemClock.every(READ_AHEAD_MS, read);
}

async function listenAt<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    const why = code === 'EADDRINUSE' ? 'the port is in use' : code;
    throw new LineupError(
      'invalid_argument',
      `The service cannot listen there (${why}). Choose another --port or --host.`,
    );
  }
}

async function freePort(host: string): Promise<number> {
  const probe = createServer();
  await listenAt(async () => {
    probe.listen(0, host);
    await once(probe, 'listening');
  });
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** The folder of the built web app, for the sources and for the package; null when there is none. */
function findWebApp(from: string): string | null {
  const candidate = join(from, 'build', 'web');
  if (existsSync(join(candidate, 'index.html'))) return candidate;
  return dirname(from) === from ? null : findWebApp(dirname(from));
}
