/** Local exports: puts sources, the client of LINE and the files of a data directory together. */
import { resolve } from 'node:path';
import { RULES_VERSION } from '../../packages/identifiers/src/rules.ts';
import {
  type CustomAudience,
  LineAdsClient,
  type RequestLogEntry,
} from '../../packages/line-ads/src/index.ts';
import type { Config } from '../config/config.ts';
import { LineupError } from '../contracts/errors.ts';
import type { Clock } from '../contracts/ports.ts';
import type { ExportRequest } from '../contracts/requests.ts';
import type { RunDocument, RunRequest } from '../contracts/run.ts';
import { describeRun, type RunState } from '../contracts/run-state.ts';
import { systemClock } from '../contracts/system-clock.ts';
import { findAudience } from '../export/audience.ts';
import { type CheckRequest, type CheckResult, check } from '../export/check.ts';
import { type ExportContext, newRunId, WaitingRuns } from '../export/context.ts';
import { assertResumable } from '../export/resume.ts';
import { runExport } from '../export/run.ts';
import { placeForAll } from '../export/turns.ts';
import { Scans, scansOfSource } from '../sources/scans.ts';
import type { Source } from '../sources/source.ts';
import { FileLimits } from '../store/data-directory/file-limits.ts';
import type { FileRunJournal } from '../store/data-directory/file-run-journal.ts';
import { keepPrivate } from '../store/data-directory/private.ts';
import { RequestLog } from '../store/data-directory/request-log.ts';
import { RunFiles } from '../store/data-directory/run-files.ts';
import { openSource } from './open-source.ts';
import type { Hooks } from './preparation.ts';

export type { CheckResult };

export interface Pace {
  readonly pollIntervalMs: number;
  readonly jobTimeoutMs: number;
}

export class LocalExports {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #limits: FileLimits;
  readonly #requestLog: RequestLog;
  readonly runs: RunFiles;

  /**
   * @param note called with a sentence when file permissions of the data directory were corrected
   * @throws {LineupError} `invalid_configuration`
   */
  constructor(config: Config, note: (what: string) => void, clock: Clock = systemClock) {
    keepPrivate(config.dataDirectory, { note });
    this.#config = config;
    this.#clock = clock;
    this.#limits = new FileLimits(config.dataDirectory, clock, Math.random);
    this.#requestLog = new RequestLog(config.dataDirectory);
    this.runs = new RunFiles(config.dataDirectory);
  }

  close(): void {
    this.#limits.close();
  }

  /** The client of LINE. @throws {LineupError} `missing_credentials` */
  lineAds(onRequest?: (entry: RequestLogEntry) => void): LineAdsClient {
    const keys = this.#config.lineAdsKeys();
    const { now, sleep } = this.#clock;
    return new LineAdsClient({
      ...keys,
      baseUrl: this.#config.lineAdsBaseUrl,
      limiter: this.#limits.rate(keys.accessKey),
      now: () => now().getTime(),
      sleep,
      deadline: sleep,
      userAgent: 'Lineup',
      log: (entry) => {
        this.#requestLog.write(entry);
        onRequest?.(entry);
      },
    });
  }

  /** One audience at LINE; undefined when the ad account has none with this id. */
  findAudience(
    adAccountId: string,
    audienceId: string,
    signal: AbortSignal,
  ): Promise<CustomAudience | undefined> {
    return findAudience(this.lineAds(), adAccountId, audienceId, signal);
  }

  /** Checks whether an export would be accepted, without writing anything. */
  async check(request: CheckRequest, signal: AbortSignal): Promise<CheckResult[]> {
    let skewMs: number | undefined;
    const lineAds = this.lineAds((entry) => {
      skewMs = entry.skewMs ?? skewMs;
    });
    return check(lineAds, request, () => skewMs, signal);
  }

