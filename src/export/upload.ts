/**
 * Delivers one chunk: intent, request, answer. Each is journalled in this order, so that a process that
 * resumes the run knows what LINE may have. An accepted chunk is never sent again. A chunk whose answer was
 * lost is settled first.
 */
import { type LineAdsClient, LineAdsError } from '../../packages/line-ads/src/index.ts';
import type { RunJournal } from '../contracts/ports.ts';
import type { StagedChunkRecord } from '../domain/runs/run.ts';
import { actionOf, type RunState } from '../domain/runs/run-state.ts';
import { audiencesNamed, lineTypes, nameTaken } from './audience.ts';
import { type ExportContext, timestamp, uploadName } from './context.ts';
import { assertSameErased } from './erased.ts';
import { replaceTurn } from './replace-turn.ts';
import { assertThere, readStaged } from './resume.ts';
import { settle } from './settle.ts';
import { inStage } from './stages.ts';

/** How often a chunk with lost answers is sent before the run fails. */
const MAX_SENDS = 3;

/**
 * Sends one chunk until its phase is `accepted`, unless it is already.
 * @throws {LineAdsError | LineupError} when LINE did not take it
 */
export async function uploadChunk(
  context: ExportContext,
  lineAds: LineAdsClient,
  chunk: StagedChunkRecord,
): Promise<void> {
  const { journal } = context;
  let lost: unknown;
  for (let sends = 0; ; ) {
    const phase = journal.state.chunks.get(chunk.index)?.phase ?? 'waiting';
    if (phase === 'accepted' || phase === 'finished') return;
    if (phase === 'unsettled') {
      await settleChunk(context, lineAds, chunk.index);
      continue;
    }
    if (sends++ === MAX_SENDS) throw lost;
    await assertThere(journal.staged, chunk);
    try {
      await inStage(context, 'upload', () => send(context, lineAds, chunk), { fields: ofChunk(journal.state, chunk) });
    } catch (error) {
      if (!isLost(error)) throw error;
      lost = error;
    }
  }
}

const ofChunk = ({ staged }: RunState, { index, records, bytes }: StagedChunkRecord) => ({
  chunk: index,
  chunks: staged?.chunks.length ?? 0,
  records,
  bytes,
});

/** Whether LINE may have taken the chunk although the request failed. */
const isLost = (error: unknown): boolean =>
  error instanceof LineAdsError && error.outcome === 'unknown' && error.code !== 'aborted';

async function send(context: ExportContext, lineAds: LineAdsClient, chunk: StagedChunkRecord): Promise<void> {
  const { journal, clock, signal, onProgress } = context;
  const { state } = journal;
  const { request, audienceId, audienceName } = state;
  const action = actionOf(state, chunk.index);
  const fileName = uploadName(state, chunk.index);
  const chunks = state.staged?.chunks.length ?? 0;
  const report = (bytesSent: number) =>
    onProgress({ stage: 'upload', chunk: chunk.index, chunks, bytesSent, bytes: chunk.bytes });

  // From its intent on, the journal shows the REPLACE to all that count.
  const release = action === 'REPLACE' ? await replaceTurn(context, lineAds) : undefined;
  try {
    // After all waits: nobody who was put on the list meanwhile is sent.
    await assertSameErased(context);
    report(0);
    await journal.append({
      type: 'intent',
      at: timestamp(clock),
      chunk: chunk.index,
      action,
      audienceId,
      fileName,
      sha256: chunk.sha256,
    });
  } finally {
    release?.();
  }
  try {
    const audience = await lineAds.customAudiences.upload(request.adAccountId, {
      ...(audienceId !== null ? { id: audienceId } : { name: audienceName ?? '' }),
      action,
      idType: lineTypes[request.identifierType].idType,
      // The content is checked while it is sent. If it has changed, the upload ends before LINE has a
      // complete file.
      file: { name: fileName, bytes: chunk.bytes, read: () => whileHeld(journal, chunk) },
      onProgress: report,
      signal,
    });
    await journal.append({
      type: 'accepted',
      at: timestamp(clock),
      chunk: chunk.index,
      audienceId: audience.id,
      audienceName: audience.name,
    });
  } catch (error) {
    if (error instanceof LineAdsError && error.outcome === 'not_taken')
      await notTaken(context, lineAds, chunk.index, error);
    throw error;
  }
}

/**
 * The lines of a chunk, as long as no other process can have the run. A process that stood still in the middle of an
 * upload does not complete it: LINE must not get an older chunk after a newer one.
 */
async function* whileHeld(journal: RunJournal, chunk: StagedChunkRecord): AsyncGenerator<Uint8Array, void> {
  for await (const block of readStaged(journal.staged, chunk)) {
    journal.assertHeld();
    yield block;
  }
  journal.assertHeld();
}

/**
 * LINE did not take the chunk. One exception: when LINE reports that the name exists, an earlier request of
 * this run may have created the audience.
 */
async function notTaken(
  context: ExportContext,
  lineAds: LineAdsClient,
  index: number,
  error: LineAdsError,
): Promise<void> {
  const { journal, clock } = context;
  const reason = error.reasons[0]?.reason ?? null;
  const creating = journal.state.audienceId === null;
  if (creating && reason === 'AUDIENCE_GROUP_NAME_DUPLICATE') {
    const settled = await settle(context, lineAds, index);
    if (settled) {
      await journal.append({ type: 'accepted', at: timestamp(clock), chunk: index, ...settled });
      return;
    }
    await journal.append({ type: 'not_taken', at: timestamp(clock), chunk: index, reason });
    const { request, audienceName } = journal.state;
    const [taken] = await audiencesNamed(lineAds, request.adAccountId, audienceName ?? '', context.signal);
    if (taken) throw nameTaken(taken.name, taken.id);
  } else {
    await journal.append({ type: 'not_taken', at: timestamp(clock), chunk: index, reason });
  }
}

/** Finds out whether LINE has a chunk whose answer was lost, and journals the result. */
export async function settleChunk(context: ExportContext, lineAds: LineAdsClient, index: number): Promise<void> {
  const settled = await settle(context, lineAds, index);
  const at = timestamp(context.clock);
  await context.journal.append(
    settled
      ? { type: 'accepted', at, chunk: index, ...settled }
      : { type: 'not_taken', at, chunk: index, reason: null },
  );
}
