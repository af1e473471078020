/**
 * Starts and continues the runs of a data directory. What reaches out of the process comes from outside, so that the
 * simulation of faults can break it.
 */
import type { EventLog } from '../contracts/event-log.ts';
import type { Clock, SharedLimits } from '../contracts/ports.ts';
import type { SpanAttributes, Tracer } from '../contracts/tracing.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ExportRequest } from '../domain/audiences/requests.ts';
import { headingOf, nameIn } from '../domain/destinations/index.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { RunDocument, RunRequest } from '../domain/runs/run.ts';
import { describeRun } from '../domain/runs/run-document.ts';
import { runErrorOf } from '../domain/runs/run-error.ts';
import { openDeliveriesOf, type RunState } from '../domain/runs/run-state.ts';
import { type ExportContext, newRunId, WaitingRuns } from '../export/context.ts';
import { kernelBySize } from '../export/kernel-by-size.ts';
import { openScanOfRun } from '../export/open-scan.ts';
import { assertResumable } from '../export/resume.ts';
import { runExport } from '../export/run.ts';
import { usualThreads } from '../export/stage/kernel-threads.ts';
import { placeForAll } from '../export/turns.ts';
import { SpanOfRun } from '../jobs/run-trace.ts';
import { Scans, scansOfOpen, scansOfSource } from '../sources/scans.ts';
import type { Source } from '../sources/source.ts';
import type { FileRunJournal } from '../store/data-directory/file-run-journal.ts';
import { laterWriter, type RunFiles } from '../store/data-directory/run-files.ts';
import { type LocalList, localList, localLists } from './local-suppression.ts';
import type { Where } from './open-source.ts';
import type { Hooks } from './preparation.ts';
import { assertAddress, reopenable } from './source-address.ts';

export interface Pace {
  readonly pollIntervalMs: number;
  readonly jobTimeoutMs: number;
}

export interface LocalRunsParts {
  readonly runs: RunFiles;
  readonly limits: SharedLimits;
  readonly clock: Clock;
  /** What the runs export to. */
  readonly traits: DestinationTraits;
  /** A dry run may go without. @throws {LineupError} `missing_credentials` */
  readonly destination: (isDryRun: boolean) => Promise<Destination | null>;
  readonly openSource: (where: Where, signal: AbortSignal) => Promise<Source>;
  /** @default the kernel in this thread for a small source, in worker threads for all others */
  readonly startKernel?: ExportContext['startKernel'];
  /** Gets the stages of the runs. @default none */
  readonly log?: EventLog | undefined;
  /** Gets a span for each run and its stages. @default none */
  readonly tracer?: Tracer | undefined;
  /** The `traceparent` of what has started this process. */
  readonly parent?: string | undefined;
  /** From 0 up to 1, for the ids of runs. */
  readonly random: () => number;
}

export class LocalRuns {
  readonly #parts: LocalRunsParts;

  constructor(parts: LocalRunsParts) {
    this.#parts = parts;
  }

  /**
   * Runs an export from the start. An error in the request (keys, source, field) is thrown before a run begins. A later
   * error is in the document of the run.
   */
  async export(request: ExportRequest, pace: Pace, hooks: Hooks): Promise<RunDocument> {
    const span = this.#spanOf({ 'lineup.run.resumed': false });
    return span.begin().around(() => this.#export(request, pace, hooks, span));
  }

  #spanOf(attributes: SpanAttributes): SpanOfRun {
    const { tracer, parent: cause } = this.#parts;
    return new SpanOfRun({ tracer, attributes, cause });
  }

