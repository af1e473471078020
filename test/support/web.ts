/** The web app on the real server and service, on a new database, with a simulator of LINE. */
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type LineAdsSimulator,
  type LineAdsSimulatorOptions,
  startLineAdsSimulator,
} from '../../simulators/line-ads/index.ts';
import { startService } from '../../src/compose/service.ts';
import type { Pace } from '../../src/compose/service-pace.ts';
import { silentLog } from '../../src/contracts/event-log.ts';
import type { UseCases } from '../../src/contracts/use-cases.ts';
import type { Actor, Role } from '../../src/domain/people/people.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { buildApp } from '../../src/server/app.ts';
import { createAuth, setupLink } from '../../src/server/auth/auth.ts';
import { listen } from '../../src/server/connections.ts';
import { createLog } from '../../src/server/log.ts';
import { authTables } from '../../src/store/database/auth-tables.ts';
import { forgetLost } from '../../src/store/secrets/forget.ts';
import { examineSecrets } from '../../src/store/secrets/stored-secrets.ts';
import { type Cable, cableTo } from './cable.ts';
import { databases } from './databases.ts';
import { newKey, openBox } from './service.ts';
import { MovedClock, sharedReaders, until } from './service-bench.ts';

const webDirectory = resolve(import.meta.dirname, '../../build/web');

export interface Web {
  readonly url: string;
  readonly simulator: LineAdsSimulator;
  /** The connection to the simulator. */
  readonly cable: Cable;
  /** The clock of the service. */
  readonly clock: MovedClock;
  /** The folder that may be opened to exports. */
  readonly members: string;
  /** The running service, to prepare what a test needs. */
  readonly service: UseCases;
  /** The link that creates the first administrator. */
  setupLink(): Promise<string>;
  /** Waits until LINE has a job that a fault holds. `release` lets it continue. */
  heldJob(): Promise<{ release(): Promise<void> }>;
  /** Writes a file of members. */
  write(name: string, lines: readonly string[]): string;
  /** The files that hold uploads. */
  uploads(): readonly string[];
  /** Creates a person with a password, as an invitation would. */
  addPerson(person: { name: string; email: string; password: string; role: Role }): Promise<Actor>;
  /** Ends every session. */
  endSessions(): Promise<void>;
  /** Loses the credentials of an authorization and of a channel, as "lineup secrets forget" does. */
  loseCredentials(authorization: string, channel: string): Promise<void>;
  /** Stops the server and its worker. `start` starts them again at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A file with this many members. */
export const memberLines = (count: number): string[] => [
  'email',
  ...Array.from({ length: count }, (_, n) => `member${n}@example.com`),
];

export async function startWeb(
  options: LineAdsSimulatorOptions = {},
  pace: Partial<Pace> = {},
  uploads: { readonly maxBytes?: number } = {},
  more: { readonly lyAdsUrl?: string; readonly officialAccountUrl?: string; readonly isPublic?: boolean } = {},
): Promise<Web> {
  if (!existsSync(join(webDirectory, 'index.html'))) {
    throw new Error('The web app is not built: scripts/preload.sh builds it.');
  }
  const directory = mkdtempSync(join(tmpdir(), 'lineup-web-'));
  const members = join(directory, 'members');
  mkdirSync(members);
  // On a busy machine, requests that were sent in time may arrive in bunches.
  const rateToleranceMs = 500;
  const simulator = await startLineAdsSimulator({ jobMs: 60, matchMs: 0, rateToleranceMs, ...options });
  const cable = await cableTo(simulator.url);
  const clock = new MovedClock();
  // Prefers the PostgreSQL server, because PGlite would compute in this process, beside the browser’s client.
  const database = await databases.at(-1)!.migrated();
  const key = newKey();
  const secret = new Secret('an invented secret of thirty-two characters or more');
  // A public address must be known before the service starts.
  let port = more.isPublic ? await freePort() : 0;

  const begin = async () => {
    const own = await database.another();
    const running = await startService({ ...own, close: async () => {} }, await openBox(own.db, key), {
      dataDirectory: join(directory, 'data'),
      uploads,
      readers: sharedReaders,
      baseUrls: {
        line_ads: cable.url,
        ...(more.lyAdsUrl !== undefined && { ly_ads: more.lyAdsUrl }),
        ...(more.officialAccountUrl !== undefined && { line_official_account: more.officialAccountUrl }),
      },
      ...(more.isPublic && { publicUrl: `http://127.0.0.1:${port}` }),
      role: 'all',
      clock,
      log: silentLog,
      pace: { pollIntervalMs: 50, leaseMs: 2_000, lookEveryMs: 1_000, pulseMs: 100, ...pace },
    });
    const log = createLog({ level: 'silent' });
    const publicUrl = `http://127.0.0.1:${port}`;
    const auth = createAuth({
      database: { db: own.db, type: 'postgres' },
      tables: authTables,
      secret,
      publicUrl,
      log,
    });
    const config = { publicUrl, webDirectory, version: '0.0.0' };
    const app = await buildApp({ useCases: running.useCases, auth, config, log });
    const listening = await listen(app, { port });
    port = Number(new URL(listening.url).port);
    return { running, auth, listening };
  };
  let process = await begin();
  const stop = async () => {
    await process.listening.stop(100);
    await process.running.close();
  };
  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    simulator,
    cable,
    clock,
    members,
    get service() {
      return process.running.useCases;
    },
    setupLink: async () => (await setupLink(process.auth, `http://127.0.0.1:${port}`)) ?? '',
    heldJob: async () => {
      const held = () => simulator.inspect().jobs.find(({ stuck }) => stuck);
      const job = await until(
        async () => held(),
        (found) => found !== undefined,
      );
      const release = async () => {
        await fetch(`${simulator.adminUrl}/jobs/${job?.id}/release`, { method: 'POST' });
      };
      return { release };
    },
    write: (name, lines) => {
      const path = join(members, name);
      writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
      return path;
    },
    uploads: () => readdirSync(join(directory, 'data', 'uploads')).filter((name) => name.startsWith('upl_')),
    addPerson: async ({ password, ...person }) => {
      const added = await process.auth.people.add(person);
      await process.auth.people.setPassword(added.id, password);
      return added;
    },
    endSessions: async () => {
      const { internalAdapter } = await process.auth.betterAuth.$context;
      for (const { id } of await process.auth.people.list()) await internalAdapter.deleteUserSessions(id);
    },
    loseCredentials: async (authorization, channel) => {
      const { db } = database.database;
      const { lost } = await examineSecrets(db, []);
      const own = {
        ...lost,
        uploads: [],
        runs: [],
        settings: [],
        authorizations: [authorization],
        channels: [channel],
      };
      const { box } = process.running;
      await db.transaction().execute((tx) => forgetLost(tx, { lost: own, needed: [] }, { box, now: clock.now() }));
    },
    stop,
    start: async () => {
      process = await begin();
    },
    close: async () => {
      await stop();
      await cable.pull();
      await simulator.close();
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
