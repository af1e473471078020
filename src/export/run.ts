/**
 * One run of an export, from the source to LINE's last finished job: scan and stage everything, guard, then
 * upload and wait for each chunk. A resumed run goes through the same stages and skips what its journal shows
 * as done.
 */
import { RULES_VERSION } from '../../packages/identifiers/src/rules.ts';
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import { LineupError } from '../contracts/errors.ts';
import type { Release } from '../contracts/ports.ts';
import type { RunError, StagedChunkRecord } from '../contracts/run.ts';
import { actionOf, atLineOf, type RunState } from '../contracts/run-state.ts';
import { localized, sentence } from '../contracts/sentence.ts';
import { alertRefusal, alertWarning, type BrokenRule, brokenRules } from './alerts.ts';
import { checkAudience, findAudience } from './audience.ts';
import { type AtLine, lookUpSize } from './audience-size.ts';
import { type ExportContext, timestamp } from './context.ts';
import { type GuardInput, guard, leftOutOf, type Refusal, shrinkWarning } from './guard.ts';
import { explainLineFailure } from './line-failure.ts';
import { sameChunks, stagedFilesAreThere } from './resume.ts';
import { scanAndStage } from './scan-and-stage.ts';
import { hasCheckpoint } from './stage/checkpoint.ts';
import { listWarnings } from './suppression.ts';
import { AudienceTurn, takePlace, waitingFor } from './turns.ts';
import { settleChunk, uploadChunk } from './upload.ts';
import { waitForChunk, waitUntilIdle } from './wait.ts';
import { jobWarnings, matchWarning, stagingWarnings } from './warnings.ts';

/**
 * Starts or resumes the run of `context.journal`, and writes its end there.
 * @returns the final state: its `status`, and the `error` of a run that did not succeed
 * @throws only errors of the journal itself (a full disk, …)
 */
export async function runExport(context: ExportContext): Promise<RunState> {
  const { journal, clock } = context;
  try {
    await takePlace(context);
    await stageAll(context);
    if (journal.state.request.dryRun) await concludeDryRun(context);
    else await deliverAll(context, context.lineAds!);
    await journal.staged.discard();
    const status = journal.state.request.dryRun ? 'dry_run' : 'succeeded';
    await journal.append({ type: 'ended', at: timestamp(clock), status, error: null });
  } catch (thrown) {
    const error = await failureOf(thrown, context);
    const status = error.code === 'interrupted' ? 'interrupted' : 'failed';
    // Staged chunks are kept only when the run can be resumed.
    if (!error.resumable) await journal.staged.discard();
    await journal.append({ type: 'ended', at: timestamp(clock), status, error });
  }
  return journal.state;
}

/**
 * Stages everything before the first write to LINE. Fast checks come first, because they may save a long
 * scan.
 */
async function stageAll(context: ExportContext): Promise<void> {
  const { journal, clock, signal, lineAds } = context;
  const { request, audienceId, staged } = journal.state;
  if (staged) return restage(context, staged.chunks);
  if (lineAds) await checkAudience(lineAds, request, audienceId, signal);
  const lists = (await context.suppression?.()) ?? [];
  const result = await scanAndStage(context, lists);
  await journal.append({ type: 'staged', at: timestamp(clock), rulesVersion: RULES_VERSION, ...result });
  for (const warning of [...stagingWarnings(result, request), ...listWarnings(lists)]) {
    await journal.append({ type: 'warning', at: timestamp(clock), warning });
  }
}

/**
 * A resumed run whose staged chunks are gone (another machine, a cleaned disk) scans again. It continues only
 * when the scan gives exactly the same chunks. So it never mixes parts of two different memberships, or the
 * results of two versions of the identifier rules.
 */
async function restage(context: ExportContext, before: readonly StagedChunkRecord[]): Promise<void> {
  const { journal } = context;
  if (await stagedFilesAreThere(journal.state, journal.staged)) return;
  if (journal.state.request.source.location === null) {
    throw new LineupError(
      'staged_file_changed',
      sentence`The staged chunks of this run were deleted, and its source cannot be read again. Run the export again.`,
    );
  }
  // Do this first. If the run cannot continue, the next run must know the audience that this one may have
  // created.
  if (context.lineAds) await settleLost(context, context.lineAds);
  const { chunks } = await scanAndStage(context, (await context.suppression?.()) ?? []);
  if (!sameChunks(before, chunks)) {
    throw new LineupError(
      'source_changed',
      journal.state.rulesVersion === RULES_VERSION
        ? sentence`The staged chunks of this run were deleted, and its source or a suppression list has changed, so the run cannot continue. Run the export again. A replace makes the audience complete.`
        : sentence`The staged chunks of this run were deleted, and a new scan gives different chunks. The source or a suppression list has changed, or the current version ${RULES_VERSION} of the identifier rules reads it differently than version ${journal.state.rulesVersion}. Run the export again. A replace makes the audience complete.`,
    );
  }
}

