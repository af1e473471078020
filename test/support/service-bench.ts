/** The whole service in this process, on a new database, with a simulator. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import {
  type LineAdsSimulator,
  type LineAdsSimulatorOptions,
  startLineAdsSimulator,
} from '../../simulators/line-ads/index.ts';
import { type RunningService, type ServiceOptions, startService } from '../../src/compose/service.ts';
import type { Pace } from '../../src/compose/service-pace.ts';
import { readerEnvironment } from '../../src/config/reader-environment.ts';
import { type DomainEvent, defaultEventTypes } from '../../src/contracts/domain-events.ts';
import type { EventLog, LogEventName, LogFields } from '../../src/contracts/event-log.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { Clock } from '../../src/contracts/ports.ts';
import type { UseCases } from '../../src/contracts/use-cases.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { ReaderPool } from '../../src/readers/pool/pool.ts';
import { defaultReaderSettings } from '../../src/readers/pool/reader-process.ts';
import { createChannel } from '../../src/store/repositories/notification-channels.ts';
import type { SecretBox } from '../../src/store/secrets/secret-box.ts';
import { mainDatabase, type TestDatabase, type TestDatabases } from './databases.ts';
import { aiko, aNewJob, newKey, openBox, SECRET_KEY } from './service.ts';

/** As fast as the limits of the real parts allow. */
export const quick: Partial<Pace> = {
  pollIntervalMs: 50,
  leaseMs: 2_000,
  lookEveryMs: 1_000,
  pulseMs: 100,
};

/** The administrator’s list of internal hosts. */
const onThisMachine = ['127.0.0.1', 'localhost'];

/** A clock that a test moves. Waits for a point in time follow it, but pauses take their real time. */
export class MovedClock implements Clock {
  #aheadMs = 0;
  #moved = new AbortController();
  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }
  advance(ms: number): void {
    this.#move(this.#aheadMs + ms);
  }
  /** Sets it to a moment. It continues from there. */
  set(moment: Date): void {
    this.#move(moment.getTime() - Date.now());
  }
  #move(aheadMs: number): void {
    this.#aheadMs = aheadMs;
    this.#moved.abort();
    this.#moved = new AbortController();
  }
  async until(time: Date, signal?: AbortSignal): Promise<void> {
    // Never longer than the original wait, even if the clock is set back meanwhile.
    const end = performance.now() + time.getTime() - this.now().getTime();
    for (;;) {
      const moved = this.#moved.signal;
      const left = Math.min(time.getTime() - this.now().getTime(), end - performance.now());
      if (left <= 0) return;
      const either = signal ? AbortSignal.any([signal, moved]) : moved;
      await delay(left, undefined, { signal: either }).catch(() => {});
      signal?.throwIfAborted();
    }
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return delay(ms, undefined, { signal });
  }
  readonly monotonic = systemClock.monotonic;
  readonly every = systemClock.every;
}

export interface ServiceBench {
  readonly simulator: LineAdsSimulator;
  readonly database: TestDatabase;
  readonly directory: string;
  readonly key: string;
  readonly clock: MovedClock;
  readonly service: UseCases;
  readonly running: RunningService;
  /** The events of the outbox, in order: the types that are on by default. */
  readonly published: () => Promise<DomainEvent[]>;
  /** All logged events, in order. */
  readonly events: readonly LoggedEvent[];
  /** Faults in the background: events with an error, and readers that died. */
  readonly errors: readonly unknown[];
  readonly authorizationId: string;
  /** Writes a file of members in the folder that is open to exports. */
  write(name: string, content: string): string;
  createJob(change?: Record<string, unknown>, name?: string, authorizationId?: string): Promise<JobView>;
  /** Resolves with the job when it fits. After a while it fails and shows the job. */
  waitForJob(id: string, fits: (job: JobView) => boolean, forMs?: number): Promise<JobView>;
  /** Stops the service and starts it again on the same database and directory. */
  restart(change?: Partial<BenchOptions>): Promise<void>;
}

export type LoggedEvent = { readonly event: LogEventName } & LogFields;

export interface BenchOptions {
  /** @default `mainDatabase` */
  readonly database?: TestDatabases;
  readonly simulator?: LineAdsSimulatorOptions;
  /** The simulator of another bench, which closes it. */
  readonly sameLine?: LineAdsSimulator;
  /** No settings and no authorization, as a new installation. */
  readonly empty?: boolean;
  readonly pace?: Partial<Pace>;
  readonly role?: 'all' | 'api' | 'worker';
  readonly uploads?: ServiceOptions['uploads'];
  readonly secretsOutside?: ServiceOptions['secretsOutside'];
  readonly readers?: ServiceOptions['readers'];
  /** The key of the secrets. @default a new one */
  readonly key?: string;
  /** The URL of the web app. @default none */
  readonly publicUrl?: string;
  /** The simulator of LY Ads. */
  readonly lyAdsUrl?: string;
  /** The simulator of LINE Official Account. */
  readonly officialAccountUrl?: string;
  /** The test creates its own notification channels. Then the bench has none, and `published` is empty. */
  readonly channels?: boolean;
}

/**
 * The readers of all services in this process. The first test that needs one starts it, and they end with the process.
 */
export const sharedReaders = new ReaderPool({
  ...defaultReaderSettings,
  most: 12,
  environment: readerEnvironment(),
});

