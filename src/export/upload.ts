/**
 * Delivers one chunk: intent, request, answer. Each is journalled in this order, so that a process that
 * resumes the run knows what LINE may have. An accepted chunk is never sent again. A chunk whose answer was
 * lost is settled first. Where the first upload does not create its audience, a request of its own goes before it in
 * the same way.
 */

import type { RunJournal } from '../contracts/ports.ts';
import { audiencesNamed, nameTaken } from '../destinations/audience.ts';
import type { Accepted, Destination, Written } from '../destinations/destination.ts';
import type { LineupError } from '../domain/errors/errors.ts';
import type { StagedChunkRecord } from '../domain/runs/run.ts';
import { actionOf, type RunState } from '../domain/runs/run-state.ts';
import { type ExportContext, timestamp, uploadName } from './context.ts';
import { assertSameErased } from './erased.ts';
import { replaceTurn } from './replace-turn.ts';
import { assertThere, readStaged } from './resume.ts';
import { createsFirst, mayBeMade, settle, settleEarlier } from './settle.ts';
import { inStage } from './stages.ts';
import type { AudienceTurn } from './turns.ts';

/** How often a chunk with lost answers is sent before the run fails. */
const MAX_SENDS = 3;

/**
 * Sends one chunk until its phase is `accepted`, unless it is already.
 * @throws {LineupError} when LINE did not take it
 */
export async function uploadChunk(
  turn: AudienceTurn,
  destination: Destination,
  chunk: StagedChunkRecord,
): Promise<void> {
  const context = turn.delivery;
  const { journal } = context;
  let lost: LineupError | undefined;
  for (let sends = 0; ; ) {
    const phase = journal.state.chunks.get(chunk.index)?.phase ?? 'waiting';
    if (phase === 'accepted' || phase === 'finished') return;
    if (phase === 'unsettled') {
      await settleChunk(context, destination, chunk.index);
      continue;
    }
    if (sends++ === MAX_SENDS) throw lost;
    // The audience has just been created. Others may know its id by now.
    if (!turn.isTaken) await turn.take();
    await assertThere(journal.staged, chunk);
    const isCreation = createsFirst(journal.state, destination);
    const sent = await inStage(context, 'upload', () => send(context, destination, chunk, lost !== undefined), {
      fields: ofChunk(journal.state, chunk),
      found: (sent) => (sent.outcome === 'taken' ? {} : { status: 'failed', code: sent.why.code }),
    });
    if (sent.outcome === 'taken') {
      if (isCreation) sends = 0;
      continue;
    }
    if (sent.outcome === 'not_taken' || sent.why.code === 'interrupted') throw sent.why;
    lost = sent.why;
  }
}

const ofChunk = ({ staged }: RunState, { index, records, bytes }: StagedChunkRecord) => ({
  chunk: index,
  chunks: staged?.chunks.length ?? 0,
  records,
  bytes,
});

/** @param isRepeated whether the answer of an earlier request was lost */
async function send(
  context: ExportContext,
  destination: Destination,
  chunk: StagedChunkRecord,
  isRepeated: boolean,
): Promise<Written<unknown>> {
  const { journal, clock, signal, onProgress } = context;
  const { state } = journal;
  const { request, audienceId, audienceName } = state;
  const action = actionOf(state, chunk.index);
  const fileName = uploadName(state, chunk.index);
  const chunks = state.staged?.chunks.length ?? 0;
  const report = (bytesSent: number) =>
    onProgress({ stage: 'upload', chunk: chunk.index, chunks, bytesSent, bytes: chunk.bytes, records: chunk.records });

  // From its intent on, the journal shows the REPLACE to all that count.
  const isLimited = destination.traits.limits.slots?.action === action;
  const release = isLimited ? await replaceTurn(context, destination) : undefined;
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
  if (createsFirst(state, destination)) return create(context, destination, chunk.index, isRepeated);
  const sent = await destination.send({
    account: request.adAccountId,
    audience: audienceId !== null ? { id: audienceId } : { name: audienceName ?? '' },
    action,
    identifierType: request.identifierType,
    kind: request.kind,
    fileName,
    bytes: chunk.bytes,
    // The content is checked while it is sent. If it has changed, the upload ends before LINE has a complete file.
    read: () => whileHeld(journal, chunk),
    onProgress: report,
    signal,
  });
  if (sent.outcome === 'taken') await accepted(context, chunk.index, sent.value);
  if (sent.outcome === 'not_taken' && (await isOurs(context, destination, chunk.index, sent, true))) return OURS;
  return sent;
}

