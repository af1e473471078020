/** The state of a run, folded from its events. Pure, so journals in files and in a database give the same state. */
import type { z } from 'zod';
import type { Approval } from '../jobs/approvals.ts';
import type {
  AudienceBefore,
  RequestedRenewal,
  RunError,
  RunRequest,
  RunStatus,
  RunWarning,
  SplitCounts,
  StagedChunkRecord,
  SuppressedBy,
  stageCounts,
  stageFindings,
} from './run.ts';
import type { RunEvent, RunTrace } from './run-events.ts';
import type { Turnover } from './turnover.ts';

/** The state of one chunk's upload. */
export interface ChunkState {
  readonly index: number;
  /**
   * `waiting`: not sent, or certainly not accepted · `unsettled`: sent, but nobody knows whether LINE accepted it ·
   * `accepted`: LINE has it and its job is running · `finished`: the job finished · `failed`: the job failed, so it may
   * be sent again.
   */
  readonly phase: 'waiting' | 'unsettled' | 'accepted' | 'finished' | 'failed';
  readonly action: 'ADD' | 'REPLACE' | null;
  readonly uploadJobId: string | null;
  readonly jobStatus: string | null;
  /** The state in the words of the destination. Missing where they are those of `jobStatus`. */
  readonly word?: string | undefined;
  readonly failedType: string | null;
  readonly audienceCount: number | null;
  /** FAILED jobs of this chunk. They do not count when Lineup asks LINE whether it accepted the chunk. */
  readonly failedJobIds: readonly string[];
}

/** The state of one delivery of a run. */
export interface DeliveryState {
  /** When the run last sent something of it to LINE; null if never. */
  readonly lastWriteAt: string | null;
  readonly audienceId: string | null;
  readonly audienceName: string | null;
  /** Whether this run created the audience. */
  readonly created: boolean;
  /** The size of the audience before the replace, as the guard last read it. */
  readonly before: AudienceBefore | null;
  readonly staged: {
    readonly counts: z.infer<typeof stageCounts>;
    readonly findings: z.infer<typeof stageFindings>;
    readonly chunks: readonly StagedChunkRecord[];
    readonly suppression?: readonly SuppressedBy[] | undefined;
    readonly turnover?: Turnover | undefined;
  } | null;
  readonly chunks: ReadonlyMap<number, ChunkState>;
  readonly warnings: readonly RunWarning[];
  /** Why this delivery of several has failed. */
  readonly failure: RunError | null;
  /** The audience whose place that of the delivery takes, when the run succeeds. Missing where it renews none. */
  readonly renews?: Renews | undefined;
}

export interface Renews {
  readonly audienceId: string;
  readonly audienceName: string | null;
  readonly endsAt: string | null;
  /** How many members the last run has sent. */
  readonly members: number | null;
}

/** The state of a run and of its first delivery; from `deliveryOf`, that of the run and of any one delivery. */
export interface RunState extends DeliveryState {
  readonly runId: string;
  readonly status: RunStatus;
  /** The version of the identifier rules for staging the chunks. */
  readonly rulesVersion: number;
  readonly request: RunRequest;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly error: RunError | null;
  /** What a person has approved of the result; null without such a word. */
  readonly approval: Approval | null;
  /** Of the last process that began or continued the run. Missing without tracing. */
  readonly trace?: RunTrace | undefined;
  /** Which delivery, from 1. */
  readonly delivery: number;
  /** Of a delivery that shares its audience: the upload jobs of the others. Missing where it is the only one. */
  readonly jobsOfOthers?: readonly string[] | undefined;
  /** The further deliveries of the run, from the second one. Empty for a single delivery. */
  readonly siblings: readonly DeliveryState[];
  /** What the scan has divided. Missing for other runs. */
  readonly split?: SplitCounts | undefined;
}

export const untouched = (index: number): ChunkState => ({
  index,
  phase: 'waiting',
  action: null,
  uploadJobId: null,
  jobStatus: null,
  failedType: null,
  audienceCount: null,
  failedJobIds: [],
});

/** Folds a whole journal. @throws {Error} when it does not begin with `started`. */
export function foldRun(events: readonly RunEvent[]): RunState {
  const [first, ...rest] = events;
  if (first?.type !== 'started') throw new Error('a run journal begins with "started"');
  return rest.reduce(applyEvent, {
    runId: first.runId,
    status: 'running',
    rulesVersion: first.rulesVersion,
    request: first.request,
    startedAt: first.at,
    endedAt: null,
    error: null,
    approval: first.approval ?? null,
    trace: first.trace,
    delivery: 1,
    ...newDelivery(first.request),
    siblings: (first.request.siblings ?? []).map(newDelivery),
  });
}

