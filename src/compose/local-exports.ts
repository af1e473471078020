/** Local exports: puts sources, the destination and the files of this machine's data directory together. */
import type { Config } from '../config/config.ts';
import type { EventLog } from '../contracts/event-log.ts';
import type { Clock } from '../contracts/ports.ts';
import type { Telemetry } from '../contracts/telemetry.ts';
import type { Tracer } from '../contracts/tracing.ts';
import type { ConnectOptions } from '../destinations/connect.ts';
import type { Destination, DestinationCheck, Verifying } from '../destinations/destination.ts';
import { connectTo, kindOf } from '../destinations/kinds.ts';
import type { CustomAudience, LineAdsExtras } from '../destinations/line-ads/extras.ts';
import { SharedTokens } from '../destinations/shared-token.ts';
import type { ExportRequest } from '../domain/audiences/requests.ts';
import { defaultDestination } from '../domain/destinations/index.ts';
import type { RunDocument } from '../domain/runs/run.ts';
import type { RunState } from '../domain/runs/run-state.ts';
import { requestsIn } from '../export/requests-in-spans.ts';
import { activeTrace } from '../machine/active-trace.ts';
import { systemClock } from '../machine/system-clock.ts';
import { FileLimits } from '../store/data-directory/file-limits.ts';
import { keepPrivate } from '../store/data-directory/private.ts';
import { RequestLog } from '../store/data-directory/request-log.ts';
import { RunFiles } from '../store/data-directory/run-files.ts';
import { tokenFile } from '../store/data-directory/token-file.ts';
import { LocalRuns, type Pace } from './local-runs.ts';
import { assertHashes, openSource } from './open-source.ts';
import type { Hooks } from './preparation.ts';

export type { CustomAudience, DestinationCheck, LineAdsExtras, Pace };

interface Parts {
  /** @default that of the machine */
  readonly clock?: Clock;
  /** Gets the stages of the runs. @default none */
  readonly log?: EventLog | undefined;
  /** Gets the traces of the runs. @default none */
  readonly telemetry?: Telemetry | undefined;
}

/** A line on standard error for each stage of a run. It is that of the server, which most commands do without. */
export async function stageLog(): Promise<EventLog> {
  const { createLog, eventLog } = await import('../server/log.ts');
  return eventLog(createLog({ level: 'debug', trace: activeTrace }));
}

export class LocalExports {
  readonly #config: Config;
  readonly #tracer: Tracer | undefined;
  readonly #clock: Clock;
  readonly #limits: FileLimits;
  readonly #requestLog: RequestLog;
  readonly #tokens: SharedTokens;
  readonly #local: LocalRuns;
  readonly runs: RunFiles;

  /**
   * @param note called with a sentence when file permissions of the data directory were corrected
   * @throws {LineupError} `invalid_configuration`
   */
  constructor(config: Config, note: (what: string) => void, { clock = systemClock, log, telemetry }: Parts = {}) {
    keepPrivate(config.dataDirectory, { note });
    this.#config = config;
    this.#tracer = telemetry?.tracer;
    this.#clock = clock;
    this.#limits = new FileLimits(config.dataDirectory, clock, Math.random);
    this.#requestLog = new RequestLog(config.dataDirectory);
    this.#tokens = new SharedTokens(clock, (id, belongsTo) =>
      tokenFile(config.dataDirectory, `${id}-${belongsTo.slice(0, 24)}`),
    );
    this.runs = new RunFiles(config.dataDirectory);
    this.#local = new LocalRuns({
      runs: this.runs,
      limits: this.#limits,
      clock,
      log,
      tracer: telemetry?.tracer,
      parent: telemetry?.parent,
      random: Math.random,
      traits: defaultDestination,
      destination: async (isDryRun) => (isDryRun && !config.hasLineAdsKeys() ? null : this.#destination()),
      openSource: async (where, signal) => openSource(where, config.variable, signal),
    });
  }

  close(): void {
    this.#limits.close();
  }

  async #destination(): Promise<Destination> {
    const { id } = defaultDestination;
    // It stands for the authorization: another one has other credentials, and so another file.
    return connectTo(kindOf(id), this.#connecting(), this.#tokens, id);
  }

  /** What only LINE Ads has. @throws {LineupError} `missing_credentials` */
  async lineAds(): Promise<LineAdsExtras> {
    const options = this.#connecting();
    const { lineAdsExtras } = await import('../destinations/line-ads/extras.ts');
    return lineAdsExtras(options);
  }

  /** @throws {LineupError} `missing_credentials` */
  #connecting(): ConnectOptions {
    const { accessKey, secretKey } = this.#config.lineAdsKeys();
    return {
      credentials: { access_key: accessKey, secret_key: secretKey },
      baseUrl: this.#config.baseUrls.line_ads,
      limits: this.#limits,
      clock: this.#clock,
      patience: 'run',
      log: requestsIn(this.#tracer, (entry) => this.#requestLog.write(entry)),
    };
  }

  /** Checks whether an export would be accepted, without writing anything. */
  async check(asked: Verifying, signal: AbortSignal): Promise<readonly DestinationCheck[]> {
    const checks = await (await this.#destination()).verify(asked, signal);
    // There is no form here.
    return checks.map(({ field: _, ...check }) => check);
  }

  async export(request: ExportRequest, pace: Pace, hooks: Hooks): Promise<RunDocument> {
    await assertHashes(request);
    return this.#local.export(request, pace, hooks);
  }

  resume(
    runId: string,
    change: { maxShrink?: number; suppressMaxShrink?: number },
    pace: Pace,
    hooks: Hooks,
  ): Promise<RunDocument> {
    return this.#local.resume(runId, change, pace, hooks);
  }

  document(state: RunState): RunDocument {
    return this.#local.document(state);
  }

  /** Whether `resume` would take the run on. */
  mayContinue(run: RunDocument): Promise<boolean> {
    return this.#local.mayContinue(run);
  }

  /** The same for one of many. @param all the runs of the data directory */
  mayContinueAmong(all: readonly RunState[], state: RunState): boolean {
    return this.#local.mayContinueAmong(all, state);
  }
}
