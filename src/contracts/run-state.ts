/** The state of a run, folded from its events. Pure, so journals in files and in a database give the same state. */
import type { z } from 'zod';
import type {
  AudienceBefore,
  RunDocument,
  RunError,
  RunRequest,
  RunStatus,
  RunWarning,
  runChunk,
  StagedChunkRecord,
  SuppressedBy,
  stageCounts,
  stageFindings,
} from './run.ts';
import type { RunEvent } from './run-events.ts';

/** The state of one chunk's upload. */
export interface ChunkState {
  readonly index: number;
  /**
   * `waiting`: not sent, or certainly not accepted · `unsettled`: sent, but nobody knows whether LINE accepted it · `accepted`: LINE
   * has it and its job is running · `finished`: the job finished · `failed`: the job failed, so it may be sent again.
   */
  readonly phase: 'waiting' | 'unsettled' | 'accepted' | 'finished' | 'failed';
  readonly action: 'ADD' | 'REPLACE' | null;
  readonly uploadJobId: string | null;
  readonly jobStatus: string | null;
  readonly failedType: string | null;
  readonly audienceCount: number | null;
  /** FAILED jobs of this chunk. They do not count when Lineup asks LINE whether it accepted the chunk. */
  readonly failedJobIds: readonly string[];
}

export interface RunState {
  readonly runId: string;
  readonly status: RunStatus;
  /** The version of the identifier rules for staging the chunks. */
  readonly rulesVersion: number;
  readonly request: RunRequest;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** When the run last sent something to LINE; null if never. */
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
  } | null;
  readonly chunks: ReadonlyMap<number, ChunkState>;
  readonly warnings: readonly RunWarning[];
  readonly error: RunError | null;
}

const untouched = (index: number): ChunkState => ({
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
    lastWriteAt: null,
    audienceId: first.request.audienceId,
    audienceName: first.request.audienceName,
    created: false,
    before: null,
    staged: null,
    chunks: new Map(),
    warnings: [],
    error: null,
  });
}

/** The state after one more event. */
export function applyEvent(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'started':
      throw new Error('a run starts once');
    case 'resumed':
      return {
        ...state,
        status: 'running',
        error: null,
        endedAt: null,
        request: withLimits(state.request, event),
      };
    case 'scan_continued':
    case 'scan_restarted':
      // Only information for people: the state does not change.
      return state;
    case 'staged':
      return {
        ...state,
        rulesVersion: event.rulesVersion ?? state.rulesVersion,
        staged: {
          counts: event.counts,
          findings: event.findings,
          chunks: event.chunks,
          ...(event.suppression && { suppression: event.suppression }),
        },
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
    case 'accepted':
      return withChunk(
        {
          ...state,
          audienceId: event.audienceId,
          audienceName: event.audienceName ?? state.audienceName,
          created: state.created || state.audienceId === null,
        },
        event.chunk,
        (chunk) => ({ ...chunk, phase: 'accepted' }),
      );
    case 'not_taken':
      return withChunk(state, event.chunk, (chunk) => ({ ...chunk, phase: 'waiting' }));
    case 'job':
      return withChunk(state, event.chunk, (chunk) => ({
        ...chunk,
        phase: phaseOfJob(event.jobStatus),
        uploadJobId: event.uploadJobId,
        jobStatus: event.jobStatus,
        failedType: event.failedType,
        audienceCount: event.audienceCount,
        failedJobIds:
          event.jobStatus === 'FAILED' ? [...chunk.failedJobIds, event.uploadJobId] : chunk.failedJobIds,
      }));
    case 'warning':
      // A resumed run checks again, so the newest warning of each code replaces the older one.
      return {
        ...state,
        warnings: [...state.warnings.filter((w) => w.code !== event.warning.code), event.warning],
      };
    case 'ended':
      return { ...state, status: event.status, error: event.error, endedAt: event.at };
  }
}

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