const newDelivery = ({ audienceId, audienceName }: Pick<RunRequest, 'audienceId' | 'audienceName'>): DeliveryState => ({
  lastWriteAt: null,
  audienceId,
  audienceName,
  created: false,
  before: null,
  staged: null,
  chunks: new Map(),
  warnings: [],
  failure: null,
});

/**
 * One delivery of a run, as if the run had no other. What works on a run with one audience works on it. One that shares
 * the audience of the first delivery has that audience.
 * @param delivery from 1
 */
export function deliveryOf(state: RunState, delivery: number): RunState {
  if (state.siblings.length === 0) return state;
  const { siblings: requests, ...request } = state.request;
  const whole = { ...state, delivery, siblings: [], ...others(state, delivery) };
  if (delivery === 1) return { ...whole, request };
  const { renews, ...alone } = whole;
  // Another identifier type has another heading and kind, or none.
  const { heading: _, kind: __, renewal, ...common } = request;
  const { shares, ...own } = requests?.[delivery - 2] ?? {};
  const plain = { ...alone, ...state.siblings[delivery - 2], request: { ...common, ...own } };
  if (!shares) return plain;
  const { audienceId, audienceName } = request;
  const renewed = { ...plain.request, audienceId, audienceName, ...(renewal && { renewal }) };
  return { ...plain, ...audienceIn(state), ...(renews && { renews }), request: renewed };
}

const audienceIn = ({ audienceId, audienceName, created }: RunState) => ({ audienceId, audienceName, created });

/** The deliveries of a run that share the audience of the first one, from 2. */
export const sharersOf = ({ request: { siblings } }: RunState): number[] =>
  (siblings ?? []).flatMap(({ shares }, n) => (shares ? [n + 2] : []));

function others(state: RunState, delivery: number): Pick<RunState, 'jobsOfOthers'> {
  const sharing = [1, ...sharersOf(state)];
  if (sharing.length === 1 || !sharing.includes(delivery)) return {};
  const ids = sharing
    .filter((other) => other !== delivery)
    .flatMap((other) => jobIdsIn(other === 1 ? state : state.siblings[other - 2]!));
  return { jobsOfOthers: ids };
}

/** How long before a write of one run to an audience the last one of another run may be, to be still of interest. */
const SHORTLY_BEFORE_MS = 2 * 24 * 3_600_000;

/** From when on the writes of others to the audience of a delivery may be taken for its own. */
export const othersSince = ({ lastWriteAt, startedAt }: Pick<RunState, 'lastWriteAt' | 'startedAt'>): Date =>
  new Date(Date.parse(lastWriteAt ?? startedAt) - SHORTLY_BEFORE_MS);

/** What a delivery that renews an audience has of the successor, for a later run that goes on with it. */
export function successorIn({
  renews,
  audienceId,
  audienceName,
  chunks,
}: DeliveryState): RequestedRenewal['successor'] {
  if (!renews) return undefined;
  const isAsked = audienceId === null && isUnsettled({ chunks });
  return { name: audienceName ?? '', audienceId, ...(isAsked && { asked: true as const }) };
}

/** Whether nobody knows what became of an upload of a delivery. */
export const isUnsettled = ({ chunks }: Pick<DeliveryState, 'chunks'>): boolean =>
  [...chunks.values()].some(({ phase }) => phase === 'unsettled');

/** The upload jobs of a delivery that its journal knows. */
export const jobIdsIn = ({ chunks }: Pick<DeliveryState, 'chunks'>): string[] =>
  [...chunks.values()].flatMap(({ uploadJobId, failedJobIds }) => [uploadJobId ?? [], failedJobIds].flat());

/**
 * The upload jobs at the audience that a journal knows, and that are not of this chunk: of other chunks, of other
 * deliveries, and those of the chunk itself that FAILED before it was sent again.
 */
export const otherJobIdsOf = ({ chunks, jobsOfOthers = [] }: RunState, index: number): string[] => {
  const others = new Map(chunks);
  others.delete(index);
  const chunk = chunks.get(index);
  return [
    ...jobsOfOthers,
    ...jobIdsIn({ chunks: others }),
    ...(chunk?.phase === 'failed' ? [] : (chunk?.failedJobIds ?? [])),
  ];
};

/** All deliveries of a run, each as if the run had no other. */
export const deliveriesOf = (state: RunState): RunState[] => [
  deliveryOf(state, 1),
  ...state.siblings.map((_, n) => deliveryOf(state, n + 2)),
];

