/** Executes the runs of jobs: gives the export what it needs, and reports a key that its destination refuses. */

import type { StoredJob, StoredRun } from '../contracts/job-store.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import type { Destination } from '../destinations/destination.ts';
import {
  chunkLimitsOf,
  destinationOf,
  destinationOfJob,
  headingOf,
  kindOf,
  nameIn,
} from '../domain/destinations/index.ts';
import type { DestinationTraits } from '../domain/destinations/traits.ts';
import { deliveriesOfJob, type JobDelivery } from '../domain/jobs/audiences.ts';
import type { RunRequest } from '../domain/runs/run.ts';
import type { LocalizedText } from '../domain/text/sentence.ts';
import { type ExportContext, WaitingRuns } from '../export/context.ts';
import { openScanOfRun } from '../export/open-scan.ts';
import { requestsIn } from '../export/requests-in-spans.ts';
import { runExport } from '../export/run.ts';
import type { SuppressionList } from '../export/suppression.ts';
import type { JobsContext } from '../jobs/context.ts';
import type { Execution, RunFacts } from '../jobs/worker.ts';
import { scansOfSource, valuesOf, type WithScan } from '../sources/scans.ts';
import type { Source } from '../sources/source.ts';
import type { SiblingAudience } from '../store/repositories/run-history.ts';
import { sourceRefOf, writeSourceRef } from './sources/source-ref.ts';
import type { PartFiles } from './split/files.ts';
import { judgeParts } from './split/judge.ts';
import { runSplit } from './split/run.ts';

/** The credentials of a destination as they were when the run began. */
export interface DestinationKey {
  /** @param log gets each request */
  connect(log: (entry: RunRequestEntry) => void): Promise<Destination>;
  /** The destination refused them. */
  onRefused(reason: LocalizedText): Promise<void>;
}

export interface ExecuteOptions
  extends Pick<
    ExportContext,
    'history' | 'erasures' | 'fingerprints' | 'limits' | 'clock' | 'pollIntervalMs' | 'startKernel' | 'log' | 'tracer'
  > {
  /** @default as the destination says */
  readonly jobTimeoutMs?: number | undefined;
  readonly keyOf: (authorizationId: string) => Promise<DestinationKey>;
  readonly openSource: (run: StoredRun, request: RunRequest, signal: AbortSignal) => Promise<Source>;
  /** Is called before a run reads the source of its job, each time. @default nothing */
  readonly beforeRead?: ((execution: Pick<Execution, 'run' | 'job' | 'signal'>) => Promise<void>) | undefined;
  /** The suppression lists that apply to the job now, with the fields of the identifier types of the deliveries. */
  readonly listsOf: (
    execution: Pick<Execution, 'run' | 'job' | 'signal'>,
    deliveries: readonly RunRequest[],
  ) => Promise<SuppressionList[]>;
  /** What runs of split jobs need. */
  readonly split: SplitAccess;
}

export interface SplitAccess {
  readonly context: JobsContext;
  /** The files of the parts of a run. */
  readonly filesOf: (runId: string) => PartFiles;
  readonly partsOf: (jobId: string) => Promise<readonly StoredJob[]>;
  readonly factsOf: (jobId: string) => Promise<RunFacts>;
  /** The latest sizes of a job, newest first. */
  readonly sizesOf: (jobId: string, runs: number, sibling?: SiblingAudience) => Promise<readonly number[]>;
}