/** The end of a dry run. A refusal of the guard or of an alert rule becomes a warning, and nothing was written. */
async function concludeDryRun(context: ExportContext): Promise<void> {
  const { journal, history, clock, lineAds, signal } = context;
  const { request, audienceId } = journal.state;
  if (audienceId !== null) {
    const audience = lineAds && (await checkAudience(lineAds, request, audienceId, signal));
    const jobs = await lineAds?.customAudiences.uploadJobs(request.adAccountId, audienceId, { signal });
    await compare(context, audienceId, audience && jobs && { audience, jobs });
  }
  const input = guardInput(journal.state);
  const refusal = guard(input);
  if (refusal)
    await journal.append({ type: 'warning', at: timestamp(clock), warning: shrinkWarning(refusal, input) });
  await warnAboutAlerts(context, await brokenRules(journal.state, history));
}

/**
 * Journals what the audience holds before it is replaced. Does nothing when LINE was not asked and no run of
 * ours knows it.
 */
async function compare(
  context: ExportContext,
  audienceId: string,
  line: AtLine | null | undefined,
): Promise<void> {
  const { journal, history, clock } = context;
  const { request } = journal.state;
  if (request.mode !== 'replace') return;
  const before = await lookUpSize(history, request.adAccountId, audienceId, line ?? undefined);
  if (!line && before.basis === 'unknown') return;
  await journal.append({ type: 'compared', at: timestamp(clock), before });
}

const guardInput = ({ request, staged, before }: RunState): GuardInput => ({
  request,
  scanned: staged?.counts.scanned ?? 0,
  leftOut: leftOutOf(staged?.counts),
  unique: staged?.counts.unique ?? 0,
  before,
});

/**
 * The checks before the first write. They look at the audience again, because the scan may have taken an
 * hour. They first wait until LINE has finished other uploads: only then the size that a replace would change
 * is known.
 * @throws {Refused | LineupError}
 */
async function assertMaySend(context: ExportContext, lineAds: LineAdsClient): Promise<void> {
  const { journal, signal } = context;
  const { request, audienceId } = journal.state;
  // An empty result can be refused without asking LINE.
  const empty = guard({ ...guardInput(journal.state), before: null });
  if (empty) throw new Refused(empty);
  await checkAlertRules(context);
  const audience = await checkAudience(lineAds, request, audienceId, signal);
  if (!audience) return;
  const jobs = await waitUntilIdle(context, lineAds, audience.id);
  await compare(context, audience.id, { audience, jobs });
  const refusal = guard(guardInput(journal.state));
  if (refusal) throw new Refused(refusal);
}

/** The alert rules that only warn come first, so that the run has their warnings also when another rule stops it. */
async function checkAlertRules(context: ExportContext): Promise<void> {
  const broken = await brokenRules(context.journal.state, context.history);
  await warnAboutAlerts(
    context,
    broken.filter(({ action }) => action === 'warn'),
  );
  const stopping = broken.find(({ action }) => action === 'stop');
  if (stopping) throw new Refused(alertRefusal(stopping));
}

async function warnAboutAlerts(
  { journal, clock }: ExportContext,
  broken: readonly BrokenRule[],
): Promise<void> {
  for (const one of broken) {
    await journal.append({ type: 'warning', at: timestamp(clock), warning: alertWarning(one) });
  }
}

/** Runs the guard, then sends the chunks one after another and waits until each is finished. */
async function deliverAll(context: ExportContext, lineAds: LineAdsClient): Promise<void> {
  const { journal } = context;
  const turn = new AudienceTurn(context);
  try {
    await turn.take();
    await settleLost(context, lineAds);
    if (isUnsent(journal.state)) await assertMaySend(context, lineAds);
    for (const chunk of journal.state.staged?.chunks ?? []) {
      await turn.take();
      await deliver(context, lineAds, chunk.index);
    }
    await warnAboutResult(context, lineAds);
  } finally {
    turn.giveBack();
  }
}