/** The state after one more event. */
export function applyEvent(state: RunState, event: RunEvent): RunState {
  const delivery = 'delivery' in event ? (event.delivery ?? 1) : 1;
  if (delivery === 1) return withEvent(state, event);
  const changed = withEvent(deliveryOf(state, delivery), event);
  const { lastWriteAt, audienceId, audienceName, created, before, staged, chunks, warnings, failure, renews } = changed;
  const after = {
    lastWriteAt,
    audienceId,
    audienceName,
    created,
    before,
    staged,
    chunks,
    warnings,
    failure,
    ...(renews && { renews }),
  };
  return { ...state, siblings: state.siblings.with(delivery - 2, after) };
}

/** The state of a run and of one delivery after an event. */
function withEvent(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'started':
      throw new Error('a run starts once');
    case 'resumed':
      return {
        ...state,
        status: 'running',
        error: null,
        endedAt: null,
        failure: null,
        siblings: state.siblings.map((sibling) => ({ ...sibling, failure: null })),
        request: withLimits(state.request, event),
        approval: event.approval ?? null,
        trace: event.trace ?? state.trace,
      };
    case 'scan_continued':
    case 'scan_restarted':
    case 'life':
    case 'unreadable':
      // Only information for people: the state does not change.
      return state;
    case 'staged':
      return {
        ...state,
        rulesVersion: event.rulesVersion ?? state.rulesVersion,
        staged: stagedBy(event),
        // Of an earlier scan of the run.
        warnings: [],
        siblings: state.siblings.map((sibling, n) => {
          const stagedOfSibling = event.siblings?.[n];
          return stagedOfSibling ? { ...sibling, staged: stagedBy(stagedOfSibling), warnings: [] } : sibling;
        }),
      };
    case 'split': {
      const { type: _, at: __, ...split } = event;
      return { ...state, split };
    }
    case 'renewed':
      return {
        ...state,
        audienceId: event.audienceId,
        audienceName: event.audienceName,
        renews: { ...event.from, members: event.members },
      };
    case 'compared':
      return { ...state, before: event.before };
    case 'intent':
      return withChunk({ ...state, lastWriteAt: event.at }, event.chunk, (chunk) => ({
        ...untouched(event.chunk),
        phase: 'unsettled',
        action: event.action,
        failedJobIds: chunk.failedJobIds,
      }));
    case 'created':
      return withChunk(withAudience(state, event), event.chunk, (chunk) => ({ ...chunk, phase: 'waiting' }));
    case 'accepted':
      return withChunk(withAudience(state, event), event.chunk, (chunk) => ({
        ...chunk,
        phase: 'accepted',
        uploadJobId: event.uploadJobId ?? chunk.uploadJobId,
      }));
    case 'not_taken':
      return withChunk(state, event.chunk, (chunk) => ({ ...chunk, phase: 'waiting' }));
    case 'job':
      return withChunk(state, event.chunk, ({ word: _, ...chunk }) => ({
        ...chunk,
        phase: phaseOfJob(event.jobStatus),
        uploadJobId: event.uploadJobId,
        jobStatus: event.jobStatus,
        ...(event.word !== undefined && { word: event.word }),
        failedType: event.failedType,
        audienceCount: event.audienceCount,
        failedJobIds: event.jobStatus === 'FAILED' ? [...chunk.failedJobIds, event.uploadJobId] : chunk.failedJobIds,
      }));
    case 'warning':
      // A resumed run checks again, so the newest warning of each code replaces the older one.
      return {
        ...state,
        warnings: [...state.warnings.filter((w) => w.code !== event.warning.code), event.warning],
      };
    case 'delivery_failed':
      return { ...state, failure: event.error };
    case 'ended':
      return { ...state, status: event.status, error: event.error, endedAt: event.at };
  }
}

/** The audience that the other side names. */
const withAudience = (
  state: RunState,
  { audienceId, audienceName }: Extract<RunEvent, { type: 'created' | 'accepted' }>,
): RunState => ({
  ...state,
  audienceId,
  audienceName: audienceName ?? state.audienceName,
  created: state.created || state.audienceId === null,
});

type Staged = NonNullable<DeliveryState['staged']>;

const stagedBy = ({ counts, findings, chunks, suppression, turnover }: Staged): Staged => ({
  counts,
  findings,
  chunks,
  ...(suppression && { suppression }),
  ...(turnover && { turnover }),
});

function withLimits(
  request: RunRequest,
  { maxShrink, suppressMaxShrink, alerts }: Extract<RunEvent, { type: 'resumed' }>,
): RunRequest {
  return {
    ...request,
    maxShrink: maxShrink ?? request.maxShrink,
    ...(alerts !== undefined && { alerts }),
    ...(suppressMaxShrink !== undefined &&
      request.suppress && {
        suppress: request.suppress.map((list) => ({ ...list, maxShrink: suppressMaxShrink })),
      }),
  };
}