/** The function with which the worker executes a run. */
export function executeWith(options: ExecuteOptions): (execution: Execution) => Promise<void> {
  const { keyOf, openSource, beforeRead, listsOf, startKernel, jobTimeoutMs, split, ...others } = options;
  // One entry per authorization, even if two have the same key: the shared limits see to the rate of requests.
  const waiting = new Map<string, WaitingRuns>();
  const waitingOf = (authorizationId: string): WaitingRuns => {
    const runs = waiting.get(authorizationId) ?? new WaitingRuns();
    waiting.set(authorizationId, runs);
    return runs;
  };
  const contextFor = (
    { run, signal, place, onProgress }: Execution,
    job: StoredJob,
    request: RunRequest,
  ): Omit<ExportContext, 'journal' | 'destination' | 'traits'> => ({
    ...others,
    ...(startKernel && { startKernel }),
    jobTimeoutMs: jobTimeoutMs ?? destinationOf(request.destination).job.timeoutMs,
    withScan: scansOfSource(() => openSource(run, request, signal), openScanOfRun(request), signal),
    suppression: (deliveries) => listsOf({ run, job, signal }, deliveries),
    signal,
    place,
    waiting: waitingOf(job.authorizationId),
    onProgress,
  });
  const scansOfJob = (execution: Execution, withScan: WithScan): WithScan =>
    beforeRead
      ? async (from, work) => {
          await beforeRead(execution);
          return withScan(from, work);
        }
      : withScan;
  const executeSplit = async (execution: Execution): Promise<void> => {
    const { run, job, journal, signal, onRequest, onProgress } = execution;
    const { request } = journal.state;
    const fields = [request.split!.column, request.field, ...(request.siblings ?? []).map(({ field }) => field)];
    await runSplit({
      ...execution,
      context: split.context,
      clock: others.clock,
      withScan: scansOfJob(
        execution,
        scansOfSource(() => openSource(run, request, signal), valuesOf(fields), signal),
      ),
      files: split.filesOf(run.id),
      partsOf: split.partsOf,
      judge: async (filled) => {
        const key = await keyOf(job.authorizationId);
        await judgeParts(
          {
            job,
            runId: run.id,
            request,
            approval: journal.state.approval,
            parts: await split.partsOf(job.id),
            defaults: (await split.context.store.alertsOf(job.id)).defaults,
            destination: await key.connect(requestsIn(others.tracer, onRequest)),
            now: () => others.clock.now(),
            describe: (part, facts) => runRequestOf(part, facts, request.chunkRecords),
            facts: split.factsOf,
            sizesOf: split.sizesOf,
            history: others.history,
            fingerprints: others.fingerprints,
            contextFor: (part, ofPart) => ({ ...contextFor(execution, part, ofPart), onProgress: () => {} }),
          },
          filled,
        );
      },
      onProgress,
    });
  };
  return async (execution) => {
    const { job, journal, onRequest } = execution;
    if (journal.state.request.split) return executeSplit(execution);
    const key = await keyOf(job.authorizationId);
    const { request } = journal.state;
    const traits = destinationOf(request.destination);
    const destination = await key.connect(requestsIn(others.tracer, onRequest));
    const context = contextFor(execution, job, request);
    const withScan = scansOfJob(execution, context.withScan);
    const { error } = await runExport({ ...context, withScan, journal, destination, traits });
    if (error?.code !== 'line_unauthorized') return;
    const { message, sentence } = error;
    await key.onRefused({ message, sentence });
  };
}

/**
 * What a run of the job is to export. The first run creates each audience by its name; from then on the job has the
 * audience's id, and each run replaces that audience.
 * @param chunkRecords of one upload. @default as many as the destination takes
 */
export function runRequestOf(job: StoredJob, facts: RunFacts = {}, chunkRecords?: number): RunRequest {
  const { configuration: asked } = job;
  const { country, omitsHeadings } = facts;
  const traits = destinationOfJob(job.type);
  const [first, ...siblings] = deliveriesOfJob(job).map((delivery) => {
    const request = withRenewal(deliveryRequest(traits, delivery, omitsHeadings), facts);
    // Only its parts have audiences.
    return asked.split ? { ...request, audienceId: null, audienceName: null } : request;
  }) as [DeliveryRequest, ...DeliveryRequest[]];
  return {
    source: writeSourceRef(sourceRefOf(job)),
    ...first,
    adAccountId: asked.adaccount_id,
    mode: traits.modes[0]!,
    maxShrink: asked.max_shrink,
    ...(asked.member_days !== undefined && { memberDays: asked.member_days }),
    chunkRecords: chunkRecords ?? chunkLimitsOf(traits).maxChunkRecords,
    chunkBytes: chunkLimitsOf(traits).maxChunkBytes,
    dryRun: false,
    ...nameIn(traits),
    ...(asked.hold_out && { holdOut: asked.hold_out }),
    ...(asked.hash_in_database && { hashInDatabase: true }),
    ...(country && [first, ...siblings].some(mayLackCountry) && { presumedCountry: country }),
    ...(siblings.length > 0 && { siblings }),
    ...(asked.split && { split: { column: asked.split.column } }),
  };
}

const mayLackCountry = ({ identifierType, defaultCountry }: DeliveryRequest): boolean =>
  identifierType === 'phone' && defaultCountry === null;

type DeliveryRequest = NonNullable<RunRequest['siblings']>[number];

/** What the run does about the end of an audience that is there. */
function withRenewal(request: DeliveryRequest, { renewals }: RunFacts): DeliveryRequest {
  const renewal = renewals?.get(request.audienceId ?? '');
  return renewal ? { ...request, renewal } : request;
}

const deliveryRequest = (
  traits: DestinationTraits,
  { configuration: asked, audienceId }: JobDelivery,
  omitsHeadings: boolean | undefined,
): DeliveryRequest => ({
  field: asked.id_field,
  identifierType: asked.identifier_type,
  ifaFormat: asked.ifa_format,
  defaultCountry: asked.default_country,
  ...headingOf(traits, asked.identifier_type, omitsHeadings),
  ...kindIn(traits, asked),
  audienceId,
  audienceName: audienceId === null ? asked.audience_name : null,
  ...(asked.shares && { shares: true }),
});

function kindIn(
  { identifiers }: DestinationTraits,
  { identifier_type, ifa_kind }: JobDelivery['configuration'],
): Pick<DeliveryRequest, 'kind'> {
  const kind = kindOf(identifiers[identifier_type] ?? NO_KINDS, ifa_kind);
  return kind === undefined ? {} : { kind };
}

const NO_KINDS = { kinds: [] };