  /**
   * Runs an export from the start. An error in the request (keys, source, field) is thrown before a run begins. A later error is in
   * the document of the run.
   */
  async export(request: ExportRequest, pace: Pace, hooks: Hooks): Promise<RunDocument> {
    const lineAds = request.dryRun && !this.#config.hasLineAdsKeys() ? null : this.lineAds();
    const source = await openSource(request, await this.#config.sources(), hooks.signal);
    const scans = new Scans(source, request.field, hooks.signal);
    try {
      await scans.openAhead();
      const startedAt = this.#clock.now();
      const journal = await this.runs.create({
        type: 'started',
        at: startedAt.toISOString(),
        runId: newRunId(startedAt, Math.random),
        rulesVersion: RULES_VERSION,
        request: describeRequest(request, source),
      });
      return await this.#run(journal, lineAds, scans.with, pace, hooks);
    } finally {
      await scans.close();
      await source.close();
    }
  }

  /** Continues a run. @throws {LineupError} `run_*` when it cannot go on */
  async resume(
    runId: string,
    change: { maxShrink?: number },
    pace: Pace,
    hooks: Hooks,
  ): Promise<RunDocument> {
    const lineAds = this.lineAds();
    const state = await this.runs.get(runId);
    assertResumable(state, await this.runs.supersededBy(state));
    const journal = await this.runs.resume(runId);
    const { source, field } = journal.state.request;
    const open = async () => openSource(whereOf(source), await this.#config.sources(), hooks.signal);
    const resumed = { type: 'resumed', at: this.#clock.now().toISOString(), ...change } as const;
    await journal.append(resumed).catch(async (error: unknown) => {
      await journal.close();
      throw error;
    });
    return this.#run(journal, lineAds, scansOfSource(open, field, hooks.signal), pace, hooks);
  }

  async #run(
    journal: FileRunJournal,
    lineAds: LineAdsClient | null,
    withScan: ExportContext['withScan'],
    pace: Pace,
    hooks: Hooks,
  ): Promise<RunDocument> {
    try {
      const state = await runExport({
        journal,
        history: this.runs,
        limits: this.#limits,
        lineAds,
        withScan,
        clock: this.#clock,
        ...pace,
        ...hooks,
        place: placeForAll,
        waiting: new WaitingRuns(),
      });
      if (state.status === 'succeeded') await this.runs.discardSuperseded(state);
      return this.document(state);
    } catch (thrown) {
      // The end of the run could not be written to the journal. The next process that resumes the run finds it unchanged.
      if (!(thrown instanceof LineupError)) throw thrown;
      return this.document(failedWith(thrown, journal.state));
    } finally {
      await journal.close();
    }
  }

  document(state: RunState): RunDocument {
    return describeRun(state, this.#clock.now());
  }
}

const failedWith = (
  { code, message, sentence, reason, retryable }: LineupError,
  state: RunState,
): RunState => ({
  ...state,
  status: 'failed',
  error: {
    code,
    message,
    sentence,
    reason,
    retryable,
    resumable: !state.request.dryRun,
    allowShrinkTo: null,
  },
});

/** The arguments that open the source of a run again. */
const whereOf = ({ location, format, encoding, delimiter, header }: RunRequest['source']) => ({
  source: location ?? '',
  format: format ?? undefined,
  encoding: encoding ?? undefined,
  delimiter: delimiter ?? undefined,
  header: header ?? undefined,
});

function describeRequest(request: ExportRequest, source: Source): RunRequest {
  return {
    source: {
      label: source.label,
      location: source.readOnce ? null : reopenable(request.source),
      format: request.format ?? null,
      encoding: request.encoding ?? null,
      ...(request.delimiter && { delimiter: request.delimiter }),
      ...(request.header && { header: request.header }),
    },
    field: request.field,
    identifierType: request.identifierType,
    ifaFormat: request.ifaFormat,
    defaultCountry: request.defaultCountry ?? null,
    adAccountId: request.adAccountId,
    audienceId: request.audienceId ?? null,
    audienceName: request.audienceName ?? null,
    mode: request.mode,
    maxShrink: request.maxShrink,
    chunkRecords: request.chunkRecords,
    chunkBytes: request.chunkBytes,
    dryRun: request.dryRun,
  };
}

/**
 * The source of a run as it can be opened again from any directory. Null for a URL that may contain a secret (credentials, a signed
 * query), because it must not be stored. The credentials of Lytics and PostgreSQL are in the environment.
 */
function reopenable(source: string): string | null {
  if (/^(lytics|postgresql):(?!\/\/)/.test(source)) return source;
  const url = /^[a-z0-9]+:\/\//i.test(source) ? URL.parse(source) : null;
  if (!url) return resolve(source);
  return url.username || url.password || url.search ? null : source;
}