function phaseOfJob(jobStatus: string): ChunkState['phase'] {
  if (jobStatus === 'FINISHED') return 'finished';
  return jobStatus === 'FAILED' ? 'failed' : 'accepted';
}

function withChunk(state: RunState, index: number, change: (chunk: ChunkState) => ChunkState): RunState {
  const chunks = new Map(state.chunks);
  chunks.set(index, change(chunks.get(index) ?? untouched(index)));
  return { ...state, chunks };
}

/** Whether several deliveries of the run fill the audience of this one. */
export const sharesAudience = ({ jobsOfOthers }: RunState): boolean => jobsOfOthers !== undefined;

/**
 * The upload action of chunk `index`. Only the first chunk of a replace of an existing audience is a REPLACE. One that
 * shares the audience adds to it.
 */
export function actionOf(state: RunState, index: number): 'ADD' | 'REPLACE' {
  const isSharer = state.delivery > 1 && sharesAudience(state);
  const isNew = state.request.audienceId === null || state.renews !== undefined;
  const replaces = state.request.mode === 'replace' && !isNew && index === 1 && !isSharer;
  return replaces ? 'REPLACE' : 'ADD';
}

/** How much of a run LINE has. `part` also covers chunks that may be accepted or are not finished. */
export type AtLine = 'nothing' | 'part' | 'whole';

/** Of all deliveries of the state together. */
export function atLineOf(state: Pick<RunState, 'staged' | 'chunks' | 'siblings'>): AtLine {
  const phases = [state, ...state.siblings].flatMap(({ staged, chunks }) =>
    (staged?.chunks ?? []).map(({ index }) => chunks.get(index)?.phase ?? 'waiting'),
  );
  if (phases.every((phase) => phase === 'waiting' || phase === 'failed')) return 'nothing';
  return phases.every((phase) => phase === 'finished') ? 'whole' : 'part';
}

/** The deliveries that LINE does not have completely. A single one counts in any case. */
export function openDeliveriesOf(state: RunState): RunState[] {
  const all = deliveriesOf(state);
  return all.length === 1 ? all : all.filter((delivery) => atLineOf(delivery) !== 'whole');
}

/** The statuses of a run of the service that waits for a worker, or has one. */
export const activeStatuses = ['queued', 'running'] as const;

export const isActive = ({ status }: { readonly status: string }): boolean =>
  activeStatuses.some((active) => active === status);

/** When the run last sent something to LINE, in any delivery; null if never. */
export const lastWriteOf = (state: Pick<RunState, 'lastWriteAt' | 'siblings'>): string | null =>
  [state, ...state.siblings].reduce<string | null>(
    (last, { lastWriteAt: at }) => (at !== null && (last === null || at > last) ? at : last),
    null,
  );

/**
 * The runs to an audience start and write one after another. The times in their journals must show this order, because
 * an older run must not write after a newer one: also when the machines have different clocks, or somebody has set one
 * back.
 * @param event the start or a write of some deliveries of a run
 * @param latestOfOthers the latest start or write of the other runs to the audience of a delivery
 * @returns the event, with a time after all others
 */
export async function afterOthers<Event extends { readonly at: string }>(
  event: Event,
  deliveries: readonly RunState[],
  latestOfOthers: (delivery: RunState) => Promise<string | undefined>,
): Promise<Event> {
  let at = Date.parse(event.at);
  for (const delivery of deliveries) {
    // The run itself may have been on another machine before.
    for (const latest of [await latestOfOthers(delivery), delivery.lastWriteAt]) {
      if (latest) at = Math.max(at, Date.parse(latest) + 1);
    }
  }
  return { ...event, at: new Date(at).toISOString() };
}

/** An upload that LINE may be processing. */
export interface OpenUpload {
  readonly runId: string;
  readonly delivery: number;
  readonly chunk: number;
  /** Missing while it is not known. */
  readonly jobId?: string;
}

/** The uploads of a delivery whose end at LINE nobody has seen. */
export const openUploadsOf = ({ runId, delivery, chunks }: RunState): OpenUpload[] =>
  [...chunks.values()]
    .filter(({ phase }) => phase === 'unsettled' || phase === 'accepted')
    .map(({ index, uploadJobId }) => ({ runId, delivery, chunk: index, ...(uploadJobId && { jobId: uploadJobId }) }));

/** The deliveries of a run whose REPLACE LINE may be processing. */
export const openReplacesOf = (state: RunState): RunState[] =>
  deliveriesOf(state).filter((delivery) => {
    const phase = delivery.chunks.get(1)?.phase;
    return actionOf(delivery, 1) === 'REPLACE' && (phase === 'unsettled' || phase === 'accepted');
  });