/** The upload action of chunk `index`. Only the first chunk of a replace of an existing audience is a REPLACE. */
export function actionOf(state: RunState, index: number): 'ADD' | 'REPLACE' {
  const replaces = state.request.mode === 'replace' && state.request.audienceId !== null && index === 1;
  return replaces ? 'REPLACE' : 'ADD';
}

/** How much of a run LINE has. `part` also covers chunks that may be accepted or are not finished. */
export type AtLine = 'nothing' | 'part' | 'whole';

export function atLineOf({ staged, chunks }: Pick<RunState, 'staged' | 'chunks'>): AtLine {
  const phases = (staged?.chunks ?? []).map(({ index }) => chunks.get(index)?.phase ?? 'waiting');
  if (phases.every((phase) => phase === 'waiting' || phase === 'failed')) return 'nothing';
  return phases.every((phase) => phase === 'finished') ? 'whole' : 'part';
}

/** An upload that LINE may be processing. */
export interface OpenUpload {
  readonly runId: string;
  readonly chunk: number;
}

/** The uploads of a run whose end at LINE nobody has seen. */
export const openUploadsOf = ({ runId, chunks }: RunState): OpenUpload[] =>
  [...chunks.values()]
    .filter(({ phase }) => phase === 'unsettled' || phase === 'accepted')
    .map(({ index }) => ({ runId, chunk: index }));

/** The document that `export --json` and `runs show --json` print. */
export function describeRun(state: RunState, now: Date): RunDocument {
  const uploaded = (state.staged?.chunks ?? [])
    .filter((chunk) => ['accepted', 'finished'].includes(state.chunks.get(chunk.index)?.phase ?? ''))
    .reduce((sum, chunk) => sum + chunk.records, 0);
  return {
    runId: state.runId,
    status: state.status,
    rulesVersion: state.rulesVersion,
    audience: {
      id: state.audienceId,
      name: state.audienceName,
      created: state.created,
      before: state.before,
    },
    counts: state.staged && { ...state.staged.counts, uploaded },
    ...(state.staged?.suppression && { suppression: state.staged.suppression }),
    invalidRows: state.staged?.findings.invalidRows ?? {},
    chunks: (state.staged?.chunks ?? []).map((chunk) => describeChunk(state, chunk)),
    warnings: [...state.warnings],
    error: state.error,
    source: state.request.source.label,
    adAccountId: state.request.adAccountId,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    durationMs: Math.max(0, Date.parse(state.endedAt ?? now.toISOString()) - Date.parse(state.startedAt)),
  };
}

/** What a list of runs shows of a journal, and what is asked of the runs of an audience. */
export function summariseRun(state: RunState) {
  const { counts, chunks } = describeRun(state, new Date(state.endedAt ?? state.startedAt));
  return {
    status: state.status,
    started_at: state.startedAt,
    ended_at: state.endedAt,
    last_write_at: state.lastWriteAt,
    mode: state.request.mode,
    ad_account_id: state.request.adAccountId,
    audience_id: state.audienceId,
    audience_name: state.audienceName,
    scanned: counts?.scanned ?? null,
    missing: counts?.missing ?? null,
    invalid: counts && Object.values(counts.invalid).reduce((sum, count) => sum + count, 0),
    suppressed: counts?.suppressed ?? null,
    held_out: counts?.held_out ?? null,
    duplicates: counts?.duplicates ?? null,
    unique: counts?.unique ?? null,
    uploaded: counts?.uploaded ?? null,
    chunks: counts && chunks.length,
    at_line: atLineOf(state),
    warnings: state.warnings.length,
    error: state.error,
  };
}

function describeChunk(state: RunState, staged: StagedChunkRecord): z.infer<typeof runChunk> {
  const chunk = state.chunks.get(staged.index) ?? untouched(staged.index);
  return {
    index: staged.index,
    action: actionOf(state, staged.index),
    records: staged.records,
    bytes: staged.bytes,
    sha256: staged.sha256,
    uploadJobId: chunk.uploadJobId,
    jobStatus: chunk.jobStatus,
    failedType: chunk.failedType,
    audienceCount: chunk.audienceCount,
  };
}