/** Everything is closed and removed when the test ends. */
export async function serviceBench(options: BenchOptions = {}): Promise<ServiceBench> {
  const { bench, close } = await openBench(options);
  onTestFinished(close);
  return bench;
}

/** One bench for all tests of the enclosing `describe`. They must not change each other’s things. */
export function useServiceBench(options: BenchOptions = {}): () => ServiceBench {
  let opened: Awaited<ReturnType<typeof openBench>> | undefined;
  beforeAll(async () => {
    opened = await openBench(options);
  });
  afterAll(() => opened?.close());
  return () => {
    if (!opened) throw new Error('the bench opens in beforeAll');
    return opened.bench;
  };
}

async function openBench(options: BenchOptions) {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-service-'));
  const members = join(directory, 'members');
  mkdirSync(members);
  const simulator =
    options.sameLine ??
    (await startLineAdsSimulator({
      jobMs: 60,
      matchMs: 0,
      // On a busy machine, requests that were sent in time arrive in bunches. The simulator also checks each ten
      // seconds.
      rateToleranceMs: 500,
      secretKey: SECRET_KEY,
      ...options.simulator,
    }));
  const database = await (options.database ?? mainDatabase).migrated();
  const clock = new MovedClock();
  const key = options.key ?? newKey();
  const events: LoggedEvent[] = [];
  const log: EventLog = { record: (event, fields) => void events.push({ event, ...fields }) };
  const start = async ({
    role = 'all',
    pace,
    uploads,
    secretsOutside,
    readers = sharedReaders,
    key: own = key,
    publicUrl,
    lyAdsUrl,
    officialAccountUrl,
  }: BenchOptions) => {
    const scene = await database.another();
    return startService({ ...scene, close: async () => {} }, await openBox(scene.db, own), {
      dataDirectory: join(directory, 'data'),
      baseUrls: {
        line_ads: simulator.url,
        ...(lyAdsUrl !== undefined && { ly_ads: lyAdsUrl }),
        ...(officialAccountUrl !== undefined && { line_official_account: officialAccountUrl }),
      },
      ...(publicUrl !== undefined && { publicUrl }),
      role,
      clock,
      uploads,
      secretsOutside,
      readers,
      log,
      pace: { ...quick, ...pace },
    });
  };
  let running = await start(options);
  const receiver = await anyReceiver();
  const channel = options.channels ? undefined : await channelTo(receiver.url, database, running.box);
  const close = async () => {
    await running.close();
    receiver.close();
    if (!options.sameLine) await simulator.close();
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  };
  const furnish = async () => {
    await running.useCases.settings.write('files', { roots: [members] }, aiko);
    // The simulators and receivers of tests are on this machine.
    await running.useCases.settings.write('network', { internal_hosts: [...onThisMachine] }, aiko);
    const { value } = await running.useCases.authorizations.create(
      {
        provider: 'line_ads',
        method: 'line_ads_api_key',
        label: 'Main account',
        description: '',
        configuration: { access_key: simulator.keys[0]!.accessKey, secret_key: SECRET_KEY },
      },
      aiko,
    );
    return value.id;
  };
  const authorizationId = options.empty ? '' : await furnish();
  const bench: ServiceBench = {
    simulator,
    database,
    directory,
    key,
    clock,
    published: async () => {
      const rows = database.database.db.selectFrom('notifications').select('event');
      const authorization = await rows
        .where('channel_id', '=', channel ?? '')
        .orderBy('id')
        .execute();
      return authorization.map(({ event }) => event);
    },
    events,
    get errors() {
      return events
        .filter(({ event, err }) => err !== undefined || event === 'reader.ended')
        .map(({ event, err, ...fields }) => `${event} ${JSON.stringify(fields)} ${err ?? ''}`);
    },
    authorizationId,
    get running() {
      return running;
    },
    get service() {
      return running.useCases;
    },
    write: (name, content) => {
      const path = join(members, name);
      writeFileSync(path, content);
      return path;
    },
    createJob: async (change, name = 'VIP customers', authorization = authorizationId) => {
      const job = { ...aNewJob(authorization, change), name };
      return (await running.useCases.jobs.create(job, aiko)).value;
    },
    waitForJob: (id, fits, forMs) => until(() => running.useCases.jobs.get(id), fits, forMs),
    restart: async (change = {}) => {
      await running.close();
      running = await start({ ...options, ...change });
    },
  };
  return { bench, close };
}

/** A server that accepts every request. */
async function anyReceiver(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A channel for the default events. @returns its id */
const channelTo = (url: string, { database }: TestDatabase, box: SecretBox): Promise<string> =>
  createChannel(
    database.db,
    box,
    {
      kind: 'slack',
      label: 'The bench',
      language: 'en',
      target: new URL(url).host,
      events: defaultEventTypes,
      configuration: new Secret({ url }),
    },
    aiko,
    new Date(),
  );

/** Asks again until the answer fits: less often the longer it takes, because asking costs time that the others need. */
export async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean, forMs = 60_000): Promise<T> {
  const begun = Date.now();
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    const waitedMs = Date.now() - begun;
    if (waitedMs > forMs)
      throw new Error(`the expected state did not come; the last answer is ${JSON.stringify(answer)}`);
    // Not much less often: some states do not last long.
    await delay(Math.min(50 + waitedMs / 4, 100));
  }
}