  async #export(request: ExportRequest, pace: Pace, hooks: Hooks, span: SpanOfRun): Promise<RunDocument> {
    const { runs, clock, openSource, random, traits } = this.#parts;
    const destination = await this.#parts.destination(request.dryRun);
    for (const list of request.suppress ?? []) assertAddress(list.source);
    const open = () => openSource(request, hooks.signal);
    const source = await open();
    const described = describeRequest(request, source, traits);
    const openScan = openScanOfRun(described);
    const scans = new Scans(source, openScan, hooks.signal);
    try {
      await scans.openAhead();
      const startedAt = clock.now();
      const journal = await runs.create({
        type: 'started',
        at: startedAt.toISOString(),
        runId: newRunId(startedAt, random),
        rulesVersion: traits.rules.version,
        request: described,
        ...span.entry,
      });
      const lists = request.suppress?.map(localList);
      const withScan = scansOfOpen(source, scans, scansOfSource(open, openScan, hooks.signal));
      return await this.#run(journal, { destination, withScan, lists }, pace, hooks);
    } finally {
      await scans.close();
      await source.close();
    }
  }

  /** Continues a run. @throws {LineupError} `run_*` when it cannot go on */
  async resume(
    runId: string,
    change: { maxShrink?: number; suppressMaxShrink?: number },
    pace: Pace,
    hooks: Hooks,
  ): Promise<RunDocument> {
    const { runs } = this.#parts;
    const state = await runs.get(runId);
    assertResumable(state, supersededBy(await runs.list(), state));
    const span = this.#spanOf({ 'lineup.run.resumed': true }).begin(state.trace);
    return span.around(() => this.#resume(runId, change, pace, hooks, span));
  }

  async #resume(
    runId: string,
    change: { maxShrink?: number; suppressMaxShrink?: number },
    pace: Pace,
    hooks: Hooks,
    span: SpanOfRun,
  ): Promise<RunDocument> {
    const { runs, clock, openSource } = this.#parts;
    const destination = await this.#parts.destination(false);
    const journal = await runs.resume(runId);
    const { request } = journal.state;
    const open = () => openSource(whereOf(request.source), hooks.signal);
    try {
      // Another process may have ended the run before this one got it.
      assertResumable(journal.state, undefined);
      await journal.append({ type: 'resumed', at: clock.now().toISOString(), ...change, ...span.entry });
    } catch (error) {
      await journal.close();
      throw error;
    }
    const withScan = scansOfSource(open, openScanOfRun(request), hooks.signal);
    const lists = journal.state.request.suppress ?? undefined;
    return this.#run(journal, { destination, withScan, lists }, pace, hooks);
  }

  async #run(journal: FileRunJournal, { lists, ...sides }: Sides, pace: Pace, hooks: Hooks): Promise<RunDocument> {
    const { runs, limits, clock, openSource } = this.#parts;
    const { threads = usualThreads(), ...others } = hooks;
    const { startKernel = kernelBySize(threads), log, traits, tracer } = this.#parts;
    tracer?.active?.set({ 'lineup.run.id': journal.state.runId });
    try {
      const state = await runExport({
        journal,
        history: runs,
        limits,
        traits,
        ...sides,
        suppression:
          lists &&
          ((deliveries) => {
            const { hashInDatabase } = journal.state.request;
            return localLists(
              lists,
              { deliveries, hashInDatabase },
              (source) => openSource({ source }, hooks.signal),
              (...list) => runs.lastListSize(...list),
              hooks.signal,
            );
          }),
        clock,
        startKernel,
        ...pace,
        ...others,
        place: placeForAll,
        waiting: new WaitingRuns(),
        log,
        tracer,
      });
      if (state.status === 'succeeded') await runs.discardSuperseded(state);
      return this.document(state);
    } catch (thrown) {
      // The end of the run could not be written to the journal. The next process that resumes the run finds it
      // unchanged.
      if (!(thrown instanceof LineupError)) throw thrown;
      return this.document(failedWith(thrown, journal.state));
    } finally {
      await journal.close();
    }
  }

  document(state: RunState): RunDocument {
    return describeRun(state, this.#parts.clock.now());
  }

  /** Whether `resume` would take the run on. When its journal cannot be read, its error decides. */
  async mayContinue({ runId, error }: RunDocument): Promise<boolean> {
    const { runs } = this.#parts;
    if (runId === null || error?.resumable === false) return false;
    const all = await runs.list().catch(() => []);
    const state = all.find((run) => run.runId === runId);
    return state ? this.mayContinueAmong(all, state) : error !== null;
  }

  /** @param all the runs of the data directory */
  mayContinueAmong(all: readonly RunState[], state: RunState): boolean {
    if (state.status === 'running' || state.error?.resumable === false) return false;
    try {
      assertResumable(state, supersededBy(all, state));
      return true;
    } catch (error) {
      if (error instanceof LineupError) return false;
      throw error;
    }
  }
}

/** A later run that has written to an audience which this one has not completed. */
function supersededBy(all: readonly RunState[], state: RunState): string | undefined {
  for (const delivery of openDeliveriesOf(state)) {
    const later = laterWriter(all, delivery);
    if (later !== undefined) return later;
  }
  return undefined;
}

/** What a run reads, and where it sends. */
interface Sides extends Pick<ExportContext, 'destination' | 'withScan'> {
  readonly lists: readonly LocalList[] | undefined;
}

const failedWith = (error: LineupError, state: RunState): RunState => ({
  ...state,
  status: 'failed',
  error: runErrorOf(error, !state.request.dryRun),
});

/** The arguments that open the source of a run again. */
const whereOf = ({ location, format, encoding, delimiter, header }: RunRequest['source']) => ({
  source: location ?? '',
  format: format ?? undefined,
  encoding: encoding ?? undefined,
  delimiter: delimiter ?? undefined,
  header: header ?? undefined,
});

function describeRequest(request: ExportRequest, source: Source, traits: DestinationTraits): RunRequest {
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
    // With siblings, the options of the command line may be theirs.
    ifaFormat: request.identifierType === 'ifa' ? request.ifaFormat : 'sha256',
    defaultCountry: request.identifierType === 'phone' ? (request.defaultCountry ?? null) : null,
    ...headingOf(traits, request.identifierType),
    adAccountId: request.adAccountId,
    audienceId: request.audienceId ?? null,
    audienceName: request.audienceName ?? null,
    mode: request.mode,
    maxShrink: request.maxShrink,
    ...(request.memberDays !== undefined && { memberDays: request.memberDays }),
    chunkRecords: request.chunkRecords,
    chunkBytes: request.chunkBytes,
    dryRun: request.dryRun,
    ...nameIn(traits),
    ...(request.siblings && {
      siblings: request.siblings.map((sibling) => ({
        field: sibling.field,
        identifierType: sibling.identifierType,
        ifaFormat: sibling.identifierType === 'ifa' ? request.ifaFormat : 'sha256',
        defaultCountry: sibling.identifierType === 'phone' ? (request.defaultCountry ?? null) : null,
        ...headingOf(traits, sibling.identifierType),
        audienceId: sibling.audienceId ?? null,
        audienceName: sibling.audienceName ?? null,
        ...(sibling.shares && { shares: true as const }),
      })),
    }),
    ...(request.presumedCountry && { presumedCountry: request.presumedCountry }),
    ...(request.holdOut && { holdOut: request.holdOut }),
    ...(request.hashInDatabase && { hashInDatabase: true }),
    ...(request.suppress && {
      suppress: request.suppress.map((list) => ({
        ...localList(list),
        location: reopenable(list.source),
      })),
    }),
  };
}