/** Finds out whether LINE has the chunk whose answer was lost. */
async function settleLost(context: ExportContext, lineAds: LineAdsClient): Promise<void> {
  const lost = [...context.journal.state.chunks.values()].find((chunk) => chunk.phase === 'unsettled');
  if (lost) await settleChunk(context, lineAds, lost.index);
}

/**
 * Whether LINE has nothing of the run. It may have refused the first chunk, or its job for it may have failed. When the run
 * continues, a person may have set another limit, and the audience may be another one.
 */
const isUnsent = (state: RunState): boolean => atLineOf(state) === 'nothing';

/** Adds warnings about LINE's jobs and about the audience. */
async function warnAboutResult(context: ExportContext, lineAds: LineAdsClient): Promise<void> {
  const { journal, signal, clock } = context;
  const { request, audienceId } = journal.state;
  const audience = await findAudience(lineAds, request.adAccountId, audienceId ?? '', signal);
  const warnings = [
    ...jobWarnings(journal.state),
    ...(audience ? matchWarning(journal.state, audience) : []),
  ];
  for (const warning of warnings) await journal.append({ type: 'warning', at: timestamp(clock), warning });
}

async function deliver(context: ExportContext, lineAds: LineAdsClient, index: number): Promise<void> {
  const { journal, limits, place } = context;
  const chunk = journal.state.staged?.chunks.find((candidate) => candidate.index === index);
  if (!chunk || journal.state.chunks.get(index)?.phase === 'finished') return;
  let release: Release | undefined;
  if (actionOf(journal.state, index) === 'REPLACE') {
    const { adAccountId } = journal.state.request;
    release = await limits.replaceSlot(adAccountId, waitingFor(context, 'replace-slot'));
  }
  try {
    if (journal.state.chunks.get(index)?.phase !== 'accepted') {
      await takePlace(context);
      await uploadChunk(context, lineAds, chunk);
    }
    // LINE may need an hour. Meanwhile other runs use the place.
    place.leave();
    await waitForChunk(context, lineAds, chunk);
  } finally {
    release?.();
  }
}

/** Carries the guard's refusal to `runExport`. */
class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.error.message);
    this.refusal = refusal;
  }
}

/** A failure in the form of the journal. */
async function failureOf(thrown: unknown, context: ExportContext): Promise<RunError> {
  const { journal, signal } = context;
  const refused = thrown instanceof Refused ? thrown.refusal : undefined;
  const error = signal.aborted ? interrupted(journal.state) : (refused?.error ?? explainLineFailure(thrown));
  if (!(error instanceof LineupError)) return internalFailure(error);
  // When the storage is the reason, it may not answer this either.
  const kept = await hasCheckpoint(journal.staged).catch(() => false);
  return {
    code: error.code,
    message: error.message,
    sentence: error.sentence,
    reason: error.reason,
    retryable: error.retryable,
    resumable: isResumable(error, journal.state, kept),
    allowShrinkTo: refused?.allowWith ?? null,
  };
}

/** A fault of Lineup itself, for a bug report. */
function internalFailure(error: unknown): RunError {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    code: 'internal',
    ...localized(sentence`Lineup has an internal error (${what}). Please report it.`),
    reason: null,
    retryable: false,
    resumable: false,
    allowShrinkTo: null,
  };
}

function interrupted(state: RunState): LineupError {
  const sent = [...state.chunks.values()].filter((chunk) => chunk.phase === 'finished').length;
  const total = state.staged?.chunks.length;
  return new LineupError(
    'interrupted',
    state.lastWriteAt === null
      ? sentence`Interrupted: nothing was sent to LINE.`
      : sentence`Interrupted: LINE has finished ${sent} of ${total ?? 0} chunks. The audience is incomplete until you continue the run.`,
  );
}

/**
 * Whether another process can finish this run.
 * @param kept whether a checkpoint of the scan exists
 */
function isResumable(error: LineupError, state: RunState, kept: boolean): boolean {
  if (state.request.dryRun) return false;
  if (error.code === 'nothing_to_send' || error.code === 'staged_file_changed') return false;
  if (error.code === 'source_changed') return false;
  // A checkpoint is worth resuming. Without one, a new run does the same.
  if (error.code === 'source_failed') return kept && error.retryable;
  if (error.code === 'source_crashed' || error.code === 'source_quarantined') return kept;
  if (error.kind === 'usage') return false;
  return state.staged !== null || state.request.source.location !== null;
}