/** Creates the audience of a delivery. The chunk goes with the next request. */
async function create(
  context: ExportContext,
  destination: Destination,
  chunk: number,
  isRepeated: boolean,
): Promise<Written<unknown>> {
  const { journal, signal } = context;
  const { request, audienceName } = journal.state;
  if (!destination.create) throw new Error(`The destination "${destination.traits.id}" cannot create an audience.`);
  const { identifierType, kind, memberDays } = request;
  const wanted = { name: audienceName ?? '', identifierType, kind, memberDays };
  const made = await destination.create(request.adAccountId, wanted, signal);
  if (made.outcome === 'taken')
    await created(context, chunk, { audienceId: made.value.id, audienceName: made.value.name });
  if (made.outcome !== 'not_taken') return made;
  // Only the name shows whose audience it is. After one request of the job, it is of somebody else.
  const mayBeOurs = isRepeated || (await mayBeMade(context, destination));
  return (await isOurs(context, destination, chunk, made, mayBeOurs)) ? OURS : made;
}

/**
 * The audience may be there: an earlier run of the job has asked for it, and a person has stopped that run before the
 * answer came. Where names may be equal, another request would make a second one.
 */
export async function takeEarlierAudience(context: ExportContext, destination: Destination): Promise<void> {
  if (!(await mayBeMade(context, destination))) return;
  const [first] = context.journal.state.staged?.chunks ?? [];
  if (!first || context.journal.state.chunks.get(first.index)?.phase === 'unsettled') return;
  // It takes a minute. Meanwhile other runs use the place.
  context.place.leave();
  const found = await settleEarlier(context, destination);
  if (found) await created(context, first.index, found);
}

const accepted = ({ journal, clock }: ExportContext, chunk: number, { audienceId, audienceName, jobId }: Accepted) =>
  journal.append({
    type: 'accepted',
    at: timestamp(clock),
    chunk,
    audienceId,
    audienceName,
    ...(jobId !== null && { uploadJobId: jobId }),
  });

const created = (
  { journal, clock }: ExportContext,
  chunk: number,
  { audienceId, audienceName }: Pick<Accepted, 'audienceId' | 'audienceName'>,
) => journal.append({ type: 'created', at: timestamp(clock), chunk, audienceId, audienceName });

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

/** An earlier request was taken, whose answer was lost. */
const OURS: Written<unknown> = { outcome: 'taken', value: undefined };

/**
 * LINE did not take the chunk, or did not create the audience. One exception: when LINE reports that the name exists,
 * an earlier request of this run may have created the audience.
 * @param mayBeOurs whether it may have
 * @returns whether it has
 */
async function isOurs(
  context: ExportContext,
  destination: Destination,
  index: number,
  { means, reason }: NotTaken,
  mayBeOurs: boolean,
): Promise<boolean> {
  const { journal, clock, signal } = context;
  const isTaken = journal.state.audienceId === null && means === 'name_taken';
  if (isTaken && mayBeOurs && (await settledAs(context, destination, index))) return true;
  await journal.append({ type: 'not_taken', at: timestamp(clock), chunk: index, reason });
  if (!isTaken) return false;
  const { request, audienceName } = journal.state;
  const [taken] = await audiencesNamed(destination, request.adAccountId, audienceName ?? '', signal);
  if (taken) throw nameTaken(destination, taken.name, taken.id);
  return false;
}

type NotTaken = Exclude<Written<unknown>, { readonly outcome: 'taken' }>;

/** Finds out whether LINE has a chunk whose answer was lost, and journals the result. */
export async function settleChunk(context: ExportContext, destination: Destination, index: number): Promise<void> {
  const { journal, clock } = context;
  if (await settledAs(context, destination, index)) return;
  await journal.append({ type: 'not_taken', at: timestamp(clock), chunk: index, reason: null });
}

/** Journals what LINE has of a chunk, or that it has created the audience. @returns whether it has */
async function settledAs(context: ExportContext, destination: Destination, index: number): Promise<boolean> {
  const isCreation = createsFirst(context.journal.state, destination);
  const settled = await settle(context, destination, index);
  if (settled) await (isCreation ? created : accepted)(context, index, settled);
  return settled !== undefined;
}
