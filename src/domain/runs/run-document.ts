/** What a run tells of its state: its document, and the row of a list. Pure. */
import type { z } from 'zod';
import type { RunDocument, runChunk, StagedChunkRecord } from './run.ts';
import { actionOf, atLineOf, deliveriesOf, lastWriteOf, type RunState, untouched } from './run-state.ts';

/** The document that `export --json` and `runs show --json` print. */
export function describeRun(state: RunState, now: Date): RunDocument {
  const [first, ...siblings] = deliveriesOf(state) as [RunState, ...RunState[]];
  const { audience, ...result } = describeDelivery(first);
  return {
    runId: state.runId,
    status: state.status,
    rulesVersion: state.rulesVersion,
    audience,
    ...result,
    error: state.error,
    ...(siblings.length > 0 && {
      ...identifierOf(first),
      siblings: siblings.map((sibling) => ({
        delivery: sibling.delivery,
        ...identifierOf(sibling),
        ...describeDelivery(sibling),
        error: sibling.failure,
      })),
    }),
    ...(state.split && { split: state.split }),
    source: state.request.source.label,
    ...(state.request.destination && { destination: state.request.destination }),
    ...(state.request.hashInDatabase && { hashInDatabase: true as const }),
    adAccountId: state.request.adAccountId,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    durationMs: Math.max(0, Date.parse(state.endedAt ?? now.toISOString()) - Date.parse(state.startedAt)),
  };
}

const identifierOf = ({ request: { identifierType, field } }: RunState) => ({ identifierType, field });

/** What a run has done for one audience. */
function describeDelivery(state: RunState) {
  return {
    audience: {
      id: state.audienceId,
      name: state.audienceName,
      created: state.created,
      before: state.before,
    },
    counts: state.staged && { ...state.staged.counts, uploaded: uploadedOf(state) },
    ...(state.staged?.suppression && {
      suppression: state.staged.suppression.map(({ source: _, ...list }) => list),
    }),
    ...(state.staged?.turnover && { turnover: state.staged.turnover }),
    invalidRows: state.staged?.findings.invalidRows ?? {},
    chunks: (state.staged?.chunks ?? []).map((chunk) => describeChunk(state, chunk)),
    warnings: [...state.warnings],
  };
}

/** Records in the chunks that LINE has accepted. */
const uploadedOf = ({ staged, chunks }: RunState): number =>
  (staged?.chunks ?? [])
    .filter(({ index }) => ['accepted', 'finished'].includes(chunks.get(index)?.phase ?? ''))
    .reduce((sum, { records }) => sum + records, 0);

/** What a list of runs shows of a journal, and what is asked of the runs of an audience. */
export function summariseRun(state: RunState) {
  const deliveries = deliveriesOf(state);
  return {
    status: state.status,
    started_at: state.startedAt,
    ended_at: state.endedAt,
    mode: state.request.mode,
    ad_account_id: state.request.adAccountId,
    ...summariseDelivery(deliveries[0]!),
    // Of all deliveries.
    last_write_at: lastWriteOf(state),
    at_line: atLineOf(state),
    warnings: deliveries.reduce((sum, { warnings }) => sum + warnings.length, 0),
    error: state.error,
  };
}

/** How many values are invalid, for any reason. */
export const invalidOf = ({ invalid }: { readonly invalid: Readonly<Record<string, number>> }): number =>
  Object.values(invalid).reduce((sum, count) => sum + count, 0);

/** What is asked of one delivery. */
export function summariseDelivery(state: RunState) {
  const counts = state.staged?.counts;
  return {
    last_write_at: state.lastWriteAt,
    audience_id: state.audienceId,
    audience_name: state.audienceName,
    scanned: counts?.scanned ?? null,
    missing: counts?.missing ?? null,
    invalid: counts ? invalidOf(counts) : null,
    suppressed: counts?.suppressed ?? null,
    held_out: counts?.held_out ?? null,
    duplicates: counts?.duplicates ?? null,
    unique: counts?.unique ?? null,
    ...(state.staged?.turnover && { turnover: state.staged.turnover }),
    uploaded: counts ? uploadedOf(state) : null,
    chunks: state.staged?.chunks.length ?? null,
    at_line: atLineOf(state),
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
    ...(chunk.word !== undefined && { word: chunk.word }),
    failedType: chunk.failedType,
    audienceCount: chunk.audienceCount,
  };
}
